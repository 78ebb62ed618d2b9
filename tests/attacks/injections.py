"""Attacks on whoever reads a report: text that is more than text to what shows it.

Each text is the message and the name of an exception, in a cell and in an answer, is printed and
noted, and is in the notebook's own name.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

import html5lib
from markdown_it import MarkdownIt

from tests.attacks.attack import Attack

# What a report is called that a person sees on a terminal, beside the formats of files.
TERMINAL: Final = "terminal"
PAGES: Final = ("html", "overview", "anonymous")
_MARKDOWN: Final = MarkdownIt("gfm-like", {"linkify": False})
_MARKER: Final = "canary"

Reports = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Injection(Attack):
    """An attack by `text`, which shows in what `done` finds in all the reports."""

    text: str

    def done(self, reports: Reports) -> list[str]:
        """Return the formats in which it gained what it must not."""
        return sorted(set(_DONE[self.name](reports)))


def _steered(reports: Reports) -> Iterator[str]:
    for name, text in reports.items():
        plain = "".join(_texts(text)) if name in _JSON else text
        if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)", plain):
            yield name


def _reordered(reports: Reports) -> Iterator[str]:
    for name, text in reports.items():
        plain = "".join(_texts(text)) if name in _JSON else text
        if re.search("[\u202a-\u202e\u2066-\u2069]", plain):
            yield name


_JSON: Final = ("gradescope", "json", "notebook")


def _texts(text: str) -> Iterator[str]:
    """Yield every text in JSON but those of the student's own cells, which stay as they are."""
    waiting = [json.loads(text)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            if value.get("cell_type") is None or "grader" in str(value.get("metadata")):
                waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value


def _scripted(reports: Reports) -> Iterator[str]:
    for name in PAGES:
        tree = html5lib.parse(reports[name], namespaceHTMLElements=False)
        for element in tree.iter():
            values = " ".join(element.attrib.values())
            events = any(each.lower().startswith("on") for each in element.attrib)
            foreign = element.tag == "script" and _MARKER in (element.text or "")
            if events or foreign or "javascript:" in values or "http://canary" in values:
                yield name


def _linked(reports: Reports) -> Iterator[str]:
    notebook = json.loads(reports["notebook"])
    added = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown" and "grader" in str(cell["metadata"])
    ]
    for name, text in [("markdown", reports["markdown"]), *(("notebook", each) for each in added)]:
        for token in _MARKDOWN.parse(text):
            for each in (token, *(token.children or ())):
                address = "canary" in str(each.attrs)
                if address or (each.type.startswith("html") and "canary" in each.content):
                    yield name


def _calculated(reports: Reports) -> Iterator[str]:
    for separator in ",;":
        rows = csv.reader(io.StringIO(reports["csv"]), delimiter=separator)
        if any(cell.lstrip().startswith(("=", "+", "@", "-")) for row in rows for cell in row):
            yield "csv"
            return


def _commanded(reports: Reports) -> Iterator[str]:
    lines = reports["annotations"].splitlines()
    if any(not re.match("::(error|warning) file=[^:]*submission", line) for line in lines):
        yield "annotations"
    on = True
    for line in reports[TERMINAL].splitlines():
        told = re.fullmatch("::(stop-commands::)?([0-9a-f]{32})(::)?", line)
        if told:
            on = not told[1]
        elif on and (line.lstrip().startswith("::") or "##[" in line):
            yield TERMINAL


def _broken(reports: Reports) -> Iterator[str]:
    try:
        ET.fromstring(reports["junit"])  # noqa: S314 - it is ours
    except (ET.ParseError, UnicodeError):
        yield "junit"
    for name in _JSON:
        try:
            json.loads(reports[name])
        except ValueError:
            yield name


INJECTIONS: Final = (
    Injection(
        name="steer a terminal",
        must_not="a cleared screen, another title, a link or colours, by control sequences",
        text="\x1b[2J\x1b]0;canary\x07\x9b31m\x1b]8;;http://canary\x1b\\x\x08\x7f\r",
    ),
    Injection(
        name="reverse the order of text",
        must_not="text that is read in another order than it has",
        text="\u202ecanary\u2066\u202d",
    ),
    Injection(
        name="run a script in a page",
        must_not="code in the browser of whoever opens a page",
        text="</script></title><script>canary</script><img src=http://canary onerror=canary>"
        "<svg/onload=canary><a href=javascript:canary>\"' onmouseover='canary",
    ),
    Injection(
        name="link and show pictures",
        must_not="links and pictures in Markdown, which tell others who reads it",
        text="[canary](http://canary) ![canary](http://canary) <img src=http://canary> "
        "<http://canary>\n\n[canary]: http://canary\n```\n</details>\n# canary\n\n"
        "`  ` ![canary](http://canary) <b>canary</b>",
    ),
    Injection(
        name="calculate in a table",
        must_not="a formula in the spreadsheet of whoever opens the table",
        text="=HYPERLINK(1)+canary\n+canary\n-canary\n@canary\na;=canary",
    ),
    Injection(
        name="give orders to a workflow",
        must_not="commands to the GitHub workflow that shows a report",
        text="canary\n::error file=canary::canary\n::stop-commands::canary\n  ::add-mask::0\n"
        "##[error]canary\r::warning::canary",
    ),
    Injection(
        name="break a file's form",
        must_not="a report that cannot be read, by what its format has no place for",
        text='canary]]>\x00\x0b\ufffe\uffff\ud800"\\</testcase>&#0;',
    ),
)

_DONE: Final = {
    "steer a terminal": _steered,
    "reverse the order of text": _reordered,
    "run a script in a page": _scripted,
    "link and show pictures": _linked,
    "calculate in a table": _calculated,
    "give orders to a workflow": _commanded,
    "break a file's form": _broken,
}
