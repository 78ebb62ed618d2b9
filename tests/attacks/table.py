"""The table of all attacks, for the docs.

`python -m tests.attacks.table` tries them all on each rung and writes it.
"""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from grader.files import write_atomically
from grader.sandbox.rungs import Rung
from tests.attacks.attack import RUNGS, Attack, Outcome
from tests.attacks.beside import section
from tests.attacks.bombs import BOMBS
from tests.attacks.gaming import FRAUDS
from tests.attacks.handing_in import LAID
from tests.attacks.handing_in import outcomes as handed_in
from tests.attacks.injections import INJECTIONS
from tests.attacks.machine import exploded
from tests.attacks.outside import BREAKING_OUT
from tests.attacks.plain import PLAIN, answered
from tests.attacks.readers import outcomes as read
from tests.attacks.score import marked
from tests.attacks.stage import outcomes
from tests.attacks.stealing import STEALING
from tests.notebooks import ROOT

FILE: Final = ROOT / "docs" / "attacks.md"

HEAD: Final = """# Attacks

Each of these is a cell that a hostile student could hand in. The tests try them all on the rungs of
confinement that are sandboxes; see [security](security.md). What is listed is what came of them:
`python -m tests.attacks.table` tries them again and writes this page.
"""
FAMILIES: Final[Mapping[str, tuple[str, tuple[Attack, ...]]]] = {
    "Gaming": ("", FRAUDS),
    "Plain checks": (
        "\nThey answer an assignment whose checks are plain Python, performed by the grader.\n",
        PLAIN,
    ),
    "Stealing": ("", STEALING),
    "Breaking out": ("", BREAKING_OUT),
    "Handing in": (
        "\nThey lie in the folder of submissions, one beside the other and beside an honest one.\n",
        LAID,
    ),
    "Reports": ("\nTheir texts come by a notebook's code, errors, outputs and name.\n", INJECTIONS),
    "Bombs": (
        "\nThe result names the limit where there was one, the rest of the notebook keeps its "
        "points,\nand the same worker grades the next notebook as ever.\n",
        BOMBS,
    ),
}


def text(results: Mapping[Rung, Mapping[str, Outcome]]) -> str:
    """Return the page, with the outcomes of each rung."""
    parts = [HEAD]
    named = " | ".join(f"rung {int(rung)}" for rung in RUNGS)
    for family, (about, attacks) in FAMILIES.items():
        rows = [row(attack, results) for attack in attacks]
        parts.append(
            f"\n## {family}\n{about}\n| attack | must not gain | {named} |\n"
            f"| --- | --- |{' --- |' * len(RUNGS)}\n" + "\n".join(rows) + "\n"
        )
    return "".join([*parts, section()])


def _begin(attack: Attack) -> str:
    return f"| {attack.name} | {attack.must_not} | "


def row(attack: Attack, results: Mapping[Rung, Mapping[str, Outcome]]) -> str:
    """Return the table's row of one attack."""
    ends = [ended(attack, rung, results[rung][attack.slug]) for rung in RUNGS]
    return f"{_begin(attack)}{' | '.join(ends)} |"


def told(page: str, attack: Attack, rung: Rung) -> str:
    """Return what a page says of an attack on a rung, "" where it does not know it."""
    for line in page.splitlines():
        if line.startswith(_begin(attack)):
            return line.removeprefix(_begin(attack)).rstrip(" |").split(" | ")[RUNGS.index(rung)]
    return ""


def ended(attack: Attack, rung: Rung, outcome: Outcome) -> str:
    """Return how an attack ended, in a word or with the reason why it is known to succeed."""
    if outcome.won:
        return f"known: {attack.known[rung]}" if rung in attack.known else "GAINED"
    return "nothing gained"


def everything(rung: Rung) -> dict[str, Outcome]:
    """Try all attacks on a rung."""
    return {
        **outcomes(rung, "own"),
        **marked(rung)[0],
        **answered(rung)[0],
        **handed_in(),
        **read(),
        **exploded(rung)[0],
    }


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(len(RUNGS)) as pool:
        write_atomically(FILE, text(dict(zip(RUNGS, pool.map(everything, RUNGS), strict=True))))
