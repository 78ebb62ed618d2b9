"""Every link leads somewhere, wherever a page is read."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.pages import pages, tokens
from tests.notebooks import ROOT


def links(page: Path) -> Iterator[str]:
    """Yield where a page's links and pictures lead."""
    for token in tokens(page):
        for part in token.children or ():
            target = part.attrGet("href" if part.type == "link_open" else "src")
            if target is not None:
                yield str(target)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    found: set[str] = set()
    every = tokens(page)
    for heading, content in pairwise(every):
        if heading.type == "heading_open":
            told = "".join(part.content for part in content.children or ())
            found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", told.lower()).strip()))
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the repository, to a heading where one is named, or elsewhere over https."""
    for link in links(page):
        place, _, anchor = link.partition("#")
        if "://" in place or place.startswith("mailto:"):
            assert place.startswith("https://"), link
            continue
        target = (page.parent / unquote(place)).resolve() if place else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_the_docs_have_links() -> None:
    """The test above is about something."""
    assert sum(len(list(links(page))) for page in pages()) > 50
