"""Several processes of a notebook's own where there is no shared memory with names.

Without namespaces `/dev/shm` is everybody's, so nothing may be made there. What `multiprocessing`
keeps there are its semaphores: they are replaced by such as need no name, which children get by
`fork`. A loader's workers hand their tensors over in there: it does the work itself, and a note
says so.
"""

import mmap
import os
import select
import struct
import threading
import time
from functools import wraps
from multiprocessing import synchronize
from types import ModuleType
from typing import Any, Final

from ..notes import note
from .import_hook import when_imported

# Of multiprocessing.synchronize.
_RECURSIVE_MUTEX: Final = 0
_COUNTERS: Final = struct.Struct("qq")


def install() -> None:
    """Let processes work together without `/dev/shm`."""
    named: Any = synchronize
    named._multiprocessing.SemLock = Semaphore
    when_imported("torch.utils.data.dataloader", _without_workers)


def _without_workers(module: ModuleType) -> None:
    """Let the loaders of a module fetch their batches themselves, whatever they are told."""
    loader: Any = module.DataLoader
    original = loader.__init__

    @wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        # The sixth is `num_workers`; those after it that only workers heed are left to their own.
        workers = kwargs.pop("num_workers", 0) or (args[5] if len(args) > 5 else 0)
        if workers:
            note(
                f"a DataLoader with num_workers={workers} made its batches without workers, which "
                "need shared memory"
            )
            for name in ("prefetch_factor", "persistent_workers", "multiprocessing_context"):
                kwargs.pop(name, None)
        original(self, *args[:5], *((0,) if len(args) > 5 else ()), *args[6:], **kwargs)

    loader.__init__ = init


class Semaphore:
    """A semaphore that is shared with children by `fork`, with the face of `_multiprocessing`'s.

    How much it counts, and how many wait, is in memory that children share; a pipe with one byte in
    it guards the two, another wakes one that waits for each byte, and hands it what was released.
    """

    SEM_VALUE_MAX: Final = 2**31 - 1

    def __new__(cls, *_arguments: object, **named: object) -> "Semaphore":
        """Return one. Raises OSError where it is to be found by its name."""
        if named:
            # Who names it, as joblib does, would find it by that name in a process that is no
            # child by `fork`; told that it cannot, joblib does the work itself.
            raise OSError("there are no semaphores with names here")
        return super().__new__(cls)

    def __init__(
        self, kind: int, value: int, maxvalue: int, _name: str | None = None, _unlink: bool = True
    ) -> None:
        self.kind = kind
        self.maxvalue = maxvalue
        self.name = None
        self.handle = 0
        self._memory = mmap.mmap(-1, _COUNTERS.size)
        self._counters = value, 0
        self._guard, self._wake = os.pipe(), os.pipe()
        os.write(self._guard[1], b".")
        os.set_blocking(self._wake[0], False)
        self._owner: int | None = None
        self._held = 0

    @property
    def _counters(self) -> tuple[int, int]:
        """How much is left, and how many wait for more."""
        left, waiting = _COUNTERS.unpack(self._memory[: _COUNTERS.size])
        return left, waiting

    @_counters.setter
    def _counters(self, counters: tuple[int, int]) -> None:
        self._memory[: _COUNTERS.size] = _COUNTERS.pack(*counters)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, waiting for it at most `timeout` seconds. Returns whether it was had."""
        if self.kind == _RECURSIVE_MUTEX and self._is_mine():
            self._held += 1
            return True
        until = None if timeout is None else time.monotonic() + max(timeout, 0)
        if not self._taken(wait=block) and not (block and self._woken(until)):
            return False
        self._owner = threading.get_ident()
        self._held += 1
        return True

    def _taken(self, *, wait: bool) -> bool:
        """Take one that is left; else say that this one waits, where it does."""
        with _Guarded(self._guard):
            left, waiting = self._counters
            self._counters = (left - 1, waiting) if left else (left, waiting + wait)
        return left > 0

    def _woken(self, until: float | None) -> bool:
        """Wait to be handed one."""
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._wake[0]], [], [], left)
            if not ready:
                with _Guarded(self._guard):
                    if self._handed():
                        return True
                    self._counters = self._counters[0], self._counters[1] - 1
                return False
            if self._handed():
                return True

    def _handed(self) -> bool:
        try:
            return bool(os.read(self._wake[0], 1))
        except BlockingIOError:
            return False

    def release(self) -> None:
        """Give one back. Raises AssertionError or ValueError as the original does."""
        if self.kind == _RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        with _Guarded(self._guard):
            left, waiting = self._counters
            if left >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            if waiting:
                self._counters = left, waiting - 1
                os.write(self._wake[1], b".")
            else:
                self._counters = left + 1, waiting
        self._held -= 1

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        for descriptor in (*self._guard, *self._wake):
            os.close(descriptor)

    def _count(self) -> int:
        return self._held

    def _is_mine(self) -> bool:
        return self._held > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._counters[0]

    def _is_zero(self) -> bool:
        return self._counters[0] == 0

    def _after_fork(self) -> None:
        self._held = 0


class _Guarded:
    """Lets one process or thread at a time through, by a pipe with one byte in it."""

    def __init__(self, pipe: tuple[int, int]) -> None:
        self._pipe = pipe

    def __enter__(self) -> None:
        os.read(self._pipe[0], 1)

    def __exit__(self, *_: object) -> None:
        os.write(self._pipe[1], b".")
