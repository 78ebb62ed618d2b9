"""What being late costs follows from the rule, the moment and the points, and from nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.config import HandingIn
from grader.gradebook.deadlines import DAY, Lateness, lateness

DUE = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULE = HandingIn(due=DUE, grace_minutes=15, percent_per_day=10, lowest_percent=50)


@pytest.mark.parametrize(
    ("rule", "minutes", "reached", "expected"),
    [
        (RULE, -1, 80, Lateness()),
        (RULE, 15, 80, Lateness()),
        (RULE, 16, 80, Lateness(1, 10)),
        (RULE, 24 * 60, 80, Lateness(1, 10)),
        (RULE, 24 * 60 + 1, 80, Lateness(2, 20)),
        (RULE, 5 * 24 * 60, 80, Lateness(5, 30)),
        (RULE, 60, 40, Lateness(1, 0)),
        (HandingIn(due=DUE, percent_per_day=1), 60, 80, Lateness(1, 1)),
        (HandingIn(due=DUE, percent_per_day=0.7), 60, 80, Lateness(1, 0.5)),
        (HandingIn(due=DUE, closed_after_days=2), 48 * 60, 80, Lateness(2, 0)),
        (HandingIn(due=DUE, closed_after_days=2), 48 * 60 + 1, 80, Lateness(3, 80, closed=True)),
        (HandingIn(), 10**6, 80, Lateness()),
    ],
)
def test_each_day_that_was_begun_costs(
    rule: HandingIn, minutes: int, reached: float, expected: Lateness
) -> None:
    """Up to the grace it costs nothing, then a day's share, and at most what the rule lets it."""
    assert lateness(rule, DUE + timedelta(minutes=minutes), reached, 100) == expected


BERLIN = HandingIn(
    due=datetime.fromisoformat("2026-10-24T23:59:00+02:00"),
    percent_per_day=10,
    time_zone="Europe/Berlin",
)
SPRING = replace(BERLIN, due=datetime.fromisoformat("2027-03-27T23:59:00+01:00"))


@pytest.mark.parametrize(
    ("rule", "moment", "days"),
    [
        # The night of 25 October 2026 has an hour more, that of 28 March 2027 one less.
        (BERLIN, "2026-10-25T23:59:00+01:00", 1),
        (BERLIN, "2026-10-25T23:59:01+01:00", 2),
        (BERLIN, "2026-10-26T23:58:00+01:00", 2),
        (BERLIN, "2026-10-31T23:59:00+01:00", 7),
        (SPRING, "2027-03-28T23:59:00+02:00", 1),
        (SPRING, "2027-03-28T23:59:01+02:00", 2),
        (SPRING, "2027-04-02T23:59:01+02:00", 7),
        # An offset alone says nothing of clocks.
        (replace(BERLIN, time_zone=""), "2026-10-25T23:59:00+01:00", 2),
    ],
)
def test_a_day_late_ends_at_the_hour_of_the_deadline(
    rule: HandingIn, moment: str, days: int
) -> None:
    """By the calendar of the course's time zone, also where clocks were changed meanwhile."""
    assert lateness(rule, datetime.fromisoformat(moment), 80, 100).days == days


def test_it_is_closed_by_the_calendar() -> None:
    """The last moment is the deadline's hour, some days later."""
    rule = replace(BERLIN, closed_after_days=2)
    last = datetime.fromisoformat("2026-10-26T23:59:00+01:00")
    assert not lateness(rule, last, 80, 100).closed
    assert lateness(rule, last + timedelta(seconds=1), 80, 100).closed


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", "UTC\0"])
def test_a_time_zone_that_nobody_knows_is_refused(zone: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match="is no time zone that is known here"):
        HandingIn(due=DUE, time_zone=zone)


def test_an_extension_takes_the_place_of_the_deadline() -> None:
    """Days are counted from the moment that was allowed."""
    until = DUE + timedelta(days=3)
    assert lateness(RULE, until, 80, 100, until) == Lateness()
    assert lateness(RULE, until + timedelta(days=1), 80, 100, until) == Lateness(1, 10)


def test_an_extension_takes_nothing_away() -> None:
    """Where all have more time by now, so has who had more before; without a deadline too."""
    later = replace(RULE, due=DUE + timedelta(days=9))
    assert lateness(later, DUE + timedelta(days=5), 80, 100, DUE + timedelta(days=3)) == Lateness()
    assert lateness(HandingIn(percent_per_day=9), DUE, 80, 100, DUE - DAY) == Lateness()


def test_an_unknown_moment_is_not_late() -> None:
    """Where no platform told when it came, nothing is taken off."""
    assert lateness(RULE, None, 80, 100) == Lateness()


PERCENT = st.integers(0, 1000).map(lambda tenths: tenths / 10)


@given(
    PERCENT,
    PERCENT,
    st.integers(0, 100),
    st.integers(0, 200),
    st.integers(0, 60),
)
def test_nobody_falls_below_the_floor_or_gains(
    per_day: float, lowest: float, halves: int, hours: int, later: int
) -> None:
    """What is left is at most what was reached, at least the floor, and less the later it is."""
    rule = HandingIn(due=DUE, percent_per_day=per_day, lowest_percent=lowest)
    reached = halves / 2
    first, second = (
        lateness(rule, DUE + timedelta(hours=each), reached, 50).deduction
        for each in (hours, hours + later)
    )
    assert 0 <= first <= second <= reached
    assert reached - second >= min(reached, lowest / 2) - 1e-9
