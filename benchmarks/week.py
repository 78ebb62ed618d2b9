"""How long a course's week takes: `python -m benchmarks.week [STUDENTS] [JOBS]`.

A made-up class goes from the download to its published grades, with what goes wrong in classes:
late and repeated attempts, copies, cheats, broken files, and who hands in nothing. For each step it
tells the seconds that passed, and the processor time that this process took: that of the workers,
which run the notebooks, is not in it.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.collecting.exports import later
from tests.week.made_up import OTHERWISE, notebook
from tests.week.steps import Week


def main(size: int, jobs: int) -> None:
    """Walk a class of so many through the week, and print what each step takes."""
    with tempfile.TemporaryDirectory() as folder:
        week = Week.begun(Path(folder), size)

        def late() -> None:
            content = notebook(OTHERWISE + "# at last\n", "Units die.")
            week.hand_in_late(week.students[14], content, later(30))
            week.collect()
            week.grade(jobs)

        of_assignment = ("--assignment", week.assignment)
        steps: list[tuple[str, Callable[[], object]]] = [
            ("collect", week.collect),
            ("grade", lambda: week.grade(jobs)),
            ("grade again, nothing new", lambda: week.grade(jobs)),
            ("list", week.grades),
            ("read all sentences", week.read_all),
            ("one late notebook", late),
            ("rejudge, dry run", lambda: week.run("rejudge", week.book, "--dry-run")),
            ("rejudge", lambda: week.run("rejudge", week.book)),
            ("grade again after it", lambda: week.grade(jobs)),
            ("grade again, nothing new", lambda: week.grade(jobs)),
            ("void a check", lambda: week.void("leaky.values")),
            ("similar", lambda: week.run("similar", week.submissions, *of_assignment)),
            ("publish feedback", week.publish),
        ]
        for name, step in steps:
            begun, processor = time.perf_counter(), time.process_time()
            step()
            passed, used = time.perf_counter() - begun, time.process_time() - processor
            sys.stdout.write(f"{name:28} {passed:7.1f} s {used:7.1f} s of processor time\n")
            sys.stdout.flush()


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    main(*[*numbers, *(300, 2)[len(numbers) :]])
