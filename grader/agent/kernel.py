"""The kernel's main program: an ordinary IPython kernel, made fit for grading.

Called as `launch(control, confinement)` in an environment that the grader built; the connection
file and everything else comes over `control`, as soon as the grader knows it.

What is imported here and not used, a kernel would import as it starts, and take a quarter more time
for: this is done while the grader gets ready, or once for all that is forked from a fork server.
"""

import faulthandler  # noqa: F401
import os
import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import ipykernel.debugger  # noqa: F401
import IPython.core.completerlib
import IPython.core.debugger
import IPython.core.oinspect
import IPython.extensions.storemagic  # noqa: F401
import tornado.platform.asyncio  # noqa: F401
import zmq.sugar.socket
from ipykernel.kernelapp import IPKernelApp

from . import REQUEST
from .cells import Cells, make_ready
from .confinement import Confinement, after_sockets
from .perform import Performance
from .snapshot import receive_connection, snapshot
from .steps import steps
from .wire import answer_limits, told


@dataclass(frozen=True)
class Options:
    """What the grader tells a kernel at its start."""

    connection_file: str
    seed: int
    data: dict[str, str]
    faithful: bool
    answer_bytes: int
    watched: list[str]


class Agent(Cells):
    """Answers the grader's requests inside the kernel."""

    def __init__(
        self, shell: Any, control: socket.socket, answer_bytes: int, watched: Sequence[str]
    ) -> None:
        super().__init__(shell.user_ns, watched)
        self.limits = answer_limits(answer_bytes)
        self.shell = shell
        self.control = control

    def snapshot(self) -> dict[str, Any]:
        """Fork off a keeper of the present state, for the connection sent ahead of this request."""
        channel = receive_connection(self.control)
        if channel is not None:
            extras = steps(self.shell)
            namespace = self.shell.user_ns
            perform = partial(_performed, namespace, extras)
            snapshot(channel, perform, self.limits)
        return {}


def arguments(connection_file: str) -> list[str]:
    """Return the command line of a kernel."""
    return ["-f", connection_file, "--HistoryManager.enabled=False"]


def rehearse() -> None:
    """Have known, to all who are forked from here, what parsing a command line first finds out."""
    IPKernelApp().parse_command_line(arguments(""))


def launch(control: socket.socket, confinement: Confinement) -> None:
    """Start the kernel as told over `control`, and serve it until it is told to shut down."""
    with _own_failures_told():
        app = _made_ready(Options(**told(control)), control, confinement)
    app.start()


@contextmanager
def _own_failures_told() -> Iterator[None]:
    """Have what fails at the start told in the log, to which nothing leads afterwards.

    It lies among the grader's files, and ipykernel keeps a way to what it found as stderr.
    """
    log = os.dup(2)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    except BaseException:
        os.dup2(log, 2)
        raise
    finally:
        os.close(log)


def _made_ready(options: Options, control: socket.socket, confinement: Confinement) -> Any:
    """Return a kernel's application that has given up what is to be given up."""
    app = IPKernelApp.instance()
    app.initialize(arguments(options.connection_file))
    shell = app.shell
    os.set_inheritable(control.fileno(), False)
    _keep_to_itself(zmq.sugar.socket)
    make_ready(shell, seed=options.seed, data=options.data, faithful=options.faithful)
    shorten_errors(app.kernel.session)
    if confinement.seccomp and not confinement.namespaces:
        from .shims import shared_memory  # noqa: PLC0415 - only who lacks it pays for it

        shared_memory.install()
    _listen(app.kernel, Agent(shell, control, options.answer_bytes, options.watched))
    after_sockets(confinement)
    return app


def _performed(namespace: dict[str, Any], extras: dict[str, Any], scenario: Any) -> Any:
    return Performance(namespace, extras).run(scenario)


def _keep_to_itself(module: Any) -> None:
    """Let a module of the kernel draw, whenever it likes, from random numbers of its own.

    The generator that it would draw from is the notebook's too.
    """
    module.random = random.Random(0)  # noqa: S311


def _listen(kernel: Any, agent: Agent) -> None:
    def handle(stream: Any, ident: Any, message: dict[str, Any]) -> None:
        content = dict(message["content"])
        reply = getattr(agent, content.pop("do"))(**content)
        kernel.session.send(stream, "grader_reply", reply, message, ident=ident)

    kernel.shell_handlers[REQUEST] = handle


# Characters of a name, of a text and of each line of a traceback.
MOST: Final = 20_000
LINES: Final = 200

_KINDS: Final = ("error", "execute_reply")


def shorten_errors(session: Any) -> None:
    """Let `session`, a kernel's, send errors with texts of bounded length."""
    send = session.send

    def sending(stream: Any, kind: Any, content: Any = None, *rest: Any, **named: Any) -> Any:
        if kind in _KINDS and isinstance(content, dict):
            content = shortened(content)
        return send(stream, kind, content, *rest, **named)

    session.send = sending


def shortened(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a message with what it tells of an error cut."""
    cut = dict(content)
    for name in ("ename", "evalue"):
        if isinstance(cut.get(name), str):
            cut[name] = cut[name][:MOST]
    if isinstance(cut.get("traceback"), list):
        cut["traceback"] = [str(line)[:MOST] for line in cut["traceback"][:LINES]]
    return cut
