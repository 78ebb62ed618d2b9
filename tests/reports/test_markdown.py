"""Markdown: the report is marked up, and what a student wrote never is."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.reports.markdown import LIMIT, to_markdown
from grader.results.model import Result
from tests.reports.courses import SPOILING
from tests.reports.examples import HOSTILE, TEXTS, check, everything, exercise, flat, result

pytestmark = pytest.mark.xdist_group("reports")

GITHUB = MarkdownIt("gfm-like", {"linkify": False})
MARKDOWN = (
    "[a](http://x) ![b](http://x) <b>c</b> <http://x> www.x.org @team #1 GH-1 **d** `e` $x$\n"
    "# f\n- g\n> h\n~~~\ni\n```\n| j |\n[k]: http://x\n&lt; &#60; <!-- l --> \\"
)
ALLOWED = {
    *(
        "heading",
        "paragraph",
        "inline",
        "text",
        "strong",
        "em",
        "code_inline",
        "fence",
        "softbreak",
    ),
    *("bullet_list", "list_item", "blockquote", "html_inline"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def tokens(text: str) -> list[tuple[str, str]]:
    """Return the kinds and contents of what Markdown is made of, those inside lines too."""
    found = []
    for token in GITHUB.parse(text):
        for each in (token, *(token.children or ())):
            kind = each.type.removesuffix("_open").removesuffix("_close")
            found.append((kind, each.content))
    return found


# Where code begins and ends decides what is live: blanks between marks, and what is taken out.
FENCES = st.text(st.sampled_from("`` \t\n\x00\x1b\xa0\u2003\u202e\\!<>[]()|*_~#a"), max_size=40)


@settings(deadline=None)
@given(TEXTS | FENCES | st.builds("{}![a](http://x)<b>{}".format, FENCES, FENCES))
@example(HOSTILE)
@example(SPOILING)
@example(MARKDOWN)
@example("` ` ![a](http://x.org/b.png) <b>c</b>")
@example("`\x00` `\t` ![a](http://x) `` ` ``")
@example("https://x.org/a javascript:alert(1) user@x.org owner/repo#12")
def test_nothing_that_a_student_wrote_is_markup(text: str) -> None:
    """There is no link, no picture and no HTML but our own, and no heading but our own."""
    read = tokens(to_markdown(everything(text)))
    assert {kind for kind, _ in read} <= ALLOWED
    assert {content for kind, content in read if kind == "html_inline"} <= {"<sub>", "</sub>"}
    headings = sum(kind == "heading" for kind, _ in read)
    plain = sum(kind == "heading" for kind, _ in tokens(to_markdown(everything("a"))))
    assert headings == plain


def test_text_is_shown_letter_for_letter() -> None:
    """What looks like markup is there to read."""
    html = GITHUB.render(to_markdown(everything(MARKDOWN))).replace("\u2060", "")
    assert "[a](http://x) ![b](http://x) &lt;b&gt;c&lt;/b&gt;" in html


def test_nothing_becomes_a_mention_or_a_reference() -> None:
    """GitHub finds no name, no issue and no address in the text."""
    text = to_markdown(everything("@team #1 GH-1 http://x.org www.x.org"))
    blocks = "\n".join(line for line in text.splitlines() if not line.startswith("  "))
    outside = re.sub(r"(`+).*?\1", "", blocks).replace("\\", "")
    assert "team" in outside
    for link in ("@team", "#1", "GH-1", "//x.org", "www.x"):
        assert link not in outside


def test_a_report_is_rendered_as_github_does(whole: Result) -> None:
    """A table of the exercises, the example and the cell as code, the hint in bold."""
    html = GITHUB.render(to_markdown(whole))
    for told in (
        "<h2>typical_mistakes: ", "<td>The Linear layer</td>", "<strong>Hint:</strong>",
        '<code class="language-python">import numpy as np', "got [[1.5]]",
        "NameError: name 'x'", "<code>grad_W</code>",
    ):  # fmt: skip
        assert told in flat(html), told


def test_a_column_of_nothing_is_left_out() -> None:
    """Where nothing is pending, no column says so."""
    assert "| ✅ | Linear | 4 / 4 |\n" in to_markdown(result(exercise(check())))
    waits = to_markdown(result(exercise(check("review"))))
    assert "|  | Exercise | Points | Pending |\n| --- | --- | ---: | ---: |\n" in waits


def test_a_long_report_is_cut_and_says_so(whole: Result) -> None:
    """Not a byte more than a step's summary may have, cut between blocks."""
    text = to_markdown(whole, limit=3000)
    assert len(text.encode()) <= 3000
    assert text.rstrip().endswith("not all of it fits here._")
    assert GITHUB.render(text).count("<code") == GITHUB.render(text).count("</code")
    assert len(to_markdown(whole).encode()) < LIMIT
