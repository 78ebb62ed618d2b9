"""When an attempt is late, and what that costs."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from grader.assignment.config import HandingIn

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Lateness:
    """How many days an attempt was late, each that was begun, and the points that are taken off.

    `closed` says that it came when nothing was taken any more: it counts nothing.
    """

    days: int = 0
    deduction: float = 0.0
    closed: bool = False


def lateness(
    rule: HandingIn,
    handed_in: datetime | None,
    reached: float,
    max_score: float,
    until: datetime | None = None,
) -> Lateness:
    """Return how late an attempt was that reached so many points of `max_score`.

    `until` is the moment that takes the place of the rule's `due` for this student, unless `due` is
    later by now: an extension takes nothing from anybody. Each day that was begun after it, by the
    calendar of the rule's `time_zone`, costs `percent_per_day` of `max_score`, which brings nobody
    below `lowest_percent` of it. What is taken off is rounded down to half a point. An attempt of
    an unknown time is not late.
    """
    if rule.due is None or handed_in is None:
        return Lateness()
    due = rule.due if until is None else max(until, rule.due)
    if handed_in - due <= timedelta(minutes=rule.grace_minutes):
        return Lateness()
    days = _days(due, handed_in, rule.time_zone)
    closed = rule.closed_after_days
    if closed is not None and handed_in > _days_later(due, closed, rule.time_zone):
        return Lateness(days, max(0.0, reached), closed=True)
    taken = days * rule.percent_per_day / 100 * max_score
    floor = rule.lowest_percent / 100 * max_score
    most = max(0.0, reached - floor)
    return Lateness(days, math.floor(2 * min(taken, most)) / 2)


def _days(due: datetime, handed_in: datetime, zone: str) -> int:
    """Return how many days were begun between two moments."""
    # Clocks are changed by less than a day.
    days = max(1, math.ceil((handed_in - due) / DAY) - 1)
    while handed_in > _days_later(due, days, zone):
        days += 1
    return days


def _days_later(moment: datetime, days: float, zone: str) -> datetime:
    """Return the moment so many days later, at the same time of day in a time zone.

    Of an hour that comes twice it is the second. Without a zone days have 24 hours.
    """
    if not zone:
        return moment + days * DAY
    # Python adds to a moment in a zone as on the clock on the wall.
    return (moment.astimezone(ZoneInfo(zone)) + days * DAY).replace(fold=1).astimezone(UTC)
