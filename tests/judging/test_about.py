"""Which step and which code of the student's a verdict is about."""

import numpy as np

from grader.judging.about import code_asked, judged
from grader.results.evidence import Code, Evidence, Item
from grader.scenario import (
    Call,
    Get,
    Iterate,
    Make,
    Operate,
    Raised,
    Ref,
    Scenario,
    Set,
    Step,
    Transcript,
    Use,
    Value,
    calls,
)
from grader.verdicts import Judged


def code(*steps: Step) -> Code | None:
    """Return which code is shown where the last of these steps was judged."""
    transcript = Transcript(Scenario(*steps), tuple(Value(None) for _ in steps))
    about = judged([transcript], Evidence(), "", Judged(transcript, len(steps) - 1))
    return None if about is None else code_asked(about)


MADE = Call("layer", "Linear", args=[2, 3])


def test_a_class_may_be_called() -> None:
    """What a name with a capital letter returns is of that class, and so are its methods."""
    assert code(MADE) == Code(name="Linear", method="__init__")
    forward = Call("y", "layer", "forward", [1.0])
    assert code(MADE, forward) == Code(name="Linear", method="forward")
    assert code(MADE, forward, Get("W", "layer", "W")) == Code(name="Linear", method="forward")
    assert code(Make("layer", "Linear"), forward) == Code(name="Linear", method="forward")


def test_operators_are_methods() -> None:
    """Of the class of their first operand, and so is what is called of what they return."""
    steps = (Call("a", "Number", args=[1]), Call("b", "Number", args=[2]))
    product = Operate("c", "mul", [Ref("a"), Ref("b")])
    assert code(*steps, product) == Code(name="Number", method="__mul__")
    back = Call("result", "c", "backward")
    assert code(*steps, product, back) == Code(name="Number", method="backward")
    assert code(*steps, product, back, Get("g", "a", "grad")) == Code(
        name="Number", method="backward"
    )


def test_what_a_function_returned_is_its_own() -> None:
    """The items of a generator are what the function that made it gives."""
    steps = (Call("result", "fibonacci", args=[3]), Iterate("items", "result", 5))
    assert code(*steps) == Code(name="fibonacci")
    assert code(Use("f", "g"), Call("y", "f")) is None


def test_calls_have_the_names_of_their_classes() -> None:
    """However an object was made, so that what hangs once is known again."""
    scenario = Scenario(
        MADE,
        Set("layer", "W", 1),
        Call("y", "layer", "forward"),
        Call("z", "softmax", args=[Ref("y")]),
        Operate("s", "add", [Ref("z"), 1]),
        Iterate("items", "z", 3),
        Use("Net", "Net"),
        Call("net", "Net"),
        Call("out", "net", "forward"),
    )
    assert calls(scenario) == [
        *("Linear", "Linear.W", "Linear.forward", "softmax", "softmax.add"),
        *("softmax.__iter__", "Net", "Net", "Net.forward"),
    ]


def test_it_is_what_was_read_that_the_report_shows() -> None:
    """Of two results of a question, the one whose value was wrong; else what was read last."""
    scenario = Scenario(Call("loss", "f"), Call("grad", "g"))
    transcript = Transcript(scenario, (Value(np.array(2.0)), Value(np.array(3.0))))
    reads = [Judged(transcript, 0), Judged(transcript, 1)]
    wrong = Evidence(expected=Item.of("it", np.array(1.0)), got=Item.of("it", np.array(2.0)))
    for evidence, index in ((wrong, 0), (Evidence(), 1)):
        about = judged([transcript], evidence, "It is wrong.", None, reads)
        assert about is not None
        assert about.index == index


def test_what_ended_the_question_is_what_it_is_about() -> None:
    """Whatever of it was to be read."""
    transcript = Transcript(Scenario(Call("y", "f"), Call("z", "g")), (Raised("E", "no", "x = 1"),))
    about = judged([transcript], Evidence(), "", None, [Judged(transcript, 1)])
    assert about is not None
    assert code_asked(about) == Code(name="f", line="x = 1")
