"""The gallery of feedback, for the docs: what typical mistakes look like to those who made them.

`python -m tests.gallery` grades them all and writes the page.
"""

import difflib
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent
from typing import Final

from grader.files import write_atomically
from grader.reports.plain import check_text, mistake_text
from grader.reports.wording import share, skipped
from grader.results.feedback import Feedback, shown
from grader.results.model import ExerciseResult, Result
from tests.grading import UNIT, graded
from tests.notebooks import ROOT, SLOW, reference_cells, submission
from tests.typical import TYPICAL, Typical

FILE: Final = ROOT / "docs" / "gallery.md"

HEAD: Final = """# Gallery

## Pages to click

As students and instructors get them: each is one file, and works without a network. They are of a
notebook with typical mistakes. (`make screenshots` writes them anew.)

<div class="grid cards" markdown>

- [![The student's page](screenshots/student.png)](pages/student.html)

    [The student's page](pages/student.html)

- [![The same in Russian](screenshots/student-russian.png)](pages/russian.html)

    [The same in Russian](pages/russian.html)

- [![The overview of a course](screenshots/overview.png)](pages/overview.html)

    [The overview of a course](pages/overview.html), for the instructor

- [![An item to review](screenshots/review/item.png)](reviewing.md)

    [Reviewing what waits](reviewing.md), with `grader review`

</div>

## Feedback, word for word

What students read who made a typical mistake in `nn_from_scratch`, word for word: first the lines
that they wrote, then what `grade` says of the exercise. For instructors: what is wrong tells what
is right. (`python -m tests.gallery` grades them all again and writes this page.)
"""


def entry(typical: Typical, result: Result) -> str:
    """Return the section about one mistake."""
    parts = [f"### {typical.name[0].upper()}{typical.name[1:]}"]
    parts += [_written(name, cell) for name, cell in typical.cells.items()]
    parts += [
        _feedback(exercise)
        for exercise in shown(result, Feedback.EVERYTHING).exercises
        if exercise.id in UNIT and exercise.score < exercise.max_score
    ]
    return "\n\n".join(parts)


def _written(name: str, cell: str) -> str:
    """Return the lines of a cell that are not the reference's."""
    before, after = reference_cells()[name].splitlines(), cell.splitlines()
    compared = difflib.ndiff(before, after)
    lines = dedent("\n".join(line[2:] for line in compared if line.startswith("+ ")))
    return f"```python\n{lines}\n```" if lines else "Nothing: the method is missing."


def _feedback(exercise: ExerciseResult) -> str:
    told = [f"{exercise.title}: {share(exercise)}", mistake_text(exercise)]
    told += [
        f"✗ {check.title}\n{check_text(check, exercise.id)}"
        for check in exercise.checks
        if check.status not in ("passed", "skipped")
    ]
    text = "\n\n".join(each for each in (*told, skipped(exercise)) if each)
    return "```text\n" + re.sub(" +$", "", text, flags=re.MULTILINE) + "\n```"


def without_counts(text: str) -> str:
    """Return a text without how many times work is done, which differs between Pythons."""
    return re.sub(r"\d+ times the work", "many times the work", text)


def page(entries: Iterable[str]) -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(f"{each}\n" for each in entries)])


def main() -> None:
    """Grade all typical mistakes and write the page."""
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for typical in TYPICAL:
            sys.stderr.write(f"{typical.name}\n")
            result = graded(submission(Path(folder), typical.cells, drop=SLOW), *UNIT)
            entries.append(entry(typical, result))
    write_atomically(FILE, page(entries))


if __name__ == "__main__":
    main()
