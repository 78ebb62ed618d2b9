"""What a reader is not to see is taken out of the result, and its points still count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import models
from grader.results.evidence import Evidence
from grader.results.feedback import NAMES, Feedback, shown
from grader.results.model import CheckResult, MistakeInfo, Result
from tests.reports.examples import check, exercise, result

MISTAKE = MistakeInfo(name="no bias", explanation="It adds nothing.", hint="And for zero?")


def failed(**fields: object) -> CheckResult:
    """Return a failed check with everything that can be told of one."""
    told = {
        "title": "the title",
        "message": "the message",
        "evidence": Evidence(text="the evidence", cell="the cell"),
        "hint": "the hint",
    }
    return check("failed", 2, **(told | fields))


def text(level: str, *checks: CheckResult) -> str:
    """Return all that is written of a result with these checks at a level."""
    whole = result(exercise(*checks).called(MISTAKE), measures={"accuracy": 0.875})
    return models.dumps(shown(whole, Feedback.named(level)))


SECRETS = ("the evidence", "the cell", "the message", "the hint", "no bias", "the title", "0.875")


@pytest.mark.parametrize(
    ("level", "told"),
    [("staff", 7), ("everything", 6), ("hints", 3), ("verdicts", 2), ("score", 0)],
)
def test_a_level_tells_what_it_says_and_no_more(level: str, told: int) -> None:
    """From level to level less is in the result, down to nothing but its points."""
    written = text(level, failed())
    if level == "hints":
        expected = {"no bias", "the title", "0.875"}
    elif level == "everything":
        expected = set(SECRETS) - {"the hint"}
    else:
        expected = set(SECRETS[len(SECRETS) - told :])
    assert {secret for secret in SECRETS if secret in written} == expected


def test_a_mistake_that_is_named_gives_the_hint_once() -> None:
    """The hint of a known mistake takes the place of those of its checks; without it, they stay."""
    for level in ("everything", "hints"):
        assert text(level, failed()).count("And for zero?") == 1
        assert "the hint" not in text(level, failed())
        assert "the hint" in text(level, failed(), failed(title="b", feedback="verdicts"))


@pytest.mark.parametrize(("level", "told"), [("hints", True), ("verdicts", False)])
def test_a_second_mistake_is_told_where_the_first_is(level: str, told: bool) -> None:
    """Its name is no less of a hint."""
    other = MistakeInfo(name="ascent", explanation="It goes uphill.", hint="Does it fall?")
    whole = result(exercise(failed()).called(MISTAKE, other))
    written = models.dumps(shown(whole, Feedback.named(level)))
    assert ("ascent" in written) is told
    assert ("no bias" in written) is told


def test_a_check_that_is_kept_back_is_in_nothing_that_a_student_gets() -> None:
    """Its own level holds whatever the run allows, except for the staff."""
    hidden = failed(feedback="score")
    assert not any(secret in text("everything", hidden) for secret in SECRETS[:-1])
    assert "the evidence" in text("staff", hidden)


@pytest.mark.parametrize("level", NAMES)
def test_only_the_staff_learns_how_many_questions_came_to_no_answer(level: str) -> None:
    """Checks that are not shown have asked some of them."""
    whole = result(exercise(failed(feedback="score")), stopped=3)
    assert shown(whole, Feedback.named(level)).stopped == (3 if level == "staff" else 0)


def test_a_name_does_not_give_a_hidden_check_away() -> None:
    """A mistake is named only where all the checks that it failed may be told of."""
    assert "no bias" in text("everything", failed())
    assert "no bias" not in text("everything", failed(), failed(title="b", feedback="verdicts"))


CHECKS = st.lists(
    st.builds(
        check,
        st.sampled_from(["passed", "failed", "skipped", "review", "error"]),
        st.integers(0, 8).map(lambda halves: halves / 2),
        feedback=st.sampled_from(["score", "verdicts", "hints", "everything"]),
        title=st.uuids().map(str),
    ),
    max_size=6,
)


@given(CHECKS, st.sampled_from(NAMES))
def test_points_count_whatever_is_told(checks: list[CheckResult], level: str) -> None:
    """Score, maximum and pending points are the same at each level, and add up."""
    whole = result(exercise(*checks))
    seen = shown(whole, Feedback.named(level))
    models.made(Result, models.plain(seen))
    for name in ("score", "max_score", "pending"):
        assert getattr(seen, name) == getattr(whole, name)
