"""What the attacks aim at: files, processes and servers, all made for them, and watched."""

import ctypes
import hashlib
import inspect
import os
import secrets
import selectors
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil

from grader.assignment.config import config_of
from grader.assignment.model import CONFIG
from grader.judging import judge
from grader.sandbox.box import Box
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, policy
from tests.attacks.attack import Probe
from tests.notebooks import ROOT

REFERENCE: Final = ROOT / "reference" / "nn_from_scratch"
VARIABLE: Final = "NOTEBOOK_GRADER_TEST_SECRET"
# What all secrets begin with: unguessable, new for each run, and itself one in the environment.
PREFIX: Final = os.environ.get(VARIABLE, "")
# When the files outside were last changed, in seconds since 1970.
LONG_AGO: Final = 1_000_000_000

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Canary:
    """What belongs to one attack: a secret in a file, a folder, and a process."""

    secret: str
    file: Path
    folder: Path
    process: subprocess.Popen[bytes]
    marker: str
    before: list[Any] = field(default_factory=list)

    def state(self) -> list[Any]:
        """Return what must be the same after the attack."""
        seen: list[Any] = [sorted(each.name for each in self.folder.iterdir())]
        if self.file.is_file():
            stat = self.file.stat()
            seen += [self.file.read_text(), stat.st_mode, stat.st_uid, stat.st_nlink]
            seen += [stat.st_mtime, os.listxattr(self.file)]
        seen.append(self.process.poll())
        if seen[-1] is None:
            process = psutil.Process(self.process.pid)
            seen += [process.nice(), process.cpu_affinity(), process.rlimit(psutil.RLIMIT_NOFILE)]
        return seen


class Canaries:
    """Everything outside that attacks aim at, gone at the end.

    `assignment` is the folder of the assignment to grade by, with secrets in it.
    """

    def __init__(self, attacks: Sequence[Probe], rung: Rung) -> None:
        self.rung = rung
        self._stack = ExitStack()
        # Modes let everybody do everything: only the sandbox is in the way.
        self.base = Path(tempfile.mkdtemp(prefix="canaries-"))
        self._stack.callback(shutil.rmtree, self.base)
        self.base.chmod(0o777)
        self.home = Path.home()
        (self.home / "notes.txt").write_text(f"{PREFIX}-home")
        self.assignment = self._assignment()
        self.seed = config_of(self.assignment / CONFIG).seed
        self.other = self._other_submission()
        self.servers = self._stack.enter_context(Servers(self.base))
        self.shared = self._shared_memory()
        self.watched = self.base / "watched"
        self.watched.mkdir()
        self.each = {attack.slug: self._canary(attack) for attack in attacks}
        for canary in self.each.values():
            canary.before = canary.state()

    def _assignment(self) -> Path:
        folder = self.base / "nn_from_scratch"
        shutil.copytree(REFERENCE, folder, ignore=shutil.ignore_patterns("examples", "__pycache__"))
        with (folder / "checks.py").open("a") as file:
            file.write(f"\n# {PREFIX}-checks\n")
        solution = folder / "solution.ipynb"
        text = solution.read_text("utf-8").rstrip().removesuffix("}")
        solution.write_text(f'{text}, "{PREFIX}": "solution"}}', "utf-8")
        return folder

    def _other_submission(self) -> Path:
        box = Box({}, rung=self.rung, limits=Limits())
        self._stack.callback(box.close)
        box.renew()
        self.box = box.folder
        path = box.work / "answers.txt"
        path.write_text(f"{PREFIX}-other")
        box.give(path)
        return path

    def _shared_memory(self) -> int:
        number = int(_libc.shmget(0, 4096, 0o1666))
        _libc.shmat.restype = ctypes.c_void_p
        ctypes.memmove(_libc.shmat(number, None, 0), f"{PREFIX}-shared".encode(), 40)
        self._stack.callback(_libc.shmctl, number, 0, None)
        return number

    def _canary(self, attack: Probe) -> Canary:
        folder = self.base / "outside" / attack.slug
        folder.mkdir(parents=True)
        folder.chmod(0o777)
        file = folder / "file.txt"
        secret = f"{PREFIX}-{secrets.token_hex(4)}"
        file.write_text(secret)
        file.chmod(0o666)
        os.utime(file, (LONG_AGO, LONG_AGO))
        process = subprocess.Popen(["/bin/sleep", "1000"])
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return Canary(secret, file, folder, process, str(10**8 + secrets.randbelow(10**8)))

    def targets(self, slug: str, data: Path) -> dict[str, Any]:
        """Return what an attack is told of the machine, which is everything.

        `data` is the folder of the data set.
        """
        canary = self.each[slug]
        return {
            "slug": slug,
            "prefix": PREFIX,
            "file": str(canary.file),
            "folder": str(canary.folder),
            "pid": canary.process.pid,
            "marker": canary.marker,
            "handle": _handle(canary.file),
            "grader": os.getpid(),
            "home": str(self.home),
            "assignment": str(self.assignment),
            "reference": str(self.assignment / "solution.ipynb"),
            "checks": str(self.assignment / "checks.py"),
            "checkout": str(ROOT),
            "judging": inspect.getfile(judge),
            "other": str(self.other),
            "box": str(self.box),
            "seed_sha256": hashlib.sha256(str(self.seed).encode()).hexdigest(),
            "watched": str(self.watched),
            "shared": self.shared,
            "data": str(next(data.iterdir())),
            "own_ipc": policy(self.rung).own_namespaces,
            "memory_calls": ["process_vm_readv", "process_vm_writev"],
            **self.servers.addresses,
        }

    def changes(self, slug: str, result: str, running: str) -> str:
        """Return what an attack has changed or brought into the result, "" where nothing.

        `running` are the command lines of all processes.
        """
        canary = self.each[slug]
        after = canary.state()
        if after != canary.before:
            return f"seen: {canary.before} became {after}"
        if canary.secret in result:
            return "seen: the secret in the result"
        if slug.encode() in b" ".join(self.servers.arrived):
            return "seen: a message to a server"
        if canary.marker in running:
            return "seen: a process that is still there"
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()


def _handle(path: Path) -> str:
    """Return the handle of a file, <fcntl.h>'s struct file_handle, in hexadecimal digits."""
    # Its first field is the room behind its header.
    handle = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(4 + 128), 8 + 128)
    mount = ctypes.c_int()
    done = _libc.name_to_handle_at(-100, os.fsencode(path), handle, ctypes.byref(mount), 0)
    return handle.raw.hex() if done == 0 else "00" * 136


class Servers:
    """Servers of all kinds on this machine; `arrived` is what they were sent."""

    def __init__(self, folder: Path) -> None:
        self.arrived: list[bytes] = []
        self.addresses: dict[str, Any] = {}
        self._selector = selectors.DefaultSelector()
        name = secrets.token_hex(8)
        local = ("127.0.0.1", 0)
        self._serve(socket.AF_INET, socket.SOCK_STREAM, local, "tcp")
        self._serve(socket.AF_INET, socket.SOCK_DGRAM, local, "udp")
        self._serve(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream"), "stream")
        self._serve(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagram"), "datagram")
        self._serve(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}", "abstract")
        self._serve(socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{name}-d", "abstract_datagram")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def _serve(self, family: int, kind: int, address: Any, name: str) -> None:
        server = socket.socket(family, kind)
        server.bind(address)
        if kind == socket.SOCK_STREAM:
            server.listen()
        if family == socket.AF_INET:
            self.addresses[name] = server.getsockname()[1]
        else:
            self.addresses[name] = address.removeprefix("\0")
        if isinstance(address, str) and not address.startswith("\0"):
            Path(address).chmod(0o777)
        self._selector.register(server, selectors.EVENT_READ)

    def _listen(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.1):
                server = key.fileobj
                assert isinstance(server, socket.socket)
                if server.type == socket.SOCK_DGRAM:
                    self.arrived.append(server.recv(1000))
                else:
                    with server.accept()[0] as connection:
                        connection.settimeout(5)
                        self.arrived.append(connection.recv(1000))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()
