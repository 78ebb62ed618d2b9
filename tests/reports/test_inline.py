"""What `%check` shows, below a cell of JupyterLab: its style leaves the report alone."""

from pathlib import Path
from typing import Final

import pytest

from grader.reports.student_page import fragment
from grader.results.model import Result
from tests.reports.browser import Browser

pytestmark = pytest.mark.xdist_group("reports")

# The rules of JupyterLab 4 for the output of a cell that reach into ours, its variables filled in.
JUPYTERLAB: Final = """
.jp-RenderedHTMLCommon { color: #212121; font: 14px/1.5 sans-serif; }
.jp-RenderedHTMLCommon h3 { line-height: 1; font-weight: 500; margin: 1.2em 0 0.8em 0; }
.jp-RenderedHTMLCommon h3 { font-size: 1.728em; }
.jp-RenderedHTMLCommon pre, .jp-RenderedHTMLCommon code { border: 0; background-color: #fff;
  font-size: inherit; line-height: 1.3; padding: 0; white-space: pre-wrap; }
.jp-RenderedHTMLCommon :not(pre) > code { background-color: #eee; padding: 1px 5px; }
.jp-RenderedHTMLCommon table { border-collapse: collapse; border-spacing: 0; border: none;
  font-size: 13px; table-layout: fixed; margin-left: auto; margin-bottom: 1em; }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th, .jp-RenderedHTMLCommon tr {
  vertical-align: middle; padding: 0.5em; line-height: normal; white-space: normal; border: none; }
.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: #fff; }
.jp-RenderedHTMLCommon tbody tr:nth-child(even) { background: #f5f5f5; }
.jp-RenderedHTMLCommon tbody tr:hover { background: #e0f7fa; }
.jp-RenderedHTMLCommon p { text-align: left; margin: 0; margin-bottom: 1em; }
.jp-RenderedHTMLCommon svg { max-width: 100%; height: auto; }
.jp-RenderedHTMLCommon > *:last-child { margin-bottom: 0.5em; }
"""


@pytest.fixture
def page(whole: Result, tmp_path: Path) -> Path:
    """Return a page that shows what `%check` does, as the output of a cell."""
    path = tmp_path / "lab.html"
    shown = fragment(whole.exercises, ["This never counts."])
    path.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><style>{JUPYTERLAB}</style>"
        f'<div class="jp-RenderedHTMLCommon">{shown}</div>',
        "utf-8",
    )
    return path


def test_no_stripes_of_the_notebook_s_run_through_matrices(browser: Browser, page: Path) -> None:
    """Stripes would look like marks: no entry has a ground of its own, under the pointer either."""
    browser.open(page)
    script = (
        "return [...document.querySelectorAll('.brackets, .brackets *')]"
        ".map(each => getComputedStyle(each).backgroundColor)"
    )
    assert set(browser.run(script)) == {"rgba(0, 0, 0, 0)"}
    assert browser.all(".matrix .wrong")
    assert not browser.all("table, tr, td")


def test_frames_stay_inside_the_brackets(browser: Browser, page: Path) -> None:
    """The frame around a wrong entry touches neither its bracket nor its neighbour."""
    browser.open(page)
    script = """
    return [...document.querySelectorAll('.brackets')].flatMap(brackets => {
      const around = brackets.getBoundingClientRect();
      const boxes = [...brackets.querySelectorAll('.entry')].map(e => e.getBoundingClientRect());
      const outlines = [...brackets.querySelectorAll('.entry')]
        .map(e => getComputedStyle(e).outlineStyle);
      return boxes.map((box, place) => outlines[place] === 'none'
        && box.left > around.left + 4 && box.right < around.right - 4
        && boxes.every(b => b === box || b.right <= box.left || b.left >= box.right
                            || b.bottom <= box.top || b.top >= box.bottom));
    });
    """
    inside = browser.run(script)
    assert len(inside) > 10
    assert all(inside)
