"""A notebook client that keeps no more of a cell's output than the limits allow."""

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
        self.cut: set[int] = set()

    def flooded(self, index: int) -> bool:
        """Whether a cell printed so much that it is to be ended."""
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
            self._sizes[cell_index] += _size(msg["content"], self.flood) + _held(msg)
            over = (
                self._sizes[cell_index] > self._limits.output_bytes
                or self._sizes.total() > self._limits.total_output_bytes
            )
            if over and kind != "error":
                self.cut.add(cell_index)
                return None
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


def _held(message: dict[str, Any]) -> int:
    buffers = message.get("buffers")
    return sum(map(len, buffers)) if isinstance(buffers, list) else 0


def _size(content: object, enough: int) -> int:
    """Return about how many bytes the texts and values of a message take, or over `enough`."""
    size, waiting = 0, [content]
    while waiting and size <= enough:
        value = waiting.pop()
        size += len(value) if isinstance(value, str) else _VALUE
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return size
