"""A notebook client that keeps no more of a cell's output than the limits allow."""

import sys
from collections import Counter
from typing import Any, Final

from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal

from grader.sandbox.limits import MEBIBYTE, Limits

# A cell is cut off at its limit, which costs it nothing. One that goes on to this many times as
# much would keep the grader busy with throwing away, and is ended.
FLOOD: Final = 16
# What a value counts as beside its text.
_VALUE: Final = 64
# What an object takes that a notebook keeps, and how many times the limit of all cells what they
# keep may take of the grader's memory: one wide character makes a text four times as large.
_OBJECT: Final = 600
_TIMES_HELD: Final = 2
# They tell how far a cell is, and nothing of them is kept.
_STATES: Final = ("status", "execute_input")
# An error is what a cell ends with, and is wanted however much came before it; so much of it is.
_ERROR_KEPT: Final = 10_000


class BoundedClient(NotebookClient):  # type: ignore[misc]
    """Drops what a cell prints or shows beyond the limits; `cut` are the cells where it did.

    Messages that are not as they should be are dropped too.
    """

    def __init__(self, notebook: Any, *, limits: Limits, **options: Any) -> None:
        super().__init__(notebook, **options)
        self._limits = limits
        self._sizes: Counter[int] = Counter()
        self._held = 0
        self.cut: set[int] = set()

    def note_refused(self, index: int) -> None:
        """Take what was not even looked at for what the cell at `index` printed."""
        refused = self.kc.take_refused() if self.kc is not None else 0
        if refused:
            self._sizes[index] += refused
            self.cut.add(index)

    def flooded(self, index: int) -> bool:
        """Whether a cell printed so much that it is to be ended."""
        self.note_refused(index)
        return self._sizes[index] > self.flood

    @property
    def flood(self) -> int:
        """The number of bytes from which on a cell is ended."""
        return FLOOD * max(self._limits.output_bytes, MEBIBYTE)

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Keep the message's output where there is room for it."""
        kind = msg["msg_type"]
        if kind == "error":
            msg = {**msg, "content": _shortened(msg["content"])}
        if kind not in _STATES:
            size, held = _size(msg["content"], self.flood)
            self._sizes[cell_index] += size + _buffers(msg)
            total = self._limits.total_output_bytes
            over = (
                self._sizes[cell_index] > self._limits.output_bytes
                or self._sizes.total() > total
                or self._held + held > _TIMES_HELD * total
            )
            if over and kind != "error":
                self.cut.add(cell_index)
                return None
            self._held += held
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        # The library trusts kernels, and stumbles over whatever is missing or of another kind.
        except Exception:  # noqa: BLE001
            return None


def _shortened(content: dict[str, Any]) -> dict[str, str | list[str]]:
    name, value = (str(content.get(each))[:_ERROR_KEPT] for each in ("ename", "evalue"))
    told = content.get("traceback")
    lines = [str(line)[:_ERROR_KEPT] for line in told[:100]] if isinstance(told, list) else []
    return {"ename": name, "evalue": value, "traceback": lines}


def _buffers(message: dict[str, Any]) -> int:
    buffers = message.get("buffers")
    return sum(map(len, buffers)) if isinstance(buffers, list) else 0


def _size(content: object, enough: int) -> tuple[int, int]:
    """Return about how many bytes a message's texts and values are, and how many they take here.

    What goes on beyond `enough` is not counted.
    """
    size, held, waiting = 0, 0, [content]
    while waiting and size <= enough:
        value = waiting.pop()
        size += len(value) if isinstance(value, str) else _VALUE
        held += sys.getsizeof(value)
        if isinstance(value, dict):
            held += _OBJECT
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return size, held
