"""The recording in the README is what a terminal shows."""

import re

from tests.notebooks import ROOT
from tests.recording import COMMAND, FILE, output, recorded, words

README = (ROOT / "README.md").read_text("utf-8")


def test_the_recording_is_what_is_printed() -> None:
    """Word for word, but for the seconds and the sandbox."""
    kept = FILE.read_text("utf-8")
    assert words(kept) == words(recorded(output())), "out of date: python -m tests.recording"
    assert words(kept).startswith(f"a terminal $ {' '.join(COMMAND)} typical_mistakes: 18 of 20")


def test_it_fetches_nothing() -> None:
    """No font, no picture and no script of anybody's."""
    kept = FILE.read_text("utf-8")
    found = set(re.findall(r"\bhttps?://[^\"' )]+", kept))
    assert found <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "<script" not in kept
    assert "url(http" not in kept


def test_a_newcomer_sees_it_first() -> None:
    """A sentence, the picture, the recording and two commands, before anything else."""
    first = README.partition("## Who you are")[0]
    assert len(first.splitlines()) < 60
    for each in ("screenshots/readme/page.png", "screenshots/readme/terminal.svg"):
        assert f"docs/{each}" in first
    commands = re.findall(r"^\$ (\S+ \S+)", first, re.MULTILINE)
    assert commands == ["make demo", "make test"]
