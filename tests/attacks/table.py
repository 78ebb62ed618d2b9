"""The table of the attacks on what lies outside, for the docs.

`python -m tests.attacks.table` tries them all on each rung and writes it.
"""

from collections.abc import Mapping
from typing import Final

from grader.files import write_atomically
from grader.sandbox.rungs import Rung
from tests.attacks.attack import RUNGS, Attack, Outcome
from tests.attacks.outside import BREAKING_OUT
from tests.attacks.stage import outcomes
from tests.attacks.stealing import STEALING
from tests.notebooks import ROOT

FILE: Final = ROOT / "docs" / "attacks.md"

HEAD: Final = """# Attacks

Each of these is a cell that a hostile student could hand in. The tests try them all on the rungs of
confinement that are sandboxes; see [security](security.md). What is listed is what came of them:
`python -m tests.attacks.table` tries them again and writes this page.
"""


def text(results: Mapping[Rung, Mapping[str, Outcome]]) -> str:
    """Return the page, with the outcomes of each rung."""
    families = {"Stealing": STEALING, "Breaking out": BREAKING_OUT}
    parts = [HEAD]
    for family, attacks in families.items():
        rows = [row(attack, results) for attack in attacks]
        parts.append(
            f"\n## {family}\n\n| attack | must not gain | rung 1 | rung 2 |\n"
            f"| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
        )
    return "".join(parts)


def row(attack: Attack, results: Mapping[Rung, Mapping[str, Outcome]]) -> str:
    """Return the table's row of one attack."""
    told = [ended(attack, rung, results[rung][attack.slug]) for rung in RUNGS]
    return f"| {attack.name} | {attack.must_not} | {' | '.join(told)} |"


def ended(attack: Attack, rung: Rung, outcome: Outcome) -> str:
    """Return how an attack ended, in a word or with the reason why it is known to succeed."""
    if outcome.won:
        return f"known: {attack.known[rung]}" if rung in attack.known else "GAINED"
    return "nothing gained"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    write_atomically(FILE, text({rung: outcomes(rung, "own") for rung in RUNGS}))
