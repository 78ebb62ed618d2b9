"""How far graders agree where two of them gave points to the same answer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.gradebook.tables import Decision
from grader.review.items import Item, View


@dataclass(frozen=True)
class Pair:
    """An item, the decision that counts, and another grader's opinion."""

    item: Item
    first: Decision
    second: Decision

    @property
    def points(self) -> tuple[float, float]:
        """The points of both."""
        return self.first.points, self.second.points


@dataclass(frozen=True)
class Agreement:
    """How far two graders agree at a check.

    `exact` is the share of equal points, `difference` the mean absolute difference in points, and
    `kappa` what is left of `exact` without chance, None where it is not defined.
    """

    check: str
    title: str
    pairs: tuple[Pair, ...]
    exact: float
    difference: float
    kappa: float | None

    @property
    def differing(self) -> list[Pair]:
        """The pairs whose points differ, those that differ most first."""
        found = [each for each in self.pairs if each.first.points != each.second.points]
        return sorted(found, key=lambda each: -abs(each.first.points - each.second.points))


def agreements(view: View) -> list[Agreement]:
    """Return how far graders agree at each check where there are opinions."""
    found = []
    for check, items in view.checks.items():
        pairs = tuple(_pairs(items))
        if pairs:
            points = [each.points for each in pairs]
            found.append(
                Agreement(
                    check=check,
                    title=items[0].waiting.title,
                    pairs=pairs,
                    exact=sum(one == other for one, other in points) / len(points),
                    difference=sum(abs(one - other) for one, other in points) / len(points),
                    kappa=cohens_kappa(points),
                )
            )
    return found


def cohens_kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Cohen's kappa, unweighted: (p_o - p_e) / (1 - p_e).

    p_o is the share of pairs that are equal, p_e the share that would be by chance: the sum over
    all values of the products of both graders' shares of that value. None where there are no pairs,
    and where both always gave one and the same value, so that p_e is 1. J. Cohen, "A coefficient of
    agreement for nominal scales", Educational and Psychological Measurement 20 (1960), 37-46,
    https://doi.org/10.1177/001316446002000104, equation 1.
    """
    count = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[value] * second[value] for value in first)
    if by_chance == count**2:  # Also where there are none.
        return None
    observed = sum(one == other for one, other in pairs) / count
    expected = by_chance / count**2
    return (observed - expected) / (1 - expected)


def _pairs(items: Iterable[Item]) -> Iterable[Pair]:
    """Yield the last opinion of each grader other than whose decision counts."""
    for item in items:
        decided = item.decided
        # Whoever has still to give an opinion must not learn what others think.
        if decided is None or item.second:
            continue
        last = {each.who: each for each in item.opinions if each.undone_at is None}
        yield from (Pair(item, decided, each) for who, each in last.items() if who != decided.who)
