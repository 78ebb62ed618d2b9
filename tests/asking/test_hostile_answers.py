"""What students' code answers to plain checks, made to be taken for what it is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader import Exercise, integers, raises, take
from grader.judging.judge import judge
from grader.results.model import CheckResult
from grader.subjects.reference import Reference

SOLUTION = """
import numpy as np

RATE = 0.5

def triple(x):
    return 3.0 * x

def pair(x):
    return [x, x + 1]

def several(x):
    for number in range(3):
        yield float(x)

def both(x):
    return {"a": x, "b": 2 * x}

def encode(x):
    return str(x)

def decode(text):
    return int(text)

def forward(x):
    return np.full(3, 2.0 * x), (x, x)

def backward(cache):
    return cache[0] + cache[1]

class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Number(self.value + getattr(other, "value", other))

def number(x):
    return Number(x)
"""

# Answers nothing, and whatever it is asked as whoever asks may like it.
YES = """
class Yes:
    heard = []

    def __sub__(self, other):
        self.heard.append(other)
        return 0

    __rsub__ = __mul__ = __rmul__ = __mod__ = __truediv__ = __sub__

    def __eq__(self, other):
        self.heard.append(other)
        return True

    __contains__ = __le__ = __ge__ = __lt__ = __gt__ = __eq__
    __hash__ = None

    def __len__(self):
        return 2

    def __bool__(self):
        return True

    def __getitem__(self, place):
        return Yes()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: Yes()
"""


def subject(*parts: str) -> Reference:
    """Return the subject that sources define."""
    namespace: dict[str, Any] = {}
    exec("\n".join(parts), namespace)  # noqa: S102 - of our own
    return Reference(namespace)


RIGHT = subject(SOLUTION)


def came(exercise: Exercise, *changes: str) -> list[CheckResult]:
    """Return what the checks come to for the solution with definitions that take others' place."""
    student = subject(SOLUTION, *changes)
    return list(judge(exercise, student=student, reference=RIGHT, submission=None, seed=1).checks)


def exercise_of(check: Callable[..., Any]) -> Exercise:
    """Return an exercise of one plain check."""
    exercise = Exercise("one", "One", points=1)
    check.__doc__ = "It holds."
    exercise.check(points=1)(check)
    return exercise


def one(check: Callable[..., Any]) -> Exercise:
    """Return an exercise of one plain check, which the solution passes."""
    exercise = exercise_of(check)
    assert [(each.status, each.message) for each in came(exercise)] == [("passed", "")]
    return exercise


def failed(check: Callable[..., Any], *changes: str) -> str:
    """Return with what message a check fails for a changed solution."""
    (found,) = came(one(check), *changes)
    assert found.status == "failed", (found.status, found.message)
    return found.message


def difference(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Look how far it is."""
    assert abs(code.triple(x) - 3.0 * x) < 1e-6


def reflected_difference(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Look how far it is, the other way round."""
    y = code.triple(x)
    assert abs(3.0 * x - y) < 1e-6


def equality(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Compare it."""
    assert code.triple(x) == 3 * x


def itself(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Compare it with itself."""
    assert code.triple(x) == code.triple(x)


def close(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Compare it as numpy does."""
    assert np.allclose(code.triple(x), 3.0 * x)


def rounded(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Round it."""
    assert round(code.triple(x), 2) == 3 * x


def written(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Write it."""
    assert f"{code.triple(x):.1f}" == f"{3 * x:.1f}"


def positive(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Ask whether it is large, and true."""
    assert code.triple(x) > 0
    assert code.triple(x)


def methods(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Call a method of it."""
    y = code.triple(x)
    assert y.is_integer()


@pytest.mark.parametrize(
    "check",
    [
        *(difference, reflected_difference, equality, itself, close, rounded, written, positive),
        methods,
    ],
)
def test_an_object_in_the_place_of_data_is_not_asked(check: Callable[..., Any]) -> None:
    """Its class would say that all is well, and hear what is expected."""
    message = failed(check, YES, "def triple(x):\n    return Yes()")
    assert message == "What `triple` returned is a Yes, expected a number."


def test_a_record_in_the_place_of_data_is_not_asked_either() -> None:
    """A dataclass can be told, and has operators of its own all the same."""
    record = "from dataclasses import dataclass\n@dataclass\nclass Zero:\n    x: int = 0\n"
    record += "    def __sub__(self, other):\n        return 0\ndef triple(x):\n    return Zero()"
    assert failed(difference, record) == "What `triple` returned is a Zero, expected a number."


def test_a_name_that_should_be_data_is_not_asked() -> None:
    """As what a call returns is not."""

    def rate(code: Any) -> None:
        assert abs(code.RATE - 0.5) < 1e-9

    assert "is a Yes, expected a number." in failed(rate, YES, "RATE = Yes()")


def test_an_object_among_data_is_not_asked() -> None:
    """Whether it stands in a list or comes from an iterator, and however it is reached."""

    def member(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert x in code.pair(x)

    def item(code: Any, x: Any = integers(low=1, high=9)) -> None:
        y = code.pair(x)
        assert len(y) == 2
        assert abs(y[0] - x) < 1e-6

    def each(code: Any, x: Any = integers(low=1, high=9)) -> None:
        for number in code.several(x):
            assert abs(number - x) < 1e-6

    def first(code: Any, x: Any = integers(low=1, high=9)) -> None:
        (number,) = take(code.several(x), 1)
        assert number - x == 0

    many = "def several(x):\n    return iter([Yes(), Yes(), Yes()])"
    for listed in ("Yes()", "[Yes(), Yes()]"):
        for check in (member, item):
            failed(check, YES, f"def pair(x):\n    return {listed}")
    for check in (each, first):
        assert "is a Yes, expected a number." in failed(check, YES, many)


def test_what_stays_may_be_handed_on_and_have_another_class() -> None:
    """A cache is nobody's affair, and objects where the reference has such are the student's."""

    def passes(code: Any, x: Any = integers(low=1, high=9)) -> None:
        y, cache = code.forward(x)
        assert np.allclose(y, 2 * x)
        assert code.backward(cache) == 2 * x

    def added(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert (code.number(x) + 1 + code.number(2)).value == x + 3

    other = "def forward(x):\n    return np.full(3, 2.0 * x), Number(x)\n"
    other += "def backward(cache):\n    return 2 * cache.value"
    assert [each.status for each in came(one(passes), other)] == ["passed"]
    listed = "def forward(x):\n    return [np.full(3, 2.0 * x), Number(x)]\n"
    listed += "def backward(cache):\n    return 2 * cache.value"
    assert [each.status for each in came(one(passes), listed)] == ["passed"]
    own = "class Mine(Number):\n    def __add__(self, other):\n"
    own += "        return Mine(self.value + getattr(other, 'value', other))\n"
    own += "def number(x):\n    return Mine(x)"
    assert [each.status for each in came(one(added), own)] == ["passed"]


def test_an_iterator_may_stand_for_a_list_that_is_only_gone_through() -> None:
    """To go through it tells it nothing."""

    def gone_through(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert list(code.pair(x)) == [x, x + 1]
        assert sorted(code.pair(x)) == [x, x + 1]

    lazy = "def pair(x):\n    return (x + number for number in range(2))"
    assert [each.status for each in came(one(gone_through), lazy)] == ["passed"]


def test_what_an_answer_leads_to_is_no_fault_of_the_assignment() -> None:
    """Where a right answer does not: what is missing, cannot be sent or breaks the reference."""

    def sent_on(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert code.triple(code.triple(x) + 1) > 0

    def there_and_back(code: Any, reference: Any, x: Any = integers(low=1, high=9)) -> None:
        assert reference.decode(code.encode(x)) == x

    failed(sent_on, "def triple(x):\n    return 2**13999 + 2**13998 + 2**13999 - 1")
    for answer in ("'no number'", "None", "object()"):
        failed(there_and_back, f"def encode(x):\n    return {answer}")
    exercise = Exercise("one", "One", points=2)

    @exercise.compare(a=1, b=1)
    def results(code: Any, x: Any = integers(low=1, high=9)) -> Any:
        """Both are right."""
        return code.both(x)

    assert [each.status for each in came(exercise)] == ["passed", "passed"]
    for answer in ("{}", "None", "3", "Yes()"):
        lost = came(exercise, YES, f"def both(x):\n    return {answer}")
        assert {each.status for each in lost} <= {"failed", "skipped"}, answer


def test_what_is_empty_is_not_right_for_want_of_what_is_wrong() -> None:
    """Everything holds of what is in it; where the reference's is not empty, that is told."""

    def close(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert np.allclose(code.forward(x)[0], 2 * x)

    def array(code: Any, x: Any = integers(low=1, high=9)) -> None:
        np.testing.assert_allclose(code.triple(x), 3 * x)

    def each(code: Any, x: Any = integers(low=1, high=9)) -> None:
        for number in code.pair(x):
            assert number >= x

    def every(code: Any, x: Any = integers(low=1, high=9)) -> None:
        y = code.pair(x)
        assert all(number >= x for number in y)
        assert y == sorted(y)

    def letters(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert "0" not in code.encode(x)

    def part(code: Any, x: Any = integers(low=1, high=9)) -> None:
        y, _cache = code.forward(x)
        assert np.allclose(y, 2 * x)

    def among_parts(code: Any, x: Any = integers(low=1, high=9)) -> None:
        found = code.both(x)
        assert np.allclose(found["a"], x)
        assert np.allclose(found["b"], 2 * x)

    def items(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert all(np.allclose(number, x) for number in code.several(x))

    for check, change in (
        (array, "def triple(x):\n    return [[], []]"),
        (array, "def triple(x):\n    return (np.zeros((0, 1)),) * 2"),
        (array, "def triple(x):\n    return np.zeros(0)"),
        (array, "def triple(x):\n    return []"),
        (each, "def pair(x):\n    return []"),
        (each, "def pair(x):\n    return ()"),
        (every, "def pair(x):\n    return []"),
        (letters, "def encode(x):\n    return ''"),
    ):
        message = failed(check, change)
        assert message.startswith("What `"), message
        assert message.endswith("` returned is empty.")
    for check, change in (
        (part, "def forward(x):\n    return np.zeros((0, 3)), (x, x)"),
        (among_parts, "def both(x):\n    return {'a': x, 'b': []}"),
        (items, "def several(x):\n    yield x\n    yield []\n    yield np.zeros((0, 1))"),
    ):
        message = failed(check, change)
        assert message.startswith("In what `"), message
        assert message.endswith("` returned something is empty.")
    half = "def forward(x):\n    return np.full(3, 2.0 * x), ()"
    assert [each.status for each in came(one(close), half)] == ["passed"]


def test_what_gives_nothing_when_it_is_gone_through_is_empty() -> None:
    """An iterator of nothing is no more than an empty list, in place of one too."""

    def each(code: Any, x: Any = integers(low=1, high=9)) -> None:
        for number in code.pair(x):
            assert number >= x

    def every(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert all(number == x for number in code.several(x))

    def taken(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert all(number == x for number in take(code.several(x), 2))

    for check, change in (
        (each, "def pair(x):\n    return iter(())"),
        (each, "def pair(x):\n    return (each for each in [])"),
        (every, "def several(x):\n    yield from ()"),
        (taken, "def several(x):\n    yield from ()"),
        (taken, "def several(x):\n    return []"),
    ):
        assert failed(check, change).endswith("` returned is empty."), change


def test_a_table_without_columns_and_an_empty_attribute_hold_nothing() -> None:
    """Whatever a check says of all that is in them."""

    def table(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert (code.table(x) >= 0).all().all()

    def attribute(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert (code.Layer(x).W >= 0).all()

    both = (
        "import pandas as pd\nimport numpy as np\ndef table(x):\n"
        "    return pd.DataFrame({'a': [x, x]})\n"
        "class Layer:\n    def __init__(self, x):\n        self.W = np.full((2, 2), x)\n"
    )
    right = subject(SOLUTION, both)
    for check, change, message in (
        (
            table,
            both + "def table(x):\n    return pd.DataFrame(index=[0, 1])",
            "What `table` returned",
        ),
        (attribute, both.replace("(2, 2)", "(0, 2)"), "`W`"),
    ):
        student = subject(SOLUTION, change)
        (found,) = judge(
            exercise_of(check), student=student, reference=right, submission=None, seed=1
        ).checks
        assert (found.status, found.message) == ("failed", f"{message} is empty.")


@pytest.mark.parametrize(
    "change",
    [
        "    return pd.Series([pd.NA] * 3, dtype='Float64')",
        "    return pd.Series([2.0 * x, np.nan, np.nan])",
        "    return pd.Series([2.0 * x, None, None], dtype=object)",
        "    return np.array([2.0 * x, np.nan, np.nan])",
    ],
    ids=["nothing but NA", "one number and NaN", "one number and None", "an array"],
)
def test_what_is_missing_is_no_right_answer(change: str) -> None:
    """Of NaN and NA as much holds as of nothing: pandas leaves them out of what it compares."""

    def equal(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert (code.twice(x) == 2.0 * x).all()

    def not_far(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert not (abs(code.twice(x) - 2.0 * x) > 1e-6).any()

    def largest(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert abs(code.twice(x) - 2.0 * x).max() < 1e-6

    def one_by_one(code: Any, x: Any = integers(low=1, high=9)) -> None:
        for number in code.twice(x):
            assert not abs(number - 2.0 * x) > 1e-6

    begin = "import numpy as np\nimport pandas as pd\ndef twice(x):\n"
    right = subject(SOLUTION, f"{begin}    return pd.Series([2.0 * x] * 3)")
    student = subject(SOLUTION, begin + change)
    for check in (equal, not_far, largest, one_by_one):
        (found,) = judge(
            exercise_of(check), student=student, reference=right, submission=None, seed=1
        ).checks
        assert found.status == "failed", check


def test_what_is_missing_beside_an_object_is_no_right_answer() -> None:
    """What the object itself holds is the student's affair."""

    def first(code: Any, x: Any = integers(low=1, high=9)) -> None:
        y, _number = code.beside(x)
        assert not (abs(y - 2 * x) > 1e-6).any()

    made = "def beside(x):\n    return np.full(3, 2.0 * x), Number(x)"
    right = subject(SOLUTION, made)
    for answer, status in (
        ("np.full(3, 2.0 * x), Number(x)", "passed"),
        ("np.full(3, 2.0 * x), np.full(3, np.nan)", "passed"),
        ("np.full(3, 2.0 * x), ()", "passed"),
        ("np.full(3, np.nan), Number(x)", "failed"),
        ("np.zeros((0, 1)), Number(x)", "failed"),
    ):
        student = subject(SOLUTION, f"def beside(x):\n    return {answer}")
        (found,) = judge(
            exercise_of(first), student=student, reference=right, submission=None, seed=1
        ).checks
        assert found.status == status, (answer, found.message)


def test_what_may_be_missing_may_be_so() -> None:
    """Where the reference has gaps too, or in a column of the student's own, nothing is wrong."""

    def first(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert (code.table(x)["a"] == x).all()
        assert code.gap(x)[0] == x

    begin = "import numpy as np\nimport pandas as pd\n"
    gap = "def gap(x):\n    return np.array([x, np.nan])\n"
    table = "def table(x):\n    return pd.DataFrame({'a': [x, x]"
    right = subject(SOLUTION, f"{begin}{gap}{table}, 'b': [1, 2]}})")
    student = subject(SOLUTION, f"{begin}{gap}{table}, 'own': [np.nan, 1]}})")
    (found,) = judge(
        exercise_of(first), student=student, reference=right, submission=None, seed=1
    ).checks
    assert found.status == "passed"


def test_tensors_and_tables_are_compared_as_their_libraries_do() -> None:
    """A comparison with a number is one of each number in it."""

    def compared(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert (code.tensor(x) >= 0).all()
        assert (code.column(x) == x).all()

    both = (
        "import pandas as pd\nimport torch\n"
        "def tensor(x):\n    return torch.full((2,), x)\n"
        "def column(x):\n    return pd.Series([x, x])\n"
    )
    wrong = both.replace("[x, x]", "[x, x + 1]")
    for change, status in ((both, "passed"), (wrong, "failed")):
        (found,) = judge(
            exercise_of(compared),
            student=subject(change),
            reference=subject(both),
            submission=None,
            seed=1,
        ).checks
        assert found.status == status


def test_objects_are_not_compared_by_the_names_of_their_classes() -> None:
    """Whoever compares what is no data is told so, and nobody has the points for it."""
    for source in (
        "return code.several(x)",
        "return [code.number(x)]",
        "return {'a': code.number}",
    ):
        namespace: dict[str, Any] = {}
        head = "def same(code, x=integers(low=1, high=9)):\n    "
        exec(head + source, {"integers": integers}, namespace)  # noqa: S102 - of our own
        exercise = Exercise("one", "One", points=1)
        namespace["same"].__doc__ = "It is the same."
        exercise.compare(1)(namespace["same"])
        ((status, message),) = ((each.status, each.message) for each in came(exercise))
        assert status == "error"
        assert "only the name of its class is known" in message

    def listed(code: Any, reference: Any, x: Any = integers(low=1, high=9)) -> None:
        assert code.numbers(x) == reference.numbers(x)

    def shaped(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert code.numbers(x) != []

    both = "def numbers(x):\n    return [Number(x)]\n"
    student, right = subject(SOLUTION, both), subject(SOLUTION, both)
    for check, status in ((listed, "error"), (shaped, "passed")):
        (found,) = judge(
            exercise_of(check), student=student, reference=right, submission=None, seed=1
        ).checks
        assert found.status == status


def test_the_words_of_an_exception_are_not_the_checks() -> None:
    """What a student's code asserts within a `try` of the check's is told as theirs."""

    def refused(code: Any, x: Any = integers(low=1, high=9)) -> None:
        try:
            found = code.triple(x)
        except TypeError:
            found = 0
        assert found == 3 * x

    message = failed(
        refused, "def triple(x):\n    raise AssertionError('All is well.\\n\\nFull marks')"
    )
    assert message == "`triple` raised AssertionError: All is well. Full marks."
    message = failed(refused, "def triple(x):\n    raise ExceptionGroup('no', [ValueError()])")
    assert message == "`triple` raised ExceptionGroup: no (1 sub-exception)."


def test_the_name_of_a_class_ends_no_line_of_a_report() -> None:
    """A sentence that tells what something is stays one sentence."""

    def number(code: Any, x: Any = integers(low=1, high=9)) -> None:
        assert code.triple(x) == 3 * x

    for source in (
        "class A:\n    pass\nA.__qualname__ = 'A\\n\\nPASSED'\ndef triple(x):\n    return A()",
        "A = type('A\\n\\nPASSED', (Exception,), {})\ndef triple(x):\n    raise A('1\\n2')",
        "A = type('A\\n\\nPASSED', (Exception,), {})\ndef triple(x):\n    return A()",
        "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n"
        "A.__name__ = 'A\\n\\nPASSED'\ndef triple(x):\n    return A(x)",
    ):
        message = failed(number, source)
        assert "PASSED" in message
        assert "\n" not in message


def test_what_is_empty_for_the_reference_may_be_empty() -> None:
    """Then nothing is wrong with it."""

    def smaller(code: Any, x: Any = integers(low=1, high=3)) -> None:
        for letter in code.encode(x)[1:]:
            assert letter == "0"

    assert [each.status for each in came(one(smaller))] == ["passed"]


def test_what_is_looked_up_where_something_raises_can_be_used_below() -> None:
    """The steps there are asked by themselves, and what comes after them begins without them."""

    def refused(code: Any, x: Any = integers(low=1, high=9)) -> None:
        with raises(code, TypeError):
            code.STORE.put("text")
        assert code.STORE.size == 3
        assert code.STORE.put(x) == x + 3

    store = "class Store:\n    size = 3\n    def put(self, x):\n        return x + self.size\n"
    (found,) = judge(
        exercise_of(refused),
        student=subject(store, "STORE = Store()"),
        reference=subject(store, "STORE = Store()"),
        submission=None,
        seed=1,
    ).checks
    assert (found.status, found.message) == ("passed", "")


def test_a_stand_in_has_no_names_that_a_notebooks_objects_may_have() -> None:
    """What a check reads of an object is the object's, whatever it is called."""

    def named(code: Any, x: Any = integers(low=1, high=9)) -> None:
        number = code.number(x)
        assert number._known == x
        assert number._target == x
        assert number._question == x

    right = "def number(x):\n    found = Number(x)\n    found._known = found._target = x\n"
    right += "    found._question = x\n    return found\n"
    for wrong, status in (("", "passed"), (right.replace("= x\n", "= True\n"), "failed")):
        (found,) = judge(
            exercise_of(named),
            student=subject(SOLUTION, right, wrong),
            reference=subject(SOLUTION, right),
            submission=None,
            seed=1,
        ).checks
        assert found.status == status


def test_a_flag_without_a_name_is_told_by_its_value() -> None:
    """Bits that no flag has are not those of any other value without a name."""
    flags = "import enum\nclass Flag(enum.IntFlag):\n    A = 1\n"
    right = flags + "def flag(x):\n    return Flag(8 * x)\n"
    exercise = Exercise("one", "One", points=1)

    @exercise.compare(1)
    def flag(code: Any, x: Any = integers(low=1, high=9)) -> Any:
        """Compare the flag."""
        return code.flag(x)

    for change, status in (
        (right, "passed"),
        (flags + "def flag(x):\n    return Flag(4)", "failed"),
    ):
        (found,) = judge(
            exercise, student=subject(change), reference=subject(right), submission=None, seed=1
        ).checks
        assert found.status == status
