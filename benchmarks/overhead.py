"""What confinement costs: the time of a small submission on each rung, and without the grader.

    python -m benchmarks.overhead --rounds 20

Every round runs the submission once in each way, and each round begins with another way, so that
whatever else the machine does falls on all of them. A run is everything from an empty folder to
no process left, but for the questions: making the box, starting the kernel, three cells and
a snapshot after each, ending the kernel, removing the box. The bare run is nbclient with a
plain ipykernel in an empty folder.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click
import nbformat
from nbclient import NotebookClient
from rich.console import Console
from rich.progress import track
from rich.table import Table

from grader.execution.plan import Plan
from grader.execution.run import run
from grader.notebook.convert import executable
from grader.notebook.reading import Notebook, read
from grader.sandbox.box import Box
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, available

CELLS = (
    "import numpy as np\n\nclass Double:\n    def forward(self, x):\n        return 2 * x",
    "x = np.linspace(0, 1, 50)\ny = Double().forward(x)\nprint(y.sum())",
    "import matplotlib.pyplot as plt\n\nplt.plot(x, y)\nplt.show()",
)

BARE = "bare nbclient"


def submission(folder: Path) -> Notebook:
    """Write the small submission into `folder` and return it as the grader reads it."""
    path = folder / "small.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "utf-8")
    return read(path)


def run_confined(notebook: Notebook, rung: Rung) -> None:
    """Run the submission on `rung`. Raises RuntimeError where a cell did not run to its end."""
    cells = tuple(range(len(CELLS)))
    with Box({}, rung=rung, limits=Limits()) as box:
        ran = run(notebook, Plan(cells=cells, keep=cells), BoxKernels(box))
        ran.close()
    if [end.status for end in ran.ends.values()] != ["ok"] * len(cells):
        raise RuntimeError(f"the submission did not run on {rung}: {ran.ends}")


def run_bare(notebook: Notebook) -> None:
    """Run the submission as nbclient does by itself, in this process's environment."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            executable(notebook),
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        client.execute()


def measure(ways: Mapping[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds that each way took in each round, the first of which is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in track(range(rounds + 1), "Measuring", transient=True):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            started = time.perf_counter()
            ways[name]()
            if number > 0:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def table(seconds: Mapping[str, Sequence[float]], base: str) -> Table:
    """Return the medians, and how they and each round's differences compare with `base`."""
    shown = Table("way", box=None, header_style="bold")
    columns = ("median s", "quartiles s", f"ratio to {base}", f"over {base}, ms")
    for column in columns:
        shown.add_column(column, justify="right")
    middle = statistics.median(seconds[base])
    for name, taken in seconds.items():
        low, median, high = statistics.quantiles(taken, n=4, method="inclusive")
        # Paired: what slowed a whole round down does not count.
        over = statistics.median(
            mine - other for mine, other in zip(taken, seconds[base], strict=True)
        )
        shown.add_row(
            name,
            f"{median:.3f}",
            f"{low:.3f} to {high:.3f}",
            f"{median / middle:.2f}",
            f"{1000 * over:+.0f}",
        )
    return shown


@click.command()
@click.option("--rounds", type=click.IntRange(min=2), default=20, show_default=True)
def main(rounds: int) -> None:
    """Measure what confinement costs a small submission on each rung that works here."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = submission(Path(folder))
        ways: dict[str, Callable[[], None]] = {
            str(rung).partition(":")[0]: partial(run_confined, notebook, rung)
            for rung in available()
        }
        ways[BARE] = partial(run_bare, notebook)
        seconds = measure(ways, rounds)
    console = Console()
    console.print(f"Three cells, numpy and one plot; {rounds} rounds.")
    console.print(table(seconds, str(Rung.PROCESS).partition(":")[0]))


if __name__ == "__main__":
    main()
