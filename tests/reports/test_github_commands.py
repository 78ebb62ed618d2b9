"""What is printed of a student's is printed as it is."""

import io

import pytest
from rich.console import Console

from grader.reports.github import say


@pytest.mark.parametrize("text", ["[bold]a[/bold].ipynb", "homework :key: 1.ipynb"])
def test_a_file_s_name_is_said_as_it_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither markup nor the name of an emoji in it means anything."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    out = io.StringIO()
    say(Console(file=out, width=10), text)
    assert out.getvalue() == f"{text}\n"
