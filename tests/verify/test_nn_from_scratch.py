"""The proof of the first assignment's checks."""

import pytest

from grader.authoring.verify.certificate import Certificate
from tests.verify.proofs import proven

# All of them read one certificate, which takes a while to make.
pytestmark = [pytest.mark.xdist_group("verify"), pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    """Return the certificate of `grader verify nn_from_scratch`."""
    return proven("nn_from_scratch")


def test_no_verdict_is_wrong(certificate: Certificate) -> None:
    """Wrong solutions lose points, and right ones lose none."""
    assert [(each.kind, each.name, each.wrong) for each in certificate.wrong] == []


def test_there_are_enough_of_every_kind(certificate: Certificate) -> None:
    """The proof rests on many solutions, written by hand and made by a machine."""
    assert len(certificate.of("mistake")) >= 80
    assert len(certificate.of("variant")) >= 40
    assert len(certificate.of("mutant")) >= 200


def test_nearly_all_mistakes_are_named(certificate: Certificate) -> None:
    """At least nine of ten known mistakes are called by their own names."""
    assert len(certificate.named) >= 0.9 * len(certificate.of("mistake"))


def test_every_check_can_fail(certificate: Certificate) -> None:
    """Some wrong solution fails each check."""
    assert [each.key for each in certificate.checks if not each.fails] == []


def test_a_released_folder_tells_the_same(certificate: Certificate) -> None:
    """Of at least 94 in 100 known mistakes: the same checks, sentences, examples and name.

    The others answer at random, or are charged for what small public questions cannot tell apart.
    """
    assert len(certificate.told_alike) >= 0.94 * len(certificate.of("mistake"))
