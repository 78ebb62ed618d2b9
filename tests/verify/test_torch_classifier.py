"""The proof of the checks of an assignment about torch."""

import pytest

from grader.assignment.loading import load
from grader.authoring.verify.certificate import Certificate
from grader.grading import grade
from grader.notebook.reading import read
from tests.grading import scores
from tests.notebooks import ROOT
from tests.verify.proofs import proven

# All of them read one certificate, which takes a while to make.
pytestmark = [pytest.mark.xdist_group("verify_torch_classifier"), pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    """Return the certificate of `grader verify torch_classifier`."""
    return proven("torch_classifier")


def test_no_verdict_is_wrong(certificate: Certificate) -> None:
    """Wrong solutions lose points, and right ones lose none."""
    assert [(each.kind, each.name, each.wrong) for each in certificate.wrong] == []


def test_there_are_enough_of_every_kind(certificate: Certificate) -> None:
    """The proof rests on solutions that were written by hand, and made by a machine."""
    assert len(certificate.of("mistake")) >= 20
    assert len(certificate.of("variant")) >= 10
    assert len(certificate.of("mutant")) >= 300


def test_nearly_all_mistakes_are_named(certificate: Certificate) -> None:
    """At least nine of ten known mistakes are called by their own names."""
    assert len(certificate.named) >= 0.9 * len(certificate.of("mistake"))


def test_every_check_can_fail(certificate: Certificate) -> None:
    """Some wrong solution fails each check."""
    assert [each.key for each in certificate.checks if not each.fails] == []


def test_the_published_proof_is_this_one(certificate: Certificate) -> None:
    """The page in the docs tells of the checks, mistakes and variants as they are."""
    page = (ROOT / "docs" / "proof_torch_classifier.md").read_text("utf-8")
    assert f"**{certificate.summary}**" in page
    for check in certificate.checks:
        assert f"| `{check.key}` | {check.points:g} |" in page
    for each in (*certificate.of("mistake"), *certificate.of("variant")):
        assert each.name in page


def test_a_released_folder_tells_the_same(certificate: Certificate) -> None:
    """Of at least 9 in 10 known mistakes: the same checks, sentences, examples and name."""
    assert len(certificate.told_alike) >= 0.9 * len(certificate.of("mistake"))


@pytest.mark.parametrize("folder", ["torch_classifier", "torch_classifier.ru"])
def test_the_released_notebook_is_graded_without_an_error(folder: str) -> None:
    """What is not written yet gets no points, and no check of it ends by a fault of the grader."""
    released = ROOT / "assignments" / folder
    result = grade(read(released / "torch_classifier.ipynb"), load(released))
    assert set(scores(result).values()) == {0}
    assert {check.status for each in result.exercises for check in each.checks} <= {
        "failed",
        "skipped",
    }


def test_the_reference_gets_everything() -> None:
    """The whole notebook, its training included, gets all points in the sandbox."""
    assignment = load(ROOT / "reference" / "torch_classifier")
    result = grade(read(assignment.reference), assignment)
    assert scores(result) == {each.id: each.points for each in assignment.exercises}
    assert all(cell.status == "ok" for cell in result.cells)
