"""A certificate as a page in Markdown, for the docs: the same for equal certificates."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from grader.authoring.verify.certificate import VARYING, Certificate, Tried, counted, fates, varying
from grader.text import one_line

_HEAD = """\
# The proof of {title}

`grader verify {name}` judges solutions of which it is known whether they are right, in the
exercises that need no run of a notebook: {exercises}. It writes this page.

**{summary}**

Mutants are the reference, changed in one small place by a machine. A mutant is killed where it
loses points, ends by a crash or does not end in time. One that loses nothing is right for a
reason stated below, or a hole in the checks.
"""

_BEYOND = """\
A mistake is about the checks that it names in `mistakes.py`, or else about the first that it fails.
*Beyond* is what it loses in others, which fail for it or are skipped. What one edit undoes,
[follow-through marks](slips.md) charge for the slip; of the others, these cost most beyond:
"""
# A page is to be read: all of them are in the JSON.
_MOST_BEYOND = 20

_CHECKS = """\
*Notices* is how many of the mistakes and mutants fail a check, *alone* how many of them fail it
and no other. A check that notices nothing alone is redundant for telling right from wrong: what it
is for is to share out the points, or to say more plainly what is wrong.
"""


def page(certificate: Certificate) -> str:
    """Return the page of `certificate`."""
    return "\n".join(_parts(certificate)).rstrip("\n") + "\n"


def _parts(certificate: Certificate) -> Iterator[str]:
    yield _HEAD.format(
        title=one_line(certificate.assignment.title),
        name=certificate.assignment.name,
        exercises=", ".join(f"`{each}`" for each in certificate.exercises),
        summary=certificate.summary,
    )
    yield from _table(
        ("candidates", "how many", "what became of them", "wrong verdicts"),
        fates(certificate),
    )
    yield from _wrong(certificate)
    yield "## Checks\n"
    yield _CHECKS
    yield from _table(
        ("check", "points", "notices", "alone"),
        (
            (f"`{each.key}`", f"{each.points:g}", each.fails, each.alone)
            for each in certificate.checks
        ),
    )
    if certificate.redundant:
        names = ", ".join(f"`{each.key}`" for each in certificate.redundant)
        yield f"Redundant: {names}.\n"
    yield from _mistakes(certificate)
    yield from _excused(certificate)
    yield from _list(VARYING, map(varying, certificate.varying))
    yield from _list("What is not proven", certificate.unproven)


def _wrong(certificate: Certificate) -> Iterator[str]:
    if certificate.wrong:
        yield "## Wrong verdicts\n"
    for each in certificate.wrong:
        yield f"- {each.kind}, {_code(each.name)}: {each.wrong}"
        yield ""
        if each.diff:
            yield from _fenced(each.diff)
        if each.proposal is not None:
            yield f"{each.proposal.told}\n"
        if each.proposal is not None and each.proposal.lines is not None:
            yield f"In `{each.proposal.check}`:\n"
            yield f"```python\n{each.proposal.lines}\n```\n"


def _mistakes(certificate: Certificate) -> Iterator[str]:
    mistakes = certificate.of("mistake")
    if mistakes:
        yield "## Known mistakes\n"
        yield from _table(
            ("mistake", "exercise", "costs", "fails", "named"),
            (
                (
                    each.name,
                    f"`{each.exercise}`",
                    " + ".join(f"{lost:g}" for lost in each.costs.values()) or "0",
                    _failed(each),
                    _named(each),
                )
                for each in mistakes
            ),
        )
        yield from _beyond(certificate)
        alike = len(certificate.told_alike)
        yield "## What students are told at home\n"
        yield (
            f"Graded from a released folder alone, {alike} of {len(mistakes)} known mistakes are "
            "told just what official grading tells: the same verdicts of all public checks, the "
            "same sentences, examples and name.\n"
        )
        yield from (f"- {one_line(each.name)}: {each.here}" for each in mistakes if each.here)
        yield ""
    variants = certificate.of("variant")
    if variants:
        yield "## Right variants\n"
        yield "Unusual solutions that are right; each gets all points unless listed above.\n"
        yield from (f"- {one_line(each.name)} (`{each.exercise}`)" for each in variants)
        yield ""


def _beyond(certificate: Certificate) -> Iterator[str]:
    some = certificate.charged_beyond
    if not some:
        return
    yield "## What mistakes cost beyond their own checks\n"
    left = sorted(
        (each for each in some if each.followed is None), key=lambda each: -(each.beyond or 0)
    )
    yield (
        f"{counted(len(some), 'mistake')} of {len(certificate.of('mistake'))}, "
        f"{len(some) - len(left)} of them undone by one edit.\n"
    )
    yield _BEYOND
    yield from _table(
        ("mistake", "exercise", "costs", "own", "beyond"),
        (
            (
                each.name,
                f"`{each.exercise}`",
                f"{sum(each.costs.values()):g}",
                f"{each.own or 0:g}",
                f"{each.beyond or 0:g}",
            )
            for each in left[:_MOST_BEYOND]
        ),
    )


def _failed(tried: Tried) -> str:
    if tried.ended != "answered":
        return {"time": "does not end in time", "crash": "ends by a crash"}[tried.ended]
    own = f"{tried.exercise}."
    return ", ".join(f"`{each.removeprefix(own)}`" for each in tried.failed)


def _named(tried: Tried) -> str:
    if tried.named is None:
        return "no"
    return "yes" if tried.named == tried.name else f"as {tried.named}"


def _excused(certificate: Certificate) -> Iterator[str]:
    some = sorted(certificate.excused, key=lambda each: each.reason or "")
    if not some:
        return
    yield "## Mutants that are right\n"
    yield f"{counted(len(some), 'mutant')} that no check notices, each with the reason why.\n"
    for reason, group in groupby(some, key=lambda each: each.reason):
        members = list(group)
        yield f"### {reason}\n"
        for each in members:
            yield f"`{each.name.partition(':')[0]}`\n"
            yield from _fenced(each.diff or "")


def _fenced(diff: str) -> Iterator[str]:
    yield f"```diff\n{diff}\n```\n"


def _code(text: str) -> str:
    return f"`{one_line(text).replace('`', chr(39))}`"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number:
            yield f"## {title}\n"
        yield f"- {one_line(line)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        cells = (one_line(str(cell)).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""
