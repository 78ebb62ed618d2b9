"""What is promised of where a slip may stand: what an answer comes from, the nearest first."""

from grader.mending.definitions import Definitions
from grader.mending.places import Places, wanted_of
from grader.scenario import Call, Get, Make, Operate, Ref, Scenario, Use
from tests.mending.test_edits import GATE, definition

DEFINED = Definitions((definition(GATE),))
LINES = GATE.splitlines()


def told(wanted: object, raised: str = "") -> dict[str, int]:
    """Return how far each line is from what is wanted, by the line."""
    assert isinstance(wanted, frozenset)
    found = Places(DEFINED).distances(wanted, raised, DEFINED.lines)
    return {LINES[line].strip(): far for (_part, line), far in found.items()}


def test_an_attribute_comes_from_where_it_is_made() -> None:
    """And from what is read there; not from what is made of it, nor from something else."""
    found = told(frozenset({("attribute", "grad_b")}))
    assert found["self.grad_b = grad.sum(axis=0)"] == 0
    assert found["grad = grad.copy()"] == found["grad[self.x < 0] = 0"] == 1
    assert found["self.x = x"] == 2
    assert not {"self.b = self.b - self.rate * self.grad_b", "self.rate = rate"} & {*found}


def test_what_a_call_returns_comes_from_its_return() -> None:
    """And from the variables and attributes in it."""
    scenario = Scenario(
        Make("gate", "Gate"), Call("y", "gate", "forward"), Operate("n", "len", [Ref("y")])
    )
    assert wanted_of(scenario, 2) == wanted_of(scenario, 1)
    found = told(wanted_of(scenario, 1))
    assert found["return self.y"] == 0
    assert found["self.y = np.tanh(x)"] == 1
    assert "self.grad_W = self.x.T @ grad" not in found


def test_what_is_asked_for_is_named() -> None:
    """Attributes by their names, functions by those that the notebook has for them."""
    scenario = Scenario(Use("f", "softmax"), Call("y", "f"), Get("w", "y", "W"))
    assert ("returned", "softmax") in wanted_of(scenario, 1)
    assert wanted_of(scenario, 2) == {("attribute", "W")}
    assert not wanted_of(scenario, 0)


def test_the_line_that_raised_is_the_nearest() -> None:
    """And what it reads comes next, whatever was asked for."""
    found = told(frozenset(), "open = self.x > 0")
    assert found["open = self.x > 0"] == 0
    assert found["self.x = x"] == 1
    assert "self.y = np.tanh(x)" not in found
