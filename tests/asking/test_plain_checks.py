"""Checks in plain Python: what they ask, how they judge, and what they tell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from grader import (
    Code,
    Exercise,
    booleans,
    define,
    drawn_from,
    fetch,
    floats,
    integers,
    keeps_arguments,
    lists,
    one_of,
    printed,
    raises,
    replaced,
    result,
    seed,
    sizes,
    take,
    texts,
    warned,
)
from grader.errors import AssignmentError
from grader.judging.judge import judge
from grader.results.model import CheckResult
from grader.scenario import Scenario, Transcript
from grader.subjects.reference import Reference, performing
from tests.cells import require_right

SOLUTION = """
import random
import warnings
from dataclasses import dataclass
import numpy as np

class Linear:
    def __init__(self, n_in, n_out, rate=0.1):
        self.W, self.b, self.rate = np.ones((n_in, n_out)), np.zeros(n_out), rate

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W, self.grad_b = self.x.T @ grad, grad.sum(0)
        back = grad @ self.W.T
        self.W = self.W - self.rate * self.grad_W
        return back

def softmax(z, axis=1):
    shifted = np.exp(z - z.max(axis, keepdims=True))
    return shifted / shifted.sum(axis, keepdims=True)

class Number:
    def __init__(self, value):
        self.value, self.grad, self.parents = value, 0.0, ()

    def __mul__(self, other):
        made = Number(self.value * other.value)
        made.parents = ((self, other.value), (other, self.value))
        return made

    def backward(self, grad=1.0):
        self.grad += grad
        for parent, factor in self.parents:
            parent.backward(grad * factor)

def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        yield a
        a, b = b, a + b

def root(x):
    if x < 0:
        raise ValueError("negative")
    return x ** 0.5

def greet(name, *, times=1):
    for _ in range(times):
        print(f"hello {name}")
    if times > 2:
        warnings.warn("that is often", RuntimeWarning)
    return name

def draw(n):
    return [random.random() for _ in range(n)]

def applied(function, values):
    return [function(each) for each in values]

def counts(letters):
    return {letter: letters.count(letter) for letter in letters}

def affine(x, w):
    return x @ w, (x, w)

RATE = 0.5

@dataclass
class Point:
    x: float
    y: float

    def moved(self, by):
        return Point(self.x + by, self.y)
"""


def solution(*changes: tuple[str, str]) -> Reference:
    """Return the subject of the solution with strings replaced."""
    return Reference(defined(*changes))


def defined(*changes: tuple[str, str]) -> dict[str, Any]:
    """Return what the solution with strings replaced defines."""
    source = SOLUTION
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - solutions of our own
    return namespace


RIGHT = solution()


def judged(exercise: Exercise, *changes: tuple[str, str]) -> list[CheckResult]:
    """Return what the checks of an exercise come to for the changed solution.

    The cells under those that failed were run.
    """
    found = judge(
        exercise, student=solution(*changes), reference=RIGHT, submission=None, seed=1
    ).checks
    for check in found:
        if check.status == "failed":
            require_right(check, defined(), defined(*changes))
    return list(found)


def lost(exercise: Exercise, *changes: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Return what did not pass: the check, its status and its message."""
    found = judged(exercise, *changes)
    return [(each.id, each.status, each.message) for each in found if each.status != "passed"]


def layer() -> Exercise:
    """Return an exercise that compares a layer with the reference's, result by result."""
    exercise = Exercise("linear", "Linear", points=6, names=("Linear",))

    @exercise.compare(
        y=result(2, "`forward` returns x @ W + b."),
        back=result(2, "`backward` returns the gradient by the input."),
        grad_W=result(2, "`grad_W` is the gradient by W.", hint="How do examples share W?"),
    )
    def passes(
        code: Any,
        x: Any = floats("batch", "n_in"),
        W: Any = floats("n_in", "n_out"),
        grad: Any = floats("batch", "n_out"),
        n_in: Any = sizes(),
        n_out: Any = sizes(),
    ) -> Any:
        layer = code.Linear(n_in, n_out)
        layer.W = W
        return {"y": layer.forward(x), "back": layer.backward(grad), "grad_W": layer.grad_W}

    return exercise


def test_the_reference_passes_what_it_is_compared_with() -> None:
    """Each result is a check of its own, with its points and its sentence."""
    exercise = layer()
    assert [(check.id, check.points, check.title) for check in exercise.checks] == [
        ("y", 2, "`forward` returns x @ W + b."),
        ("back", 2, "`backward` returns the gradient by the input."),
        ("grad_W", 2, "`grad_W` is the gradient by W."),
    ]
    assert lost(exercise) == []


def test_a_wrong_result_costs_itself_and_says_what_it_looks_like() -> None:
    """The size that a factor equals has the name that the check gave it."""
    (found,) = lost(layer(), ("self.x.T @ grad", "self.x.T @ grad / len(grad)"))
    assert found[:2] == ("grad_W", "failed")
    assert "points the right way, but is" in found[2]
    assert found[2].endswith("is `batch`.")


def test_the_names_are_those_of_the_check() -> None:
    """Inputs, results and the lines of the cell are called as the check's variables are."""
    check = judged(layer(), ("x @ self.W + self.b", "x @ self.W + 1"))[0]
    assert check.evidence is not None
    assert check.evidence.cell is not None
    assert check.evidence.cell.splitlines()[-4:-1] == [
        "layer = Linear(1, 1)",
        "layer.W = W.copy()",
        "y = layer.forward(x)",
    ]
    assert check.evidence.cell.splitlines()[-1].startswith("print(y)  # expected ")


def test_what_raises_is_charged_once() -> None:
    """Results that were not reached for the same reason build on the first of them."""
    found = lost(layer(), ("self.x = x", "self.x = y"))
    assert [each[:2] for each in found] == [
        ("y", "failed"),
        ("back", "skipped"),
        ("grad_W", "skipped"),
    ]
    assert found[0][2] == "`forward` raised NameError: name 'y' is not defined."


@pytest.mark.parametrize(
    "way",
    [
        ("z.max(axis, keepdims=True)", "z.max()"),
        ("np.exp(z - z.max(axis, keepdims=True))", "np.exp(z.astype(np.float32) / 1)"),
        ("np.exp(z - ", "np.exp(z.astype(np.float32) - "),
    ],
)
def test_other_right_ways_pass_without_a_tolerance(way: tuple[str, str]) -> None:
    """What is computed in another order or in single precision is right."""
    exercise = Exercise("softmax", "Softmax", points=1, names=("softmax",))

    @exercise.compare(1)
    def rows(code: Any, z: Any = floats("n", "k", kinds=("integers", "normal"))) -> Any:
        """Each row sums to 1."""
        return code.softmax(z)

    assert lost(exercise, way) == []
    assert [each[1] for each in lost(exercise, (".sum(axis, keep", ".sum(0, keep"))] == ["failed"]


def single(check: Callable[..., Any], **options: Any) -> Exercise:
    """Return an exercise of one plain check."""
    exercise = Exercise("one", "One", points=1, names=("Linear",))
    check.__doc__ = "It holds."
    exercise.check(points=1, **options)(check)
    return exercise


def test_an_assert_says_what_it_compared() -> None:
    """In the words of the check, without its stand-in."""

    def shape(code: Any, x: Any = floats("n", 2)) -> None:
        y = code.Linear(2, 3).forward(x)
        assert isinstance(y, np.ndarray)
        assert y.shape == (len(x), 3)

    assert lost(single(shape)) == []
    ((_, status, message),) = lost(single(shape), ("@ self.W + self.b", "@ self.W[:, :1]"))
    assert (status, message) == ("failed", "`y.shape[1]` is 1, expected 3.")


def test_an_assert_of_a_function_shows_its_values() -> None:
    """What `np.allclose` was given is compared, and the worst element shown."""

    def sums(code: Any, z: Any = floats("n", "k")) -> None:
        p = code.softmax(z)
        assert np.allclose(p.sum(1), 1)
        assert p.min() >= 0

    assert lost(single(sums)) == []
    ((_, _, message),) = lost(single(sums), ("shifted / shifted", "-shifted / shifted"))
    assert message == "`p.sum(1)` has the right shape, but wrong values."


def test_an_assert_of_a_function_with_keywords_shows_its_values() -> None:
    """As one without them does, and they count."""

    def near(code: Any, z: Any = floats("n", "k", kinds=("integers",))) -> None:
        assert np.allclose(code.softmax(z).sum(axis=1), np.ones(len(z)), rtol=0, atol=1e-3)

    assert lost(single(near)) == []
    assert lost(single(near), ("return shifted /", "return (1 + 1e-4) * shifted /")) == []
    ((_, _, message),) = lost(single(near), ("return shifted /", "return 1.01 * shifted /"))
    assert message == "`softmax(z).sum(axis=1)` has the right shape, but wrong values."


def test_an_assert_tells_numbers_as_numbers() -> None:
    """Without the name of their type, and with the digits that a reader needs."""

    def small(code: Any, z: Any = floats(2, 3, kinds=("integers",))) -> None:
        assert np.mean(code.softmax(z)) < 0.5

    ((_, _, message),) = lost(single(small), ("shifted / shifted", "2 * shifted / shifted"))
    assert message.startswith("`np.mean(softmax(z))` is 0.666667; ")


GIVEN = [2.0, 3.0]


def test_what_is_given_is_no_answer() -> None:
    """Of two sides the student's is told of, also where what is given stands first."""

    def compares(code: Any) -> None:
        found = [code.root(4), code.root(9)]
        assert GIVEN == found  # noqa: SIM300 - instructors do

    def asserts(code: Any) -> None:
        found = code.root(9)
        np.testing.assert_allclose(GIVEN[1], found)

    ((_, _, message),) = lost(single(compares), ("x ** 0.5", "x + 0.0"))
    assert message == "`found[0]` is 4, expected 2."
    ((_, _, message),) = lost(single(asserts), ("x ** 0.5", "x + 0.0"))
    assert message == "`found` is 9, expected 3."


def test_an_assert_may_have_words_of_its_own() -> None:
    """Then these are what the student reads."""

    def bounded(code: Any, n: Any = integers(low=2, high=5)) -> None:
        assert code.root(n) < n, "A root is smaller than its square."

    ((_, _, message),) = lost(single(bounded), ("x ** 0.5", "x * 2"))
    assert message == "A root is smaller than its square."


def test_objects_stay_with_the_notebook_and_operate_there() -> None:
    """Operators on what has no plain form are the student's own; plain data is computed here."""

    def product(code: Any, a: Any = integers(), b: Any = integers()) -> None:
        one, two = code.Number(a), code.Number(b)
        (one * two).backward()
        assert one.grad == b
        assert two.grad + 1 == a + 1

    assert lost(single(product)) == []
    ((_, _, message),) = lost(single(product), ("self, other.value)", "self, self.value)"))
    assert message.startswith("`one.grad` is ")


def test_an_object_whose_contents_can_be_told_has_its_methods_all_the_same() -> None:
    """A dataclass is an object of the notebook's, and compared by its fields."""

    def point(code: Any, by: Any = integers()) -> None:
        one = code.Point(1.0, 2.0)
        assert one.moved(by).x == 1 + by
        assert one.moved(by) == code.Point(1.0 + by, 2.0)

    assert lost(single(point)) == []
    exercise = Exercise("one", "One", 1)

    @exercise.compare(1)
    def moved(code: Any, by: Any = integers(low=1)) -> Any:
        """Move by a number."""
        return code.Point(1.0, 2.0).moved(by)

    assert lost(exercise) == []
    ((_, _, message),) = lost(exercise, ("self.x + by", "self.x - by"))
    assert "x" in message
    assert "is 0, expected 2." in message


def test_one_number_may_be_asked_for_whatever_its_axes() -> None:
    """With `shape="broadcast"`; else the kinds are told."""

    def one(code: Any, x: Any = floats()) -> Any:
        """Return the root of a square."""
        return code.root(x * x)

    exact, free = (Exercise("one", "One", 1) for _ in range(2))
    exact.compare(1)(one)
    free.compare(result(1, shape="broadcast"))(one)
    change = ("return x ** 0.5", "return np.array([x ** 0.5])")
    assert lost(free, change) == []
    ((_, _, message),) = lost(exact, change)
    assert message == "What `root` returned is an array of the shape (1,), expected a number."


def test_iterators_are_read_as_far_as_asked() -> None:
    """`list` reads a bounded number of items, `take` so many, and goes on where it ended."""

    def first(code: Any, n: Any = integers(low=5, high=9)) -> None:
        assert list(code.fibonacci(n))[:4] == [0, 1, 1, 2]
        numbers = code.fibonacci(n)
        assert take(numbers, 2) == [0, 1]
        assert take(numbers, 2) == [1, 2]

    assert lost(single(first)) == []
    ((_, status, message),) = lost(single(first), ("yield a", "yield b"))
    assert status == "failed"
    assert message == "`list(fibonacci(n))[:4][0]` is 1, expected 0."


def test_what_should_raise_has_to() -> None:
    """Another exception, and none, are told; what comes after goes on."""

    def refused(code: Any, n: Any = integers(low=1)) -> None:
        with raises(code, ValueError):
            code.root(-n)
        assert code.root(n * n) == pytest.approx(n)

    assert lost(single(refused)) == []
    ((_, _, message),) = lost(single(refused), ("if x < 0", "if False"))
    assert message == "It raises nothing, expected `ValueError`."
    ((_, _, message),) = lost(single(refused), ("raise ValueError", "raise KeyError"))
    assert message == "It raises `KeyError: 'negative'`, expected `ValueError`."


def test_what_should_raise_may_be_read_at_once() -> None:
    """An answer that a check needs, and that the reference refuses as it should, is no fault."""

    def refused(code: Any, n: Any = integers(low=1)) -> None:
        with raises(code, ValueError):
            assert code.root(-n) > 0
        assert code.root(n * n) == pytest.approx(n)

    assert lost(single(refused)) == []
    ((_, _, message),) = lost(single(refused), ("raise ValueError", "raise KeyError"))
    assert message == "It raises `KeyError: 'negative'`, expected `ValueError`."


def test_what_nobody_reads_has_to_run_all_the_same() -> None:
    """A call whose value a check does not look at fails it where it raises."""

    def runs(code: Any) -> None:
        assert code.root(4) == 2
        code.root(-1)

    ((_, status, _),) = lost(single(runs))
    assert status == "error"

    def works(code: Any) -> None:
        assert code.root(4) == 2
        code.root(1)

    assert lost(single(works)) == []
    ((_, status, message),) = lost(single(works), ("if x < 0", "if x < 2"))
    assert (status, message) == ("failed", "`root` raised ValueError: negative.")


def test_what_only_pytest_understands_is_the_assignments_fault() -> None:
    """It is told what to write, and grading goes on."""

    def by_pytest(code: Any) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            code.root(-1)

    def without_code(code: Any) -> None:
        with raises(ValueError):  # type: ignore[arg-type]
            pass

    for check in (by_pytest, without_code):
        ((_, status, message),) = lost(single(check))
        assert (status, "raises(code, ValueError)" in message) == ("error", True)


def test_a_check_that_breaks_on_the_reference_is_the_assignments_fault() -> None:
    """Named with its error and its case."""

    def broken(code: Any, n: Any = integers(low=3, high=3)) -> None:
        assert code.root(n) < n.there_is_no_such

    ((_, status, message),) = lost(single(broken))
    assert status == "error"
    assert "The check `broken` cannot be performed on the reference: AttributeError" in message


def test_an_assert_in_a_function_that_is_called_fails_the_check() -> None:
    """One of numpy's, and one that stands beside the check."""

    def halved(value: Any) -> None:
        assert value <= 1, "A root is too large."

    def elsewhere(code: Any) -> None:
        np.testing.assert_allclose(code.root(4), 2)

    def beside(code: Any) -> None:
        halved(code.root(1))

    assert lost(single(elsewhere)) == lost(single(beside)) == []
    ((_, status, message),) = lost(single(elsewhere), ("x ** 0.5", "x"))
    assert (status, message) == ("failed", "`root(4)` is 4, expected 2.")
    ((_, status, message),) = lost(single(beside), ("x ** 0.5", "x + 1"))
    assert (status, message) == ("failed", "A root is too large.")


def test_what_is_only_about_equal_is_shown_by_its_value() -> None:
    """What `pytest.approx` was given, and not how it is called."""

    def near(code: Any) -> None:
        assert code.root(4) == pytest.approx(2)

    ((_, _, message),) = lost(single(near), ("x ** 0.5", "x"))
    assert message == "`root(4)` is 4, expected 2."


def test_an_object_says_what_it_holds() -> None:
    """By its own class, where it is."""

    def holds(code: Any) -> None:
        bag = code.Holder([1, 2])
        assert 1 in bag
        assert 3 not in bag

    source = SOLUTION + (
        "\nclass Holder:\n    def __init__(self, items): self.items = items\n"
        "    def __contains__(self, item): return item in self.items\n"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - solutions of our own
    right = Reference(namespace)
    found = judge(single(holds), student=right, reference=right, submission=None, seed=1)
    assert [each.status for each in found.checks] == ["passed"]


def test_what_is_printed_and_warned_of_can_be_asked() -> None:
    """Of the call that returned a value."""

    def heard(code: Any, name: Any = one_of("Ada", "Bo"), times: Any = integers(low=1)) -> None:
        returned = code.greet(name, times=times)
        assert printed(returned) == f"hello {name}\n" * times
        assert (len(warned(returned)) > 0) == (times > 2)
        assert returned == name

    assert lost(single(heard)) == []
    ((_, _, message),) = lost(single(heard), ("hello {name}", "hi {name}"))
    assert message.startswith("`printed(returned)` is 'hi Ada\\n'")


def test_what_a_call_was_given_stays_as_it_was() -> None:
    """An array that the student's code changes in place is named."""

    def kept(code: Any, z: Any = floats("n", "k")) -> None:
        keeps_arguments(code.softmax(z))

    assert lost(single(kept)) == []
    ((_, _, message),) = lost(single(kept), ("    shifted = np", "    z += 1\n    shifted = np"))
    assert message == "`softmax` changed `z`, an array of the caller's, in place."


def test_random_numbers_can_be_seeded() -> None:
    """Two draws from one seed are the same."""

    def same(code: Any, number: Any = integers(), n: Any = sizes()) -> None:
        seed(code, number)
        one = code.draw(n)
        seed(code, number)
        assert code.draw(n) == fetch(one)

    assert lost(single(same)) == []


def test_a_question_can_bring_a_function() -> None:
    """Its source is the instructor's, and performed where the student's code runs."""

    def mapped(code: Any, values: Any = lists(integers())) -> None:
        double = define(code, "double", "def double(x):\n    return 2 * x")
        assert code.applied(double, values) == [2 * each for each in values]

    assert lost(single(mapped)) == []


def test_values_of_the_notebook_are_compared_here() -> None:
    """A number that the notebook holds is fetched: what it is compared with never travels."""

    def rate(code: Any, word: Any = texts(least=1), flag: Any = booleans()) -> None:
        assert code.RATE == 0.5
        assert code.counts(word) == {each: word.count(each) for each in word}
        assert flag in (True, False)

    sent: list[Scenario] = []

    class Noting:
        def answer(self, scenario: Scenario) -> Transcript:
            sent.append(scenario)
            return RIGHT.answer(scenario)

    exercise = single(rate)
    judge(exercise, student=Noting(), reference=RIGHT, submission=None, seed=1)
    assert sent
    assert not any("0.5" in repr(scenario.steps) for scenario in sent)
    ((_, _, message),) = lost(exercise, ("RATE = 0.5", "RATE = 1"))
    assert message == "`RATE` is 1, expected 0.5."


def test_an_object_is_never_compared_with_what_is_expected() -> None:
    """The expected value would travel: the check is refused, as the assignment's fault."""

    def compares(code: Any, n: Any = integers()) -> None:
        assert code.Number(n) == n

    ((_, status, message),) = lost(single(compares))
    assert status == "error"
    assert "read from it what can be compared" in message


def test_a_student_whose_object_cannot_be_compared_fails_the_check() -> None:
    """Where the reference has data, an object in its place is no fault of the assignment's."""

    def moved(code: Any) -> None:
        assert [code.Point(1, 2).moved(3).x, 0] == [4, 0]

    changed = ("return Point(self.x + by, self.y)", "return Point(Linear(1, 1), self.y)")
    ((_, status, message),) = lost(single(moved), changed)
    assert status == "failed"
    assert message == "What `x` returned is a Linear, expected a number."


def test_a_result_that_only_the_student_lacks_is_charged_once() -> None:
    """The results of a check may be named by what the code answers."""
    exercise = Exercise("counts", "Counts", points=2)

    @exercise.compare(a=result(1, "a"), b=result(1, "b"))
    def counted(code: Any) -> Any:
        """Letters are counted."""
        return code.counts("ab")

    found = lost(exercise, ("for letter in letters}", "for letter in ''}"))
    assert found == [
        ("a", "failed", "There is no `a` in what your code came to."),
        ("b", "skipped", "This builds on `a`."),
    ]


def test_a_reference_that_fails_its_own_check_is_the_assignments_fault() -> None:
    """No student loses a point for it."""

    def wrong(code: Any, n: Any = integers()) -> None:
        assert code.root(n) == n + 1

    ((_, status, message),) = lost(single(wrong))
    assert status == "error"
    assert "The reference fails the check `wrong` itself" in message


def test_what_was_learnt_on_the_reference_is_asked_at_once() -> None:
    """A check that reads values between its calls still asks one question a case."""

    def stepwise(code: Any, x: Any = floats("n", 2)) -> None:
        layer = code.Linear(2, 2)
        y = layer.forward(x)
        assert y.shape == (len(x), 2)
        back = layer.backward(np.ones((len(x), 2)))
        assert back.shape == x.shape

    asked: list[list[Scenario]] = []

    class Prefetching:
        def prefetch(self, scenarios: list[Scenario]) -> None:
            asked.append(scenarios)

        def answer(self, scenario: Scenario) -> Transcript:
            assert scenario.key in {each.key for each in asked[0]}
            return RIGHT.answer(scenario)

    exercise = single(stepwise)
    found = judge(exercise, student=Prefetching(), reference=RIGHT, submission=None, seed=1)
    assert [each.status for each in found.checks] == ["passed"]


def test_a_question_may_hang_on_the_students_own_answers() -> None:
    """It is asked when it comes up."""

    def doubled(code: Any, n: Any = integers()) -> None:
        one = code.root(n)
        assert code.root(float(one) ** 2) == pytest.approx(float(one))

    assert lost(single(doubled)) == []
    assert lost(single(doubled), ("x ** 0.5", "abs(x) ** 0.5 * 1.0")) == []


def test_a_check_may_change_what_it_is_given() -> None:
    """Whoever is asked next is given it as it was drawn."""

    def changing(code: Any, x: Any = floats("n", 2)) -> Any:
        """Return a sum."""
        x += 1
        return code.Linear(2, 2).forward(x)

    exercise = Exercise("one", "One", 1)
    exercise.compare(1)(changing)
    assert lost(exercise) == []
    assert [each[1] for each in lost(exercise, ("x @ self.W", "0.5 * x @ self.W"))] == ["failed"]


def test_an_array_that_a_check_changes_later_was_asked_as_it_was() -> None:
    """Arguments are what they were when they were handed out."""

    def changing(code: Any, x: Any = floats("n", 2)) -> None:
        given = x.copy()
        y = code.Linear(2, 2).forward(given)
        given[:] = 0
        assert np.allclose(y, x @ np.ones((2, 2)))

    assert lost(single(changing)) == []


@pytest.mark.parametrize(
    ("declare", "told"),
    [
        (lambda e: e.compare(1)(lambda code, n=3: n), "that nothing is known to fill: give it"),
        (lambda e: e.compare()(_nothing), "compares nothing"),
        (lambda e: e.compare(1, y=1)(_nothing), "compares nothing, or a whole and results"),
        (lambda _: result(1, shape="any"), '"exact" or "broadcast"'),
        (lambda _: floats(2, low=1), "give both"),
        (lambda _: lists(3), "no input such as"),
    ],
)
def test_what_is_declared_wrongly_is_told(declare: Callable[[Any], Any], told: str) -> None:
    """As the assignment's fault, when it is loaded."""
    with pytest.raises(AssignmentError, match=told):
        declare(Exercise("one", "One", points=1))


def _nothing(code: Any) -> None:
    """Nothing."""


def test_inputs_of_any_strategy() -> None:
    """Drawn plainly, and made into what the check is given."""

    def pairs(
        code: Any, pair: Any = drawn_from(st.tuples(st.integers(0, 3), st.booleans()))
    ) -> None:
        double = define(code, "double", "def double(x):\n    return 2 * x")
        assert code.applied(double, [pair[0]]) == [2 * pair[0]]

    assert lost(single(pairs)) == []


def test_an_exercise_asks_about_what_its_checks_look_up() -> None:
    """Unless it says what itself."""

    def both(code: Any, n: Any = integers()) -> None:
        assert code.root(n) >= code.RATE * 0

    both.__doc__ = "It holds."
    one, other = Exercise("one", "One", 1), Exercise("other", "Other", 1, names=("root",))
    for exercise in (one, other):
        exercise.check(points=1)(both)
    assert one.names == ("RATE", "root")
    assert other.names == ("root",)


def test_a_stand_in_cannot_be_set() -> None:
    """What the notebook defines stays what it is."""
    with pytest.raises(AssignmentError, match="cannot be replaced"):
        Code(RIGHT).RATE = 3


class Counting:
    """A subject that counts how often it is asked."""

    def __init__(self, subject: Reference) -> None:
        self.subject, self.asked = subject, 0

    def answer(self, scenario: Scenario) -> Transcript:
        """Answer as the other does."""
        self.asked += 1
        return self.subject.answer(scenario)


def test_what_has_run_is_not_run_again_for_what_is_asked_next() -> None:
    """Random numbers go on from where the last answer left them, those of a seed too."""
    calls: list[int] = []

    def draws(x: int) -> float:
        calls.append(x)
        return x + float(np.random.rand())

    code = Code(Reference({"draws": draws}))
    seed(code, 3)
    found = [float(code.draws(x)) for x in range(20)]
    assert calls == list(range(20))
    np.random.seed(3)
    assert found == [x + float(np.random.rand()) for x in range(20)]


def test_what_was_asked_is_known_to_whoever_asks_the_same() -> None:
    """Many answers that are read one after the other were asked for once."""
    subject = Counting(Reference({"double": lambda x: 2 * x}))
    for _time in range(2):
        code, subject.asked = Code(subject), 0
        found = [code.double(x) for x in range(20)]
        assert [int(each) for each in found] == list(range(0, 40, 2))
        assert subject.asked == 1


def test_what_takes_anothers_place_can_be_written() -> None:
    """A function of the check's, a number, a text or None; a list is the check's own still."""
    code = Code(Reference({"double": lambda x: 2 * x}))
    told = pytest.raises(AssignmentError, match="replaces something by a list")
    with told, replaced(code, "double", [1]):
        pass


def test_what_seeds_the_checks_random_numbers_seeds_the_notebooks() -> None:
    """As it does where the check's lines stand in the notebook itself."""
    double = Exercise("double", "Doubling", points=2)

    @double.check(points=2)
    def draws(code: Any) -> None:
        """`noisy` draws the same from the same seed."""
        np.random.seed(5)
        first = code.noisy(1)
        np.random.seed(5)
        assert first == code.noisy(1)
        np.random.seed(5)
        assert first == 1 + np.random.rand()

    noisy = "import numpy as np\ndef noisy(x):\n    return x + np.random.rand()"
    plain = double.checks[0].function.plain  # type: ignore[attr-defined]
    assert plain.trial(None, performing([noisy], "noisy")).failure is None
