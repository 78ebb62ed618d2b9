"""What performing a scenario promises: every step comes to a value or to what it raised."""

import random

import numpy as np
import pytest

from grader.agent.perform import Performance
from grader.agent.shims import random_states
from grader.agent.wire import Described, Ref, decode, encode
from grader.scenario import Call, Get, Make, Scenario, Seed, Set, Step, Use
from grader.subjects.reference import Reference
from tests.performing import Layer, X, perform, raised, value
from tests.unhelpful import EXCEPTIONS


def test_an_object_is_made_set_called_and_read() -> None:
    """The steps of a scenario act on one object, in their order."""
    outcomes = perform(
        Make("layer", "Layer", [3.0], {"name": "first"}),
        Call("y", "layer", "scale", [X]),
        Set("layer", "factor", 10.0),
        Call("z", "layer", "scale", [X]),
        Get("factor", "layer", "factor"),
        Get("name", "layer", "name"),
    )
    np.testing.assert_array_equal(value(outcomes[1]), 3 * X)
    np.testing.assert_array_equal(value(outcomes[3]), 10 * X)
    assert [value(each) for each in outcomes[4:]] == [10.0, "first"]
    assert value(outcomes[0]) is None
    assert value(outcomes[2]) is None


def test_scenarios_share_no_objects() -> None:
    """What one scenario made is unknown to the next."""
    performance = Performance({"Layer": Layer})
    assert value(performance.run([["make", "layer", "Layer", [], {}]])[0]) is None
    other = perform(Get("factor", "layer", "factor"))
    assert raised(other[0])[0] == "KeyError"


def test_functions_and_existing_objects_can_be_asked() -> None:
    """A call needs no object of the scenario's own: the notebook's names will do."""
    mine = Layer(5.0)
    outcomes = perform(
        Call("direct", "double", args=[X]),
        Use("net", "mine"),
        Call("y", "net", "scale", [X]),
        Call("z", "mine", "scale", [X]),
        mine=mine,
    )
    np.testing.assert_array_equal(value(outcomes[0]), 2 * X)
    np.testing.assert_array_equal(value(outcomes[2]), 5 * X)
    np.testing.assert_array_equal(value(outcomes[3]), 5 * X)


def test_references_stand_for_earlier_results_wherever_they_are() -> None:
    """Results and objects can be handed on, also within lists, tuples and dictionaries."""
    outcomes = perform(
        Make("layer", "Layer", [2.0]),
        Call("y", "layer", "scale", [X]),
        Call("z", "layer", "scale", [Ref("y")]),
        Set("layer", "seen", [Ref("z"), (Ref("y"), {"y": Ref("y")})]),
        Get("seen", "layer", "seen"),
        Make("other", "Layer", [], {"name": Ref("layer")}),
        Get("name", "other", "name"),
    )
    np.testing.assert_array_equal(value(outcomes[2]), 4 * X)
    z, (y, inner) = value(outcomes[4])
    np.testing.assert_array_equal(z, 4 * X)
    assert y is inner["y"]
    assert isinstance(value(outcomes[6]), Layer)


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (Make("layer", "Nothing"), "NameError", "the notebook defines no Nothing"),
        (Use("net", "network"), "NameError", "the notebook defines no network"),
        (Call("y", "softmax", args=[X]), "NameError", "the notebook defines no softmax"),
        (Get("y", "unknown", "y"), "KeyError", "'unknown'"),
        (Make("layer", "Layer", [1, 2, 3]), "TypeError", "Layer.__init__() takes from 1 to 2"),
        (Call("y", "double", "method", []), "AttributeError", "'function' object has no"),
    ],
)
def test_what_is_not_there_is_told_without_a_source_line(
    step: Step, error: str, message: str
) -> None:
    """An exception that arises in the question itself shows no line of anybody's code."""
    kind, text, line = raised(perform(step)[0])
    assert (kind, line) == (error, "")
    assert text.startswith(message)


def test_the_first_step_that_raises_is_the_last() -> None:
    """There is an outcome for each step up to and including the one that raised."""
    outcomes = perform(
        Make("layer", "Layer"), Call("y", "layer", "fail"), Get("factor", "layer", "factor")
    )
    assert len(outcomes) == 2
    expected = ("ValueError", "no such luck", 'raise ValueError("no such luck")')
    assert raised(outcomes[1]) == expected


@pytest.mark.parametrize(
    ("method", "argument", "line"),
    [("parse", "{", "return json.loads(text)"), ("invert", X * 0, "return np.linalg.inv(x)")],
)
def test_the_line_told_is_the_students_own(method: str, argument: object, line: str) -> None:
    """Where a library raises, the line that called it is shown."""
    outcomes = perform(Make("layer", "Layer"), Call("y", "layer", method, [argument]))
    assert raised(outcomes[1])[2] == line


@pytest.mark.parametrize("kind", EXCEPTIONS.values(), ids=EXCEPTIONS.keys())
def test_nothing_that_a_step_raises_escapes(kind: type[BaseException]) -> None:
    """Whatever is raised, however broken, becomes an outcome that can be sent."""

    def fail() -> None:
        raise kind

    outcomes = perform(Call("y", "fail"), Call("z", "fail"), fail=fail)
    (outcome,) = decode(encode(outcomes))
    error, message, line = raised(outcome)
    assert isinstance(error, str)
    assert isinstance(message, str)
    assert line == "raise kind"


def test_a_long_message_is_cut() -> None:
    """An exception cannot carry megabytes."""

    def fail() -> None:
        raise type("E" * 5000, (Exception,), {})("m" * 10**6)

    error, message, _ = raised(perform(Call("y", "fail"), fail=fail)[0])
    assert (len(error), len(message)) == (200, 2000)


def test_values_read_are_those_of_their_moment() -> None:
    """An array that is altered later was answered as it was, from attributes and from calls."""
    outcomes = perform(
        Make("layer", "Layer"),
        Call("y", "layer", "fill", [np.ones(3)]),
        Get("buffer", "layer", "buffer"),
        Call("z", "layer", "fill", [np.full(3, 7.0)]),
    )
    assert [value(each).tolist() for each in outcomes[1:]] == [[1.0] * 3, [1.0] * 3, [7.0] * 3]


def test_a_value_that_is_no_plain_data_is_described() -> None:
    """Objects of the student's own never travel."""
    outcomes = perform(Call("layer", "Layer"), Call("n", "layer", "count", [[1, 2, 3]]))
    got = decode(encode(outcomes))
    assert value(got[0]) == Described("tests.performing.Layer")
    assert value(got[1]) == 3


def fives(*_arguments: object) -> np.ndarray:
    """Return what an answer would become."""
    return np.full(3, 5.0)


# An array that would be computed when it is copied, not when it is returned; and an object that
# says that it is an array, and can be made one.
Late = type("Late", (np.ndarray,), {"copy": fives})
Pretending = type(
    "Pretending", (), {"__class__": np.ndarray, "nbytes": 8, "copy": fives, "__array__": fives}
)


def test_an_answer_is_what_a_call_returned_and_not_what_it_becomes_later() -> None:
    """No method of an answer's own class is asked, from which its numbers would only come."""
    outcomes = perform(
        Call("y", "late", args=[np.ones(3)]),
        Call("z", "pretending"),
        late=lambda x: x.view(Late),
        pretending=Pretending,
    )
    late, pretending = (value(each) for each in decode(encode(outcomes)))
    assert late.tolist() == [1.0] * 3
    assert pretending == Described("tests.agent.test_perform.Pretending")


def test_a_step_of_another_subject_is_refused() -> None:
    """Only a live notebook runs cells; another subject says that it cannot."""
    outcomes = Performance({}).run([["run", [], None]])
    assert raised(outcomes[0])[:2] == (
        "NotImplementedError",
        "this subject cannot perform the step 'run'",
    )
    extra = Performance({}, {"run": lambda _performance, cells, seed: [len(cells), seed]})
    assert value(extra.run([["run", ["a", "b"], 3]])[0]) == [2, 3]


def test_random_numbers_start_from_a_seed() -> None:
    """Equal seeds give equal draws, by numpy and by `random`, and others give others."""
    steps: list[Step] = []
    for number, seed in enumerate((4, 4, 5)):
        steps += [Seed(seed), Call(f"a{number}", "draws"), Call(f"b{number}", "draws")]
    drawn = [
        value(each)
        for step, each in zip(steps, perform(*steps, draws=draws), strict=True)
        if isinstance(step, Call)
    ]
    assert drawn[:2] == drawn[2:4]
    assert drawn[0] != drawn[1]
    assert drawn[4] not in drawn[:4]


def draws() -> list[float]:
    """Return a number from each of the generators that have no name."""
    return [float(np.random.random_sample()), random.random()]  # noqa: S311


def test_asking_the_reference_leaves_the_random_numbers_as_they_were() -> None:
    """A question that seeds random numbers seeds none of the grader's own."""
    asked = Scenario(Seed(4), Call("drawn", "draws"))
    before = random_states.states()
    first, again = (Reference({"draws": draws}).answer(asked) for _ in range(2))
    assert first == again
    assert random_states.states() == before
