"""A notebook client that keeps no more of a cell's output than the limits allow."""

from collections import Counter
from typing import Any, Final

from nbclient import NotebookClient

from grader.sandbox.limits import MEBIBYTE, Limits

# A cell is cut off at its limit, which costs it nothing. One that goes on to this many times as
# much would keep the grader busy with throwing away, and is ended.
FLOOD: Final = 16


class BoundedClient(NotebookClient):  # type: ignore[misc]
    """Drops what a cell prints or shows beyond the limits; `cut` are the cells where it did."""

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
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self._sizes[cell_index] += _size(msg["content"])
            if (
                self._sizes[cell_index] > self._limits.output_bytes
                or self._sizes.total() > self._limits.total_output_bytes
            ):
                self.cut.add(cell_index)
                return None
        return super().process_message(msg, cell, cell_index)


def _size(content: dict[str, Any]) -> int:
    data = content.get("data")
    values = [content.get("text", ""), *(data.values() if isinstance(data, dict) else ())]
    return sum(len(value) if isinstance(value, str) else 64 for value in values)
