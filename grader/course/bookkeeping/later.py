"""Which lines of a table of points are decisions, where persons have decided otherwise since."""

from datetime import datetime

from sqlalchemy.orm import Session

from grader.gradebook.decisions import decided
from grader.gradebook.tables import Attempt
from grader.results.by_hand import Given
from grader.text import one_line


def is_new(
    session: Session, attempt: Attempt, line: Given, saved: datetime, told: list[str]
) -> bool:
    """Whether a line of a table is a decision; why not is added to what is told."""
    every = decided(session, attempt, line.exercise, line.check)
    said = (line.points, line.comment)
    before = next((each for each in reversed(every) if each.from_table), None)
    counts = next((each for each in reversed(every) if each.undone_at is None), None)
    if counts is not None and (counts.points, counts.comment) == said:
        return False
    about = f"{one_line(attempt.submission)}, {line.exercise}.{line.check}:"
    if before is not None and (before.points, before.comment) == said:
        left = f"the line's {line.points:g} points were read before, and"
        if counts is None:
            told.append(f"{about} {left} {before.undone_by} undid them since. Left alone.")
        else:
            told.append(f"{about} {left} {counts.who} gave {counts.points:g} since. Left alone.")
        return False
    # Decisions are kept to the second.
    if counts is not None and counts.at >= saved.replace(microsecond=0):
        told.append(
            f"{about} {counts.who} gave {counts.points:g} points after the table was saved. Left "
            f"alone; if the line's {line.points:g} are right, save the table again."
        )
        return False
    return True
