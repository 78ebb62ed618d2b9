"""The catalogue of known mistakes grows by what a course has handed in: `grader mistakes`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from grader.assignment.loading import load
from grader.assignment.mistakes import FILE, Catalogue, catalogue
from grader.course.mistakes.proposals import Proposal, of_mutants, of_pair
from grader.course.mistakes.unnamed import Cluster, clusters, look
from grader.course.workers.processes import processors
from grader.errors import UsageError
from grader.files import require_writable, write_atomically
from grader.i18n import SOURCE, spoken
from grader.reports.console import Page
from grader.reports.github import as_text
from grader.reports.plain import check_text
from grader.results.model import CheckResult
from grader.text import one_line, printable

MOST_NAMES: Final = 6
MOST_LINES: Final = 40

NEXT: Final = (
    "Next: fill in each name, explanation and hint, and have `mistakes` in the assignment's {file} "
    "hold them. `grader verify {name}` proves them; then `grader rejudge` names them."
)
WRITE_IT: Final = "Nothing that was tried answers so. Write it as changes of the reference:"


def list_mistakes(results: Path, *, write: Path | None = None, jobs: int | None = None) -> int:
    """Show the wrong answers in a folder of results that no known mistake explains.

    Entries for them are written to the end of `write`, where that is given. Returns the exit
    status. Raises UsageError where the folder keeps no results, or the file cannot be written.
    """
    if write is not None:
        require_writable(write)
    console = Console()
    page = Page(console)
    looked = look(results, jobs or processors())
    found = clusters(looked.wrong)
    known = {folder: catalogue(load(folder)) for folder in {each.folder for each in looked.wrong}}
    proposed = _proposals(found, known)
    with as_text(console), spoken(SOURCE):
        for place, cluster in enumerate(found):
            _show(cluster, proposed.get(place), page)
        page.gap()
        _sum_up(found, looked.unread, results, page)
        if write is not None and found:
            _write(write, found, proposed, page)
    return 0


def _proposals(found: Sequence[Cluster], known: Mapping[Path, Catalogue]) -> dict[int, Proposal]:
    proposed: dict[int, Proposal] = {}
    left: dict[tuple[Path, str], list[int]] = defaultdict(list)
    for place, cluster in enumerate(found):
        pair = of_pair(cluster.first.result, known[cluster.first.folder])
        if pair is not None:
            proposed[place] = pair
        else:
            left[cluster.first.folder, cluster.first.exercise].append(place)
    for (folder, exercise), places in left.items():
        fitting = of_mutants(folder, exercise, [found[place] for place in places])
        proposed |= {places[at]: proposal for at, proposal in fitting.items()}
    return proposed


def _show(cluster: Cluster, proposal: Proposal | None, page: Page) -> None:
    first = cluster.first
    names = [one_line(each.submission) for each in cluster.members[:MOST_NAMES]]
    more = len(cluster.members) - len(names)
    told = ", ".join(names) + (f" and {more} more" if more else "")
    page.heading(f"{first.exercise}, {_counted(len(cluster.members))}: {told}")
    check = _example(first.result.checks)
    page.write(page.code(one_line(check.title), "bold"), indent=2, mark=page.mark("failed"))
    page.source(check_text(replace(check, hint=None), first.exercise), indent=2)
    page.gap()
    page.line(f"What {one_line(first.submission)} wrote:", indent=2)
    lines = printable(first.source).splitlines()
    page.source("\n".join(lines[:MOST_LINES]), indent=4)
    if len(lines) > MOST_LINES:
        page.line(f"and {len(lines) - MOST_LINES} lines more", "dim", indent=4)
    page.gap()
    if proposal is None:
        page.line("No mutant of the reference and no two known mistakes answer so.", indent=2)
    else:
        page.write(page.code(f"The same is answered by {proposal.told}."), indent=2)


def _counted(number: int) -> str:
    return f"{number} {'submission' if number == 1 else 'submissions'}"


def _example(checks: Iterable[CheckResult]) -> CheckResult:
    """Return the first check that fails, with an example if any has one."""
    failed = [check for check in checks if check.status == "failed"]
    return next((check for check in failed if check.evidence is not None), failed[0])


def _sum_up(found: Sequence[Cluster], unread: Sequence[str], results: Path, page: Page) -> None:
    if not found:
        page.line("No wrong answers were found that no known mistake explains.")
    else:
        wrong = sum(len(each.members) for each in found)
        kinds = "1 kind" if len(found) == 1 else f"{len(found)} kinds"
        exercises = "1 wrong exercise" if wrong == 1 else f"{wrong} wrong exercises"
        page.line(f"{exercises} of {kinds} that no one known mistake explains.", "bold")
    if unread:
        names = ", ".join(map(one_line, unread[:MOST_NAMES]))
        page.line(
            f"{_counted(len(unread))} could not be looked at by what was kept ({names}): "
            f"`grader rejudge {results}` asks what is missing.",
            "yellow",
        )


def _write(
    path: Path, found: Sequence[Cluster], proposed: Mapping[int, Proposal], page: Page
) -> None:
    """Append an entry for each cluster to a file, and tell what to do with them."""
    former = _read(path)
    entries = [_entry(cluster, proposed.get(place)) for place, cluster in enumerate(found)]
    new = [each for each in entries if each.mark not in former]
    if len(new) < len(entries):
        page.line(f"{path} has {len(entries) - len(new)} of them already.")
    if not new:
        page.line(f"Nothing was written to {path}.")
        return
    lists = "mistakes += [" if former else "mistakes = ["
    below = f"{former.rstrip()}\n\n\n" if former else ""
    written = "".join(each.text for each in new)
    write_atomically(path, f"{below}from grader import Mistake\n\n{lists}\n{written}]\n")
    count = "1 entry was" if len(new) == 1 else f"{len(new)} entries were"
    page.line(f"{count} written to the end of {path}.")
    page.write(page.code(NEXT.format(file=FILE, name=found[0].first.folder.name)))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be added to: {error}. Name another file.") from error


class _Entry(NamedTuple):
    """What is written of a cluster, and the part of it by which it is found again."""

    text: str
    mark: str


def _entry(cluster: Cluster, proposal: Proposal | None) -> _Entry:
    """Return the entry of a cluster, whose words are for a person to fill in.

    Without a proposal it is a comment, as what a student wrote is in any case: known mistakes run
    without a sandbox, and a name that quotes the reference would be told to students.
    """
    first = cluster.first
    size = f"    # {_counted(len(cluster.members))} of {first.exercise}, the first is "
    head = f"{size}{one_line(first.submission)}.\n"
    if proposal is not None:
        changes = "".join(f"            ({old!r}, {new!r}),\n" for old, new in proposal.changes)
        return _Entry(head + _ENTRY.format(exercise=first.exercise, changes=changes), changes)
    lines = printable(first.source).splitlines()[:MOST_LINES]
    told = "".join(f"    #     {line}".rstrip() + "\n" for line in lines)
    empty = _ENTRY.format(exercise=first.exercise, changes='            ("", ""),\n')
    commented = "".join(f"    # {line[4:]}\n" for line in empty.splitlines())
    text = f"{head}    # {WRITE_IT}\n{told}{commented}"
    return _Entry(text, told)


_ENTRY: Final = """\
    Mistake(
        name="",
        exercise={exercise!r},
        changes=(
{changes}        ),
        explanation="",
        hint="",
    ),
"""
