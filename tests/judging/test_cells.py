"""Every cell under a failed check runs, on the reference and on the solution that failed it.

On the reference it prints what stands beside it as expected; on the wrong solution something else.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from grader import (
    Exercise,
    define,
    floats,
    integers,
    lists,
    one_of,
    printed,
    raises,
    result,
    seed,
    take,
)
from grader.assignment.loading import load
from grader.assignment.mistakes import Mistake, catalogue
from grader.judging.judge import judge
from grader.subjects.reference import altered, cells, reference
from tests.asking.test_plain_checks import judged, single
from tests.cells import require_right
from tests.notebooks import ROOT

# Of the first assignment's many mistakes, one in so many of each exercise.
SAMPLE = 16


def mistakes_of(name: str, step: int) -> list[Any]:
    """Return the mistakes of an assignment in exercises that are judged by asking alone."""
    assignment = load(ROOT / "reference" / name)
    asked = [
        exercise
        for exercise in assignment.exercises
        if exercise.names and not any("submission" in check.parameters for check in exercise.checks)
    ]
    known = catalogue(assignment)
    return [
        pytest.param(name, exercise.id, mistake, id=f"{exercise.id}: {mistake.name}")
        for exercise in asked
        for mistake in known.of(exercise.id)[::step]
    ]


@pytest.mark.parametrize(
    ("name", "exercise_id", "mistake"),
    [*mistakes_of("stable_numerics", 1), *mistakes_of("nn_from_scratch", SAMPLE)],
)
def test_cells_of_known_mistakes(name: str, exercise_id: str, mistake: Mistake) -> None:
    """Below the reference they print what is expected, below the mistake what came of it."""
    assignment = load(ROOT / "reference" / name)
    exercise = next(each for each in assignment.exercises if each.id == exercise_id)
    notebook, names = assignment.reference, exercise.names
    found = judge(
        exercise,
        student=altered(notebook, names, mistake),
        reference=reference(notebook, names),
        submission=None,
        seed=assignment.config.seed,
    )
    sources = cells(notebook, names)
    for check in found.checks:
        if check.status == "failed":
            right, wrong = _defined(sources), _defined(mistake.applied(sources))
            require_right(check, right, wrong)


def _defined(sources: Sequence[str]) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for source in sources:
        exec(source, namespace)  # noqa: S102 - ours
    return namespace


def told(check: Callable[..., Any], *changes: tuple[str, str]) -> list[str]:
    """Return the lines of the cell under a plain check that the changed solution fails.

    It was run on both solutions.
    """
    return under(single(check), *changes)


def under(exercise: Exercise, *changes: tuple[str, str]) -> list[str]:
    """Return the lines of the cell under the first check that fails."""
    found = next(each for each in judged(exercise, *changes) if each.status == "failed")
    assert found.evidence is not None
    assert found.evidence.cell is not None
    return found.evidence.cell.splitlines()


def test_operators_are_written_as_a_student_does() -> None:
    """What is used once stands where it is used; what a variable holds keeps its name."""

    def product(code: Any, a: Any = integers(low=2), b: Any = integers(low=3)) -> None:
        one = code.Number(a)
        two = code.Number(b)
        three = one * two
        three.backward()
        assert one.grad == b

    assert told(product, ("self, other.value)", "self, self.value)")) == [
        "one = Number(2)",
        "two = Number(3)",
        "three = one * two",
        "three.backward()",
        "print(one.grad)  # expected 3",
    ]


def test_items_of_an_iterator_are_written_as_they_were_taken() -> None:
    """As a list where it ended, else as the first of them."""

    def first(code: Any, n: Any = integers(low=5, high=9)) -> None:
        numbers = code.fibonacci(n)
        assert take(numbers, 2) == [0, 1]

    assert told(first, ("yield a", "yield b")) == [
        "from itertools import islice",
        "",
        "numbers = fibonacci(5)",
        "print(list(islice(numbers, 2))[0])  # expected 0",
    ]


def test_a_helper_is_pasted_as_it_is() -> None:
    """A function that the question brings stands above what is called with it."""

    def mapped(code: Any, values: Any = lists(integers(), least=1)) -> None:
        double = define(code, "double", "def double(x):\n    return 2 * x")
        assert code.applied(double, values) == [2 * each for each in values]

    assert told(mapped, ("function(each)", "each + 1")) == [
        "def double(x):",
        "    return 2 * x",
        "print(applied(double, [0])[0])  # expected 0",
    ]


def test_seeds_are_those_of_the_question() -> None:
    """Both kinds of random numbers start from it."""

    def same(code: Any, n: Any = integers(low=1)) -> None:
        seed(code, 7)
        assert len(code.draw(n)) == n

    assert told(same, ("range(n)]", "range(n + 1)]"))[-3:] == [
        "random.seed(7)",
        "np.random.seed(7)",
        "print(len(draw(1)))  # expected 1",
    ]


def test_keywords_stand_in_the_call() -> None:
    """What several lines print stands below it, line by line."""

    def heard(code: Any, name: Any = one_of("Ada", "Bo")) -> None:
        returned = code.greet(name, times=2)
        assert printed(returned) == f"hello {name}\n" * 2

    assert told(heard, ("hello {name}", "hi {name}")) == [
        "returned = greet('Ada', times=2)",
        "# expected to print:",
        "# hello Ada",
        "# hello Ada",
    ]


def test_the_call_that_should_raise_is_shown() -> None:
    """Not another that failed, or came before it."""

    def refused(code: Any, n: Any = integers(low=1)) -> None:
        assert code.root(4) == 2
        with raises(code, ValueError):
            code.root(-n)

    assert told(refused, ("if x < 0", "if False")) == ["root(-1)  # expected ValueError"]


def test_of_two_results_the_judged_one_is_printed() -> None:
    """Whatever else the question has asked."""
    exercise = Exercise("affine", "Affine", points=2, names=("affine",))

    @exercise.compare(out=result(1, "The product."), rows=result(1, "Its sums."))
    def passes(code: Any, x: Any = floats(1, 2), w: Any = floats(2, 2)) -> Any:
        out, _cache = code.affine(x, w)
        again = code.affine(w, x.T)
        return {"out": out, "rows": again[0].sum(0)}

    assert under(exercise, ("return x @ w,", "return x @ w + 1,"))[-1].startswith(
        "print(affine(x, w)[0])  # expected [["
    )
