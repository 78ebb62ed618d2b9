"""The pages that people read, and the blocks and commands that they show.

Every block is fenced and says what it is. A `console` block holds commands after `$`, with what
they print below; it is run. Where it cannot be, a comment above it says why, which no reader sees:

    <!-- not run: it needs a cluster -->

It is parsed all the same. What is no code, such as a drawing or an output, is `text`.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.notebooks import ROOT

# They are written by programs, and the tests of these hold them: nobody types what they show.
WRITTEN: Final = {
    *("proof.md", "proof_stable_numerics.md", "proof_modules.md", "proof_tables.md"),
    *("proof_torch_classifier.md", "gallery.md", "attacks.md"),
}

_NOT_RUN: Final = re.compile(r"<!-- not run: (.+) -->")
_MARKDOWN: Final = MarkdownIt().enable("table")


@dataclass(frozen=True)
class Block:
    """A block of code: its page, its line, its language, its title, and why it is not run."""

    page: Path
    line: int
    language: str
    title: str
    text: str
    not_run: str

    def __str__(self) -> str:
        """Where it stands."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """What a console block, or a script, has one type."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        typed = [line[2:] for line in lines if line.startswith("$ ")]
        return typed or lines


def pages() -> list[Path]:
    """Return all pages."""
    released = ROOT.glob("assignments/*/README.md")
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(released)]


def tokens(page: Path) -> list[Token]:
    """Return what a page is made of."""
    return _MARKDOWN.parse(page.read_text("utf-8"))


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of code on a page that somebody wrote by hand."""
    above = ""
    for token in tokens(page) if page.name not in WRITTEN else ():
        if token.type in ("fence", "code_block"):
            assert token.map is not None
            language, _, rest = token.info.partition(" ")
            title = re.fullmatch(r'title="([^"]*)"', rest.strip())
            told = _NOT_RUN.search(above)
            yield Block(
                page,
                token.map[0] + 1,
                language,
                title[1] if title else "",
                token.content,
                told[1] if told else "",
            )
        above = token.content if token.type == "html_block" else ""


def every_block(*languages: str) -> list[Block]:
    """Return all blocks in these languages."""
    return [each for page in pages() for each in blocks(page) if each.language in languages]


def mentioned(page: Path) -> Iterator[str]:
    """Yield the commands that the sentences and tables of a page mention."""
    for token in tokens(page):
        for part in token.children or ():
            words = part.content.split()
            if (
                part.type == "code_inline"
                and len(words) > 1
                and words[0] in ("grade", "grader", "pip")
            ):
                yield part.content


def simple(command: str) -> Iterator[list[str]]:
    """Yield the words of each simple command in a line of a shell."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("&|;"):
            yield words
            words = []
        else:
            words.append(word)
    yield words
