"""The pages as files: valid HTML, complete in themselves, and shut by their own policy."""

import re
from pathlib import Path

import html5lib
import pytest

from tests.reports.conftest import Pages

pytestmark = pytest.mark.xdist_group("reports")

KINDS = ("student", "russian", "hostile", "overview", "hostile_overview")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_valid_html(pages: Pages, kind: str) -> None:
    """The parser of the HTML standard meets no error, and no id is there twice."""
    path: Path = getattr(pages, kind)
    text = path.read_text("utf-8")
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) > 3
    named = {
        each
        for element in tree.iter()
        for name in ("aria-labelledby", "aria-describedby")
        for each in (element.get(name) or "").split()
    }
    assert named <= set(ids)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", text)


def test_a_page_that_is_no_html_is_found() -> None:
    """The parser is strict: it refuses what a browser would mend."""
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse("<!DOCTYPE html><title>x</title><p><div></p>")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_s_policy_lets_nothing_in(pages: Pages, kind: str) -> None:
    """The policy stands before all that it governs, and allows two digests and own pictures."""
    path: Path = getattr(pages, kind)
    text = path.read_text("utf-8")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert text.index(policy) < text.index("<title>") < text.index("<style>")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for each in ("style-src", "script-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", rules[each])
    assert set(rules) == {
        *("default-src", "base-uri", "form-action", "img-src", "style-src", "script-src"),
    }


def test_hostile_text_is_there_as_text(pages: Pages) -> None:
    """What was written is shown letter for letter, with nothing of it lost."""
    tree = html5lib.parse(pages.hostile.read_text("utf-8"), namespaceHTMLElements=False)
    text = "".join(tree.itertext())
    assert '<img src=x onerror="window.ran = 1; alert(2)">' in text
    assert "{{ 7 * 7 }}" in text
