"""What is proposed for mutants that no assert notices: an input that tells, and a line to paste."""

import contextlib
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.model import CHECKS
from grader.authoring.verify.certificate import Certificate, Proposal, to_json
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.page import page
from grader.authoring.verify.verify import verify
from tests.verify.assignments import DOUBLE, WEAK, written
from tests.verify.test_command import command
from tests.verify.test_remembering import loaded

HEAD = """
import random

import numpy as np
from grader import Exercise, integers, keeps_arguments, printed, raises
"""


def solution(function: str) -> str:
    """Return a cell whose function is for students to write."""
    first, _newline, body = function.partition("\n")
    return f"{first}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"


def asking(name: str, asserts: str, inputs: str = "") -> str:
    """Return an exercise of one check, with these asserts."""
    body = asserts.replace("\n", "\n    ")
    return f'''
{name} = Exercise("{name}", "{name}", points=1)


@{name}.check(points=1)
def tested(code{inputs}):
    """`{name}` passes the tests."""
    {body}


exercises = [{name}]
'''


BIGGEST = solution("""\
def biggest(numbers):
    best = numbers[0]
    for each in numbers:
        if each > best:
            best = each
    return best, len(numbers)""")
INITIALS = solution("""\
def initials(name, dot=True):
    if not name:
        raise ValueError("no name")
    letters = [word[0].upper() for word in name.split(" ")]
    return ".".join(letters) + "." if dot else "".join(letters)""")
SHARES = "import numpy as np\n" + solution("""\
def shares(x):
    total = x.sum(axis=0)
    if np.any(total <= 0):
        return np.zeros(x.shape)
    return x / total""")
STACK = """\
class stack:
    def __init__(self, most):
        self.most = most
        self.items = []

    ### BEGIN SOLUTION
    def push(self, item):
        if len(self.items) >= self.most:
            return False
        self.items.append(item)
        return True

    def pop(self):
        return self.items.pop() if self.items else None
    ### END SOLUTION"""
GREET = solution("""\
def greet(name, times=1):
    for _ in range(times):
        print(f"Hello, {name}")""")
COUNT = solution("""\
def count(table, word):
    return table[word] if word in table else 0""")
NOISE = "import numpy as np\n" + solution("""\
def noise(n, scale=1.0):
    return scale * np.random.rand(n)""")
PAIR = """\
class pair:
    def __init__(self, one):
        self.one = one

    ### BEGIN SOLUTION
    def __eq__(self, other):
        return self.one == other.one
    ### END SOLUTION"""

# By what is solved: the cell, its asserts, and a mutant with what is proposed for it.
SOLVED = {
    "a list": (
        "biggest",
        BIGGEST,
        "assert code.biggest([1, 2, 3]) == (3, 3)",
        ("biggest: best = numbers[0] → best = -numbers[0]", "assert code.biggest([-1]) == (-1, 1)"),
    ),
    "a default": (
        "initials",
        INITIALS,
        "assert code.initials('ada lovelace') == 'A.L.'",
        (
            "initials: return '.'.join(letters) + '.' if dot else ''.join(letters) → "
            "return '.'.join(letters) + '.'",
            "assert code.initials('a', dot=False) == 'A'",
        ),
    ),
    "an array": (
        "shares",
        SHARES,
        "x = np.array([[1.0, 2.0], [3.0, 2.0]])\n"
        "assert np.allclose(code.shares(x), [[0.25, 0.5], [0.75, 0.5]])",
        (
            "shares: return x / total → x /= total; return x",
            "keeps_arguments(code.shares(np.array([[1.0, 2.0]])))",
        ),
    ),
    "an object": (
        "stack",
        STACK,
        "pile = code.stack(2)\nassert pile.push(1)\nassert pile.push(2)\nassert pile.pop() == 2",
        (
            "stack.pop: return self.items.pop() if self.items else None → return self.items.pop()",
            "pile = code.stack(0)\nassert pile.pop() is None",
        ),
    ),
    "what is printed": (
        "greet",
        GREET,
        "assert printed(code.greet('Ada')) == 'Hello, Ada\\n'",
        (
            "greet: for _ in range(times): → for _ in range(1):",
            "assert printed(code.greet('', times=0)) == ''",
        ),
    ),
    "a dictionary": (
        "count",
        COUNT,
        "assert code.count({'a': 2, 'b': 3}, 'a') == 2",
        (
            "count: return table[word] if word in table else 0 → return table[word]",
            "assert code.count({}, '') == 0",
        ),
    ),
    "random numbers": (
        "noise",
        NOISE,
        "np.random.seed(3)\nfirst = code.noise(4)\nnp.random.seed(3)\n"
        "assert np.array_equal(first, code.noise(4))",
        ("noise: return scale * np.random.rand(n) → return np.random.rand(n)", None),
    ),
    "an operator": (
        "pair",
        PAIR,
        "assert code.pair(1) == code.pair(1)",
        (
            "pair.__eq__: return self.one == other.one → return self.one >= other.one",
            "assert (code.pair(1) == code.pair(0)) == False",
        ),
    ),
    "little of an answer": (
        "double",
        DOUBLE,
        "assert code.double(3) > 0",
        ("double: return 2 * n → return 3 * n", "assert code.double(1) == 2"),
    ),
}


def proposals(certificate: Certificate) -> dict[str, Proposal]:
    """Return what is proposed, by the names of the mutants."""
    return {each.name: each.proposal for each in certificate.wrong if each.proposal is not None}


@pytest.mark.parametrize("solved", SOLVED)
def test_what_is_proposed_closes_the_hole(tmp_path: Path, solved: str) -> None:
    """Pasted into the check, it holds of the reference, and the mutants are noticed."""
    name, cell, asserts, (mutant, lines) = SOLVED[solved]
    folder = written(tmp_path, HEAD + asking(name, asserts), cells=[cell]).folder
    found = proposals(verify(loaded(folder), telling=False))
    told = {each: found[each].lines for each in found if found[each].lines}
    assert told
    if lines is not None:
        assert told[mutant] == lines
    assert all(found[each].check == f"{name}.tested" for each in told)
    pasted = "\n".join([asserts, *told.values()])  # type: ignore[list-item]
    (folder / CHECKS).write_text(HEAD + asking(name, pasted), "utf-8")
    closed = verify(loaded(folder), telling=False)
    assert not {each.name for each in closed.wrong} & {*told, "the reference"}


def test_where_nothing_tells_it_is_told_how_much_was_tried(tmp_path: Path) -> None:
    """A mutant that is right for all inputs is called no more than that."""
    folder = written(
        tmp_path, HEAD + asking("double", "assert code.double(2) == 4"), cells=[DOUBLE]
    ).folder
    found = proposals(verify(loaded(folder), telling=False))
    hole = found["double: return 2 * n → return 2 + n"]
    assert hole.lines == "assert code.double(0) == 0"
    assert hole.told == "`double(0)` would: the reference gives 0, this gives 2."
    SAME = "def same(n):\n    return n if n == n else n"
    folder = written(
        tmp_path / "other",
        HEAD + asking("same", "assert code.same(2) == 2"),
        cells=[solution(SAME)],
    ).folder
    found = proposals(verify(loaded(folder), telling=False))
    (right,) = {each.told for each in found.values()}
    assert right.startswith("Of ")
    assert right.endswith(
        " inputs like those that the checks name, none tells it from the reference: "
        "perhaps none does."
    )


STEPS = """\
def steps(n):
    ### BEGIN SOLUTION
    taken = 0
    ### END SOLUTION
    while n > 1:
        taken += 1
        ### BEGIN SOLUTION
        n = n // 2
        ### END SOLUTION
    return taken"""


def test_what_never_ends_is_told(tmp_path: Path) -> None:
    """A mutant that hangs on an input, and not on those that are asked, does something else."""
    folder = written(
        tmp_path, HEAD + asking("steps", "assert code.steps(1) == 0"), cells=[STEPS]
    ).folder
    found = proposals(verify(loaded(folder), telling=False))
    hole = found["steps: n = n // 2 → n = n"]
    assert hole.told == "`steps(2)` would: the reference gives 1, this never ends."


def test_nothing_is_proposed_that_the_reference_cannot_answer(tmp_path: Path) -> None:
    """An error that it does not raise in so many words is none that students are asked for."""
    cell = solution("def first(items):\n    return items[0]")
    folder = written(
        tmp_path, HEAD + asking("first", "assert code.first([1, 2]) == 1"), cells=[cell]
    ).folder
    found = proposals(verify(loaded(folder), telling=False))
    assert all("[])" not in (each.question or "") for each in found.values())


def test_what_draws_its_inputs_has_none_proposed(tmp_path: Path) -> None:
    """There the inputs are drawn already, and what does not notice is the assert."""
    drawn = asking("double", "assert code.double(n) > n", ", n=integers(low=1)")
    for name, checks in {"drawn": HEAD + drawn, "scenarios": WEAK}.items():
        certificate = verify(written(tmp_path / name, checks, cells=[DOUBLE]), telling=False)
        assert certificate.wrong
        assert proposals(certificate) == {}


def test_a_search_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second proof is the first, byte for byte, and nothing was looked for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    checks = HEAD + asking("biggest", "assert code.biggest([1, 2, 3]) == (3, 3)")
    folder = written(tmp_path, checks, cells=[BIGGEST]).folder
    told = []
    for _ in range(2):
        with contextlib.closing(Memory.of(loaded(folder))) as memory:
            told.append((to_json(verify(load(folder), memory=memory, telling=False)), memory.news))
    assert told[0][0] == told[1][0]
    assert told[0][1] > 0
    assert told[1][1] == 0
    assert told[0][0] == to_json(verify(loaded(folder), telling=False))


def test_the_reports_show_what_to_paste(tmp_path: Path) -> None:
    """The command prints the lines as they are pasted, and the page has them as code."""
    checks = HEAD + asking("double", "assert code.double(2) == 4")
    assignment = written(tmp_path, checks, cells=[DOUBLE])
    done = command(assignment.folder.name, "--page", "proof.md", cwd=tmp_path)
    lines = [each.strip() for each in done.stdout.splitlines()]
    assert "assert code.double(0) == 0" in lines
    assert "To paste into `double.tested`:" in lines
    text = (tmp_path / "proof.md").read_text("utf-8")
    assert "`double(0)` would: the reference gives 0, this gives 2.\n" in text
    assert "```python\nassert code.double(0) == 0\n```\n" in text
    assert "proposal" not in page(verify(assignment, telling=False))
