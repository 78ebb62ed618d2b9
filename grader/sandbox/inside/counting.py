"""How much work a call is: the bytecode instructions and the C calls that it executes.

Counted through `sys.monitoring` (PEP 669) where Python has it, since `sys.settrace` shows no
instruction of a function's first traced call from 3.12 on. Both come to the same numbers.
"""

import contextlib
import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import get_ident
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType
from typing import Any

STANDARD_LIBRARY = (str(Path(linecache.__file__).parent), "<frozen")
# Loops over the elements that it prints.
ARRAY_PRINTING = "arrayprint.py"


class _Count:
    """The `work` of the thread that made it."""

    def __init__(self) -> None:
        self.work = 0
        self._thread = get_ident()
        self._counts: dict[str, bool] = {}

    def add(self, code: CodeType) -> None:
        """Count one step of a frame that runs `code`, if it is one that counts."""
        name = code.co_filename
        counts = self._counts.get(name)
        if counts is None:
            counts = self._counts[name] = name != __file__ and not _telling(name)
        # Monitoring hears of every thread, tracing of its own alone.
        if counts and get_ident() == self._thread:
            self.work += 1


def count_work(function: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, int]:
    """Call `function` and return its value and its work. Raises what it raises.

    Whoever traces, profiles or monitors already is left as they were.
    """
    count = _Count()
    with _counting(count):
        value = function(*args)
    return value, count.work


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
                if _telling(frame.f_code.co_filename):
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
        sys.settrace(trace)
        sys.setprofile(profile)
        try:
            yield
        finally:
            sys.setprofile(before[1])
            sys.settrace(before[0])


def _telling(name: str) -> bool:
    """Whether the file of this name is of the standard library, or prints arrays.

    What a layer does to tell of itself is no work: printing an array loops over its elements, and
    so do warnings and logs over their texts.
    """
    inside_package = "site-packages" in name or "dist-packages" in name
    return name.endswith(ARRAY_PRINTING) or (
        name.startswith(STANDARD_LIBRARY) and not inside_package
    )
