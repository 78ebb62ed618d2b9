"""All shims together: light to install, and at work in a real kernel."""

import json
import sys
from textwrap import dedent
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.agent.processes import LOAD, Run


def test_install_is_light(run: Run) -> None:
    """Installing the shims imports neither the grader nor a large library."""
    large = "{'grader', 'matplotlib', 'numpy.random', 'pandas', 'torch'}"
    found = run(f"import sys; print(sys.modules.keys() & {large})")
    assert found.printed == ["set()\n"]


CELLS = {
    "inline": """
        %matplotlib notebook
        %matplotlib widget
        %matplotlib qt5
        %matplotlib
        %matplotlib inline # comment
        import matplotlib, matplotlib.pyplot as plt
        print(matplotlib.get_backend())
    """,
    "plot": "plt.plot([1, 2]); plt.title('kept');",
    "counted": "print(figures_before)",
    "use": """
        matplotlib.use('TkAgg'); plt.switch_backend('Qt5Agg'); matplotlib.use(backend='nbagg')
        plt.plot([1]); print(matplotlib.get_backend())
    """,
    "pylab": "%pylab tk\nprint(matplotlib.get_backend())",
    "prompts": "from getpass import getpass\nprint(repr(input('a')), repr(getpass('b')))",
    "async": """
        import nopandas, asyncio
        await asyncio.sleep(0)
        !pip install a
        %no_such
        print('end')
    """,
    "commands": "!pip install a\nx = 'local'\n!echo $x\nprint('after')",
    "config": """
        %config InlineBackend.figure_format = 'svg'
        %load_ext tensorboard
        print('after')
    """,
    "used": "if nopandas.DataFrame().empty: print('made up')\nprint('after')",
    "notes": "from grader_agent import notes; import json; print(json.dumps(notes.collect()))",
}

BOOT = f"""{LOAD}
from ipykernel.kernelapp import IPKernelApp
app = IPKernelApp.instance()
app.initialize(sys.argv[1:])
install(app.shell)
def end(result):
    app.shell.user_ns["figures_before"] = figures.describe()
    figures.begin_cell()
app.shell.events.register("post_run_cell", end)
app.start()
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run `CELLS` in a kernel through nbclient; return each cell's outputs by its key."""
    folder = tmp_path_factory.mktemp("kernel")
    argv = [sys.executable, "-c", BOOT, "-f", "{connection_file}"]
    (folder / "kernels" / "shims").mkdir(parents=True)
    (folder / "kernels" / "shims" / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "shims", "language": "python"})
    )
    sources = [dedent(cell).strip("\n") for cell in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    resources = {"metadata": {"path": str(folder)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        NotebookClient(
            notebook, kernel_name="shims", allow_errors=True, timeout=120, resources=resources
        ).execute()
    return {key: cell["outputs"] for key, cell in zip(CELLS, notebook["cells"], strict=True)}


def printed(outputs: list[Any]) -> str:
    """Return what a cell without errors wrote to its standard output."""
    assert not [output for output in outputs if output["output_type"] == "error"], outputs
    return "".join(output["text"] for output in outputs if output.get("name") == "stdout")


def test_plots_are_always_inline(kernel: dict[str, Any]) -> None:
    """Whatever display a notebook asks for, its figures become outputs of the cell."""
    for key in ("inline", "use", "pylab"):
        assert printed(kernel[key]).split()[-1] in {
            "inline",
            "module://matplotlib_inline.backend_inline",
        }
    for key in ("plot", "use"):
        assert any("image/png" in output.get("data", {}) for output in kernel[key])


def test_a_figure_closed_by_the_inline_backend_is_kept(kernel: dict[str, Any]) -> None:
    """The figure that its cell's end has closed can still be described."""
    assert "'title': 'kept'" in printed(kernel["counted"])


def test_a_kernel_answers_prompts(kernel: dict[str, Any]) -> None:
    """`input()` and `getpass()` return an empty string in a kernel without a keyboard too."""
    assert printed(kernel["prompts"]) == "'' ''\n"


def test_a_kernel_gets_over_what_is_not_here(kernel: dict[str, Any]) -> None:
    """Missing modules, commands and magics cost no line of their cells, asynchronous ones too."""
    assert printed(kernel["async"]) == "end\n"
    assert printed(kernel["commands"]).split() == ["local", "after"]
    assert printed(kernel["config"]) == "after\n"
    assert printed(kernel["used"]) == "after\n"
    texts = " ".join(text for _, text in json.loads(printed(kernel["notes"])))
    for part in ("matplotlib notebook", "TkAgg", "input()", "nopandas", "pip install a"):
        assert part in texts
