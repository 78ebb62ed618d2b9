"""A process that has imported what notebooks import, and is forked for each submission.

    grader ──requests──▶ fork server ──fork──▶ supervisor ──fork──▶ kernel

It runs nothing of a student's. What it forks becomes a submission's supervisor, in namespaces of
its own where there are any, and from there on all is as without it.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import signal
import socket
import sys
import tempfile
import warnings
from typing import Any, NoReturn

from .confinement import prepare
from .namespaces import Mounts, enter, possible
from .snapshot import fork
from .supervisor import supervise

# The longest request: options, environment and paths.
MOST_BYTES = 2**20
# The leash, the control socket, the log, and the ways into control groups.
MOST_DESCRIPTORS = 8

# What runs a kernel, and what confines it, which is not on every system.
KERNELS_OWN = ("grader_agent.kernel", "py_landlock", "pyseccomp")

READY = b"r"
# Nothing can be forked here as it should be: the grader has to do without.
UNFIT = b"u"


def serve(given: dict[str, Any]) -> None:
    """Import what is asked for, then fork for every request until the connection is closed."""
    requests = socket.socket(fileno=given["requests"])
    # Folders on the way to those of a submission are there for its user too.
    os.umask(0o022)
    # Where this was inherited as ignored, nobody's end could be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    mounts, kept = given["mounts"], given["kept"]
    if mounts and (kept is None or not possible(_keeping(mounts, kept))):
        requests.sendall(UNFIT)
        return
    _import(given["modules"])
    prepare(namespaces=bool(mounts))
    # What is there now stays: a collection must not write to pages that all share.
    gc.collect()
    gc.freeze()
    # Nobody waits for a submission's first process; its end is seen by its leash.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    requests.sendall(READY)
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, MOST_BYTES, MOST_DESCRIPTORS)
        if not request:
            return
        pid = fork()
        if pid == 0:
            requests.close()
            _begin(json.loads(request), descriptors, kept)
        if pid is None:
            # Whoever has asked sees its leash closed, and looks here for the reason.
            os.write(descriptors[2], b"no further process is to be had here\n")
        for descriptor in descriptors:
            os.close(descriptor)


def _import(modules: list[str]) -> None:
    # Tells ipykernel not to watch its parent; read at its import.
    os.environ["JPY_PARENT_PID"] = "1"
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for name in (*KERNELS_OWN, *modules):
            # What a notebook imports need not be installed here; the notebook will tell.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        from .kernel import rehearse  # noqa: PLC0415 - its imports are to be quiet

        rehearse()


def _begin(request: dict[str, Any], descriptors: list[int], kept: list[str]) -> NoReturn:
    """Become the supervisor of one submission, for which what is `kept` stays in sight too."""
    leash, control, log, *groups = descriptors
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(log, 2)
        os.close(log)
        if request["mounts"]:
            enter(_keeping(request["mounts"], kept))
        os.environ.clear()
        os.environ.update(request["environment"])
        _forget_folders()
        os.chdir(request["folder"])
        supervise({**request["options"], "leash": leash, "control": control, "groups": groups})
    except BaseException as error:  # noqa: BLE001 - the grader reads the reason in the log
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def _keeping(mounts: dict[str, Any], kept: list[str]) -> Mounts:
    """Return what to mount, with what is `kept` for every submission."""
    return Mounts(**{**mounts, "kept": [*mounts["kept"], *kept]})


def _forget_folders() -> None:
    """Have asked anew where folders are: those of the fork server are remembered."""
    # Anything that was imported may have asked for it.
    tempfile.tempdir = None
    module = sys.modules.get("matplotlib")
    for name in ("get_configdir", "get_cachedir"):
        forget = getattr(getattr(module, name, None), "cache_clear", None)
        if forget is not None:
            forget()
