"""The proof of the checks of `tables`."""

import pytest

from grader.authoring.verify.certificate import Certificate
from tests.notebooks import ROOT
from tests.verify.proofs import proven

# All of them read one certificate, which takes a while to make.
pytestmark = [pytest.mark.xdist_group("verify_tables"), pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    """Return the certificate of `grader verify tables`."""
    return proven("tables")


def test_no_verdict_is_wrong(certificate: Certificate) -> None:
    """Wrong solutions lose points, and right ones lose none."""
    assert [(each.kind, each.name, each.wrong) for each in certificate.wrong] == []


def test_there_are_enough_of_every_kind(certificate: Certificate) -> None:
    """The proof rests on many solutions, written by hand and made by a machine."""
    assert len(certificate.of("mistake")) >= 40
    assert len(certificate.of("variant")) >= 12
    assert len(certificate.of("mutant")) >= 300


def test_nearly_all_mistakes_are_named(certificate: Certificate) -> None:
    """At least nine of ten known mistakes are called by their own names."""
    assert len(certificate.named) >= 0.9 * len(certificate.of("mistake"))


def test_every_check_can_fail(certificate: Certificate) -> None:
    """Some wrong solution fails each check."""
    assert [each.key for each in certificate.checks if not each.fails] == []


def test_the_published_proof_is_this_one(certificate: Certificate) -> None:
    """The page in the docs tells of the checks, mistakes and variants as they are."""
    page = (ROOT / "docs" / "proof_tables.md").read_text("utf-8")
    assert f"**{certificate.summary}**" in page
    for check in certificate.checks:
        assert f"| `{check.key}` | {check.points:g} |" in page
    for each in (*certificate.of("mistake"), *certificate.of("variant")):
        assert each.name in page


def test_a_released_folder_tells_the_same(certificate: Certificate) -> None:
    """Of at least 49 in 50 known mistakes: the same checks, sentences, examples and name."""
    assert len(certificate.told_alike) >= 0.98 * len(certificate.of("mistake"))
