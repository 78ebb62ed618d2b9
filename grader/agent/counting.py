"""How much work a call is: the bytecode instructions and the C calls that it executes.

Counted through `sys.monitoring` (PEP 669) where Python has it, since `sys.settrace` shows no
instruction of a function's first traced call from 3.12 on. Both come to the same numbers.

What files code says it is from, is its own word: where that makes a difference, the file is asked.
"""

import contextlib
import gc
import linecache
import sys
import threading
from _imp import get_frozen_object
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from threading import get_ident
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType
from typing import Any

import numpy as np

FROZEN = "<frozen "
STANDARD_LIBRARY = (str(Path(linecache.__file__).parent), FROZEN)
# What the two modules that import all others are frozen as.
_FROZEN_AS = "importlib._bootstrap", "_frozen_importlib"
PACKAGES = ("site-packages", "dist-packages")
INSTALLED = tuple(each for each in sys.path if each.endswith(PACKAGES))
# Loops over the elements that it prints.
ARRAY_PRINTING = tuple(
    str(Path(np.__file__).parent / folder / "arrayprint.py") for folder in ("core", "_core")
)


class _Count:
    """The `work` of the thread that made it, and of the notebook's own code in any other."""

    def __init__(self) -> None:
        self.work = 0
        self._thread = get_ident()
        # By the identity of a code object, which is kept so that no other gets it: to look one up
        # by its contents takes longer than to run it.
        self._known: dict[int, tuple[CodeType, bool, bool]] = {}

    def add(self, code: CodeType) -> None:
        """Count one step of a frame that runs `code`, if it is one that counts."""
        known = self._known.get(id(code))
        if known is None:
            known = self._known[id(code)] = (code, not _is_exempt(code), not _is_librarys(code))
        # Libraries have threads that work beside a call, such as those of progress bars.
        if known[1] and (known[2] or get_ident() == self._thread):
            self.work += 1


def count_work(function: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, int]:
    """Call `function` and return its value and its work. Raises what it raises.

    Whoever traces, profiles or monitors already is left as they were.
    """
    count = _Count()
    with _garbage_kept(), _counting(count):
        value = function(*args)
    return value, count.work


@contextlib.contextmanager
def _garbage_kept() -> Iterator[None]:
    """Collect no garbage meanwhile: when it is, and who is called then, is no matter of a call."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


if sys.version_info >= (3, 12):
    _MONITORING = sys.monitoring
    _TOOLS = range(6)

    @contextlib.contextmanager
    def _counting(count: _Count) -> Iterator[None]:
        def instruction(code: CodeType, _offset: int) -> None:
            count.add(code)

        def call(code: CodeType, _offset: int, called: object, _first: object) -> None:
            if isinstance(called, BuiltinFunctionType | MethodDescriptorType):
                count.add(code)

        events = _MONITORING.events
        heard: dict[int, Callable[..., object]] = {
            events.INSTRUCTION: instruction,
            events.CALL: call,
        }
        own = next(filter(_taken, _TOOLS), None)
        # Where others have taken every tool, one of theirs lends its name.
        tool = _TOOLS[-1] if own is None else own
        before = _MONITORING.get_events(tool)
        others = {each: _MONITORING.register_callback(tool, each, heard[each]) for each in heard}
        try:
            _MONITORING.set_events(tool, before | events.INSTRUCTION | events.CALL)
            # Code in which another tool has begun to hear of calls since it was counted last shows
            # no instruction (seen in 3.12.1 and 3.13.0) until everything is set anew.
            _MONITORING.restart_events()
            yield
        finally:
            # The call may have given the tool back.
            with contextlib.suppress(ValueError):
                _MONITORING.set_events(tool, before)
            for event, callback in others.items():
                _MONITORING.register_callback(tool, event, callback)
            if own is not None:
                _MONITORING.free_tool_id(own)

    def _taken(tool: int) -> bool:
        try:
            _MONITORING.use_tool_id(tool, "notebook-grader")
        except ValueError:
            return False
        return True

else:

    @contextlib.contextmanager
    def _counting(count: _Count) -> Iterator[None]:
        def trace(frame: FrameType, event: str, _argument: object) -> Any:
            if event == "call":
                if _is_exempt(frame.f_code):
                    return None
                frame.f_trace_opcodes = True
                frame.f_trace_lines = False
            elif event == "opcode":
                count.add(frame.f_code)
            return trace

        def profile(frame: FrameType, event: str, _argument: object) -> None:
            if event == "c_call":
                count.add(frame.f_code)

        before = sys.gettrace(), sys.getprofile()
        others = threading.gettrace(), threading.getprofile()
        # Those that begin during the call.
        threading.settrace(trace)
        threading.setprofile(profile)
        sys.settrace(trace)
        sys.setprofile(profile)
        try:
            yield
        finally:
            sys.setprofile(before[1])
            sys.settrace(before[0])
            threading.setprofile(others[1])
            threading.settrace(others[0])


def _is_exempt(code: CodeType) -> bool:
    """Whether code is the counting itself, of the standard library, or prints arrays.

    What a layer does to tell of itself is no work: printing an array loops over its elements, and
    so do warnings and logs over their texts.
    """
    name = code.co_filename
    return (name in (__file__, *ARRAY_PRINTING) or _is_standard(name)) and _is_genuine(code)


def _is_librarys(code: CodeType) -> bool:
    """Whether code is of the standard library or of an installed package."""
    name = code.co_filename
    return (name.startswith(INSTALLED) or _is_standard(name)) and _is_genuine(code)


def _is_standard(name: str) -> bool:
    """Whether the file of this name is of the standard library."""
    return name.startswith(STANDARD_LIBRARY) and not any(each in name for each in PACKAGES)


def _is_genuine(code: CodeType) -> bool:
    """Whether code is of the file that it says it is from."""
    return _mark(code) in _marks(code.co_filename)


Mark = tuple[str, int, bytes]


def _mark(code: CodeType) -> Mark:
    return code.co_qualname, code.co_firstlineno, code.co_code


@cache
def _marks(name: str) -> frozenset[Mark]:
    """Return by what all code of a file is known; none where it has no source."""
    frozen = name.removeprefix(FROZEN).removesuffix(">").replace(*_FROZEN_AS)
    try:
        whole = (
            get_frozen_object(frozen)
            if name.startswith(FROZEN)
            else SourceFileLoader("", name).get_code("")
        )
    except (ImportError, OSError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(_all_marks(whole) if isinstance(whole, CodeType) else ())


def _all_marks(code: CodeType) -> Iterator[Mark]:
    yield _mark(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _all_marks(constant)
