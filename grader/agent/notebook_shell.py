"""The shell of a notebook without a kernel's connections: what its cells print and show is noted.

It is Jupyter's own, so that a notebook finds in it what it finds elsewhere.
"""

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

import ipykernel.zmqshell
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from traitlets import Type
from traitlets.config import Config

# How many characters of an error, and parts of a traceback, are kept.
MOST: Final = 10_000
MOST_PARTS: Final = 100

# What notebooks draw with where nobody sees a window.
BACKEND: Final = "module://matplotlib_inline.backend_inline"


class Outputs:
    """What cells print and show, as far as it is asked for later.

    No more is noted than `most` characters and bytes of a cell and `total` of all; `cut` are the
    cells of which some was not. One that goes on to `flood` is ended, and then `flooded`. The last
    `printed` characters of what is printed are kept.
    """

    def __init__(self, *, most: int, total: int, flood: int, printed: int) -> None:
        self._most, self._total, self._flood, self._kept = most, total, flood, printed
        self._of_all = 0
        self.cut: set[int] = set()
        self.begin(0)

    def begin(self, cell: int) -> None:
        """Forget what was shown so far: the cell with this index is about to run."""
        self._cell, self._size, self._printed = cell, 0, ""
        self._kinds: dict[str, None] = {}
        self._error: list[Any] = []
        self._forget = False
        self.flooded = False

    def _takes(self, size: int) -> bool:
        self._size += size
        self._of_all += size
        if self._size > self._flood:
            self.flooded = True
            # As at the limit of time: what the cell has done by then stays.
            raise KeyboardInterrupt
        over = self._size > self._most or self._of_all > self._total
        if over:
            self.cut.add(self._cell)
        elif self._forget:
            self._kinds, self._printed, self._forget = {}, "", False
        return not over

    def write(self, text: str) -> None:
        """Note what is printed."""
        if text and self._takes(len(text)):
            self._kinds["stream"] = None
            self._printed = (self._printed + text)[-self._kept :]

    def show(self, data: Mapping[str, Any]) -> None:
        """Note what is shown, by its MIME types."""
        size = sum(len(each) if isinstance(each, str | bytes) else 64 for each in data.values())
        if data and self._takes(size):
            self._kinds.update(dict.fromkeys(map(str, data)))

    def clear(self, *, wait: bool) -> None:
        """Forget what the cell has shown, at once or with what it shows next."""
        self._forget = True
        if not wait:
            self._kinds, self._printed, self._forget = {}, "", False

    def fail(self, name: str, message: str, trace: list[str]) -> None:
        """Note the error that a cell shows, the first of them."""
        self._kinds["error"] = None
        if not self._error:
            parts = [str(part)[:MOST] for part in trace[:MOST_PARTS]]
            self._error = [name[:MOST], message[:MOST], parts]

    def told(self) -> dict[str, Any]:
        """Return what the present cell came to, as plain data."""
        return {
            "kinds": list(self._kinds),
            "printed": self._printed,
            "error": self._error,
            "flooded": self.flooded,
            "cut": sorted(self.cut),
        }


class Printed(io.TextIOBase):
    """A standard stream of the notebook's."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs) -> None:
        super().__init__()
        self._outputs = outputs

    def write(self, text: str, /) -> int:
        """Note a text. Raises TypeError where it is none."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(text)
        return len(text)

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True


class _Hook(DisplayHook):  # type: ignore[misc]
    """Notes the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """Write none."""

    def write_format_data(self, format_dict: Any, _metadata: Any = None) -> None:
        """Note in which formats it is shown."""
        self.shell.outputs.show(format_dict)

    def finish_displayhook(self) -> None:
        """End what is shown of it."""
        self._is_active = False


class _Publisher(DisplayPublisher):  # type: ignore[misc]
    """Notes what is displayed."""

    def publish(self, data: Any, *_more: Any, update: bool = False, **_named: Any) -> None:
        """Note in which formats it is shown, unless it takes the place of what was."""
        if not update:
            self.shell.outputs.show(data)

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown."""
        self.shell.outputs.clear(wait=wait)


class NotebookShell(ipykernel.zmqshell.ZMQInteractiveShell):  # type: ignore[misc]
    """Runs cells as a kernel does; `outputs` has what they print and show."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs: Outputs

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.outputs.fail(str(etype.__name__), str(evalue), stb)

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no window."""

    async def run(self, source: str) -> None:
        """Run one cell, in a loop that runs already, as a kernel does."""
        transformed, failed = source, None
        try:
            transformed = self.transform_cell(source)
        # What transforms a cell may raise anything, and the shell shows it.
        except Exception:  # noqa: BLE001
            failed = sys.exc_info()
        given = {"transformed_cell": transformed, "preprocessing_exc_tuple": failed}
        if not self.should_run_async(source, **given):
            self.run_cell(source, store_history=True)
            return
        result = None
        try:
            result = await self.run_cell_async(source, store_history=True, **given)
        finally:
            self.events.trigger("post_execute")
            if result is not None:
                self.events.trigger("post_run_cell", result)


# By these names a notebook meets them elsewhere, and libraries ask for them.
NotebookShell.__name__ = "ZMQInteractiveShell"
Printed.__name__ = "OutStream"


def made(outputs: Outputs) -> NotebookShell:
    """Return the shell of this process, whose cells print and show to `outputs`."""
    os.environ["MPLBACKEND"] = BACKEND
    NotebookShell.outputs = outputs
    config = Config()
    config.HistoryManager.enabled = False
    # By this section of its settings libraries tell a kernel's shell.
    config.IPKernelApp.parent_appname = ""
    shell: NotebookShell = NotebookShell.instance(config=config)
    with contextlib.suppress(Exception):
        shell.extension_manager.load_extension("storemagic")
    # As in a notebook, modules beside it are found.
    if "" not in sys.path:
        sys.path.insert(0, "")
    sys.stdout, sys.stderr = Printed(outputs), Printed(outputs)
    return shell


class Loop:
    """An event loop in which cells run one after the other, as in a kernel."""

    def __init__(self, shell: NotebookShell) -> None:
        self._shell = shell
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)

    def run(self, source: str) -> None:
        """Run one cell to its end. Raises nothing that it raises."""
        try:
            self._loop.run_until_complete(self._shell.run(source))
        # An interrupt, or whatever ends what is awaited.
        except BaseException as error:  # noqa: BLE001
            self._shell.outputs.fail(type(error).__name__, str(error), [])
