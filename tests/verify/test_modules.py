"""The proof that the checks about the classic layers are sound."""

import pytest

from grader.authoring.verify.certificate import Certificate
from tests.notebooks import ROOT
from tests.verify.proofs import proven

# All of them read one certificate, which takes a while to make.
pytestmark = [pytest.mark.xdist_group("verify_modules"), pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    """Return the certificate of `grader verify modules`."""
    return proven("modules")


def test_no_verdict_is_wrong(certificate: Certificate) -> None:
    """Wrong solutions lose points, and right ones lose none."""
    assert [(each.kind, each.name, each.wrong) for each in certificate.wrong] == []


def test_there_are_enough_of_every_kind(certificate: Certificate) -> None:
    """The proof rests on many solutions, written by hand and made by a machine."""
    assert len(certificate.of("mistake")) >= 25
    assert len(certificate.of("variant")) >= 12
    assert len(certificate.of("mutant")) >= 1000


def test_nearly_all_mistakes_are_named(certificate: Certificate) -> None:
    """At least nine of ten known mistakes are called by their own names."""
    assert len(certificate.named) >= 0.9 * len(certificate.of("mistake"))


def test_every_check_can_fail(certificate: Certificate) -> None:
    """Some wrong solution fails each check."""
    assert [each.key for each in certificate.checks if not each.fails] == []


def test_the_published_proof_is_this_one(certificate: Certificate) -> None:
    """The page in the docs tells of the checks, mistakes and variants as they are."""
    # At which example a search ends may hang on the last bit of a processor's exp, and with it
    # of how many mistakes a released folder tells the same: the last test has these.
    page = (ROOT / "docs" / "proof_modules.md").read_text("utf-8")
    assert f"**{certificate.summary.partition(' A released folder')[0]} " in page
    for check in certificate.checks:
        assert f"| `{check.key}` | {check.points:g} |" in page
    for each in (*certificate.of("mistake"), *certificate.of("variant")):
        assert each.name in page


def test_a_released_folder_tells_the_same(certificate: Certificate) -> None:
    """Of at least 19 in 20 known mistakes: the same checks, sentences, examples and name."""
    assert len(certificate.told_alike) >= 0.95 * len(certificate.of("mistake"))
