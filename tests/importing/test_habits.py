"""What instructors do in test cells beside asserting, and what becomes of it."""

from pathlib import Path

import nbformat
import pytest

from grader.assignment.loading import load
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.grading import scores
from tests.importing.sources import (
    brought,
    checks,
    code,
    graded,
    raw,
    report,
    solved,
    text,
    write,
)

DOUBLE = """def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""


def result(folder: Path, name: str, *changes: tuple[str, str]) -> dict[str, float]:
    """Return the points of the source notebook as a submission, with some text changed in it."""
    source = (folder / f"{name}.ipynb").read_text("utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    path = folder / "submission.ipynb"
    path.write_text(source, "utf-8")
    return scores(grade(read(path), load(folder / "reference" / name), Options()))


def left(folder: Path, *cells: str) -> str:
    """Return what is told of test cells below a function, all of which are left to a person."""
    tests = [graded(each, f"t{number}", 1) for number, each in enumerate(cells)]
    source = write(folder / "ps.ipynb", [code("import numpy as np"), solved(DOUBLE, "d"), *tests])
    ended = brought(folder, source)
    assert ended.exit_code == 1
    assert f"0 of {len(tests)} tests are checks" in ended.output
    return ended.output


def test_what_holds_for_everyone_is_left_to_a_person(tmp_path: Path) -> None:
    """No one gets points for a test that asks nothing of what students write."""
    told = left(tmp_path, "print(1)", "x = 1\nassert x == 1", "given = double")
    assert told.count("it asks nothing of what students write, and holds for everyone.") == 3


def test_what_nbgrader_would_write_tests_of_is_compared(tmp_path: Path) -> None:
    """It has to come to what the solution has; of what is hashed students read no value."""
    cells = [
        solved(DOUBLE, "d"),
        graded('"""Doubles"""\n### AUTOTEST double(1); double(2)\n### AUTOTEST double(-1)', "t", 1),
        graded("x = double(3)\n### HASHED AUTOTEST x\nassert x > 3", "hashed", 1),
        graded("### AUTOTEST", "empty", 1),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 1
    source = checks(tmp_path, "ps")
    assert (
        "    return [\n        double(1),\n        double(2),\n        double(-1),\n    ]" in source
    )
    assert '@d.compare(1, feedback="verdicts")\ndef hashed(code):' in source
    assert "`### AUTOTEST` names no expressions." in report(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"d": 2}
    assert result(tmp_path, "ps", ("return 2 * x", "return abs(2 * x)")) == {"d": 1}
    assert result(tmp_path, "ps", ("return 2 * x", "return x + 2")) == {"d": 0}


def test_a_cell_of_tests_without_code_and_points_is_no_check(tmp_path: Path) -> None:
    """One with points is left to a person: its hidden tests may be in another notebook."""
    test = graded("assert double(1) == 2", "t", 1)
    empty = [graded("# Used for grading.", "none", 0), graded("# Hidden tests.", "hidden", 2)]
    cells = [solved(DOUBLE, "d"), test, *empty]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert "1 of 2 tests are checks" in ended.output
    assert "(`hidden`), 2 points: it has no code: are its hidden tests" in ended.output


@pytest.mark.parametrize(
    "test",
    [
        "import sys, io\nsys.stdin = io.StringIO('1')\nassert double(1) == 2",
        "from unittest.mock import patch\nwith patch('builtins.input', new_callable=dict):\n"
        "    assert double(1) == 2",
        "np.dot = np.add(1, 2)\nassert double(1) == 2",
    ],
)
def test_what_is_replaced_by_what_stays_here_is_left_to_a_person(tmp_path: Path, test: str) -> None:
    """It would be replaced for the reference or for nobody, and not for the student."""
    assert ": it replaces " in left(tmp_path, test)


RELYING = """def total(values):
    ### BEGIN SOLUTION
    return sum(map(double, values))
    ### END SOLUTION

def asks():
    ### BEGIN SOLUTION
    return [int(input("a")), int(input("b"))]
    ### END SOLUTION

def solve(a, b):
    ### BEGIN SOLUTION
    rows = [[float(a[0][0]), float(b[0])], [float(a[1][0]), float(b[1])]]
    return [row[1] / row[0] for row in rows]
    ### END SOLUTION"""
REPLACED = {
    "gone": "kept = double\ndel double\ntry:\n    total([1])\nexcept NameError:\n    pass\n"
    "else:\n    raise AssertionError('it does not call double')\ndouble = kept\n"
    "assert total([1]) == 2",
    "another": "kept = double\ndef double(x):\n    return 5\n\nassert total([1, 1]) == 10\n"
    "double = kept",
    "a value": "kept = double\ndouble = None\ntry:\n    total([1])\nexcept TypeError:\n    pass\n"
    "else:\n    raise AssertionError('unused')\ndouble = kept",
    "answers": "from unittest.mock import patch\n"
    "with patch('builtins.input', side_effect=['1', '2']):\n    assert asks() == [1, 2]",
    "an answer": "from unittest import mock\nwith mock.patch('builtins.input', return_value='3'):\n"
    "    assert asks() == [3, 3]",
    "input": "input = lambda prompt: '4'\nassert asks() == [4, 4]\ndel input",
    "of a library": "kept = np.linalg.solve\nnp.linalg.solve = None\n"
    "assert solve([[2], [4]], [2, 2]) == [1, 0.5]\nnp.linalg.solve = kept",
}


def test_what_is_replaced_for_the_students_code_is_a_condition(tmp_path: Path) -> None:
    """It is replaced where that runs, for each call, and whoever does without it is told."""
    cells = [
        code("import numpy as np"),
        solved(DOUBLE, "d"),
        solved(RELYING, "relying"),
        *(graded(test, name, 1) for name, test in REPLACED.items()),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 0, ended.output
    assert "    with replaced(code, 'double'):\n" in checks(tmp_path, "ps")
    assert report(tmp_path, "ps").count("is replaced where the students' code runs.") == 7
    assert result(tmp_path, "ps") == {"relying": 7}
    own = ("sum(map(double, values))", "2 * sum(values)")
    assert result(tmp_path, "ps", own) == {"relying": 4}
    library = ("return [row[1] / row[0] for row in rows]", "return np.linalg.solve(a, b).tolist()")
    assert result(tmp_path, "ps", library) == {"relying": 6}


OBSERVED = """def each(function, values):
    ### BEGIN SOLUTION
    return [function(value) for value in values]
    ### END SOLUTION

def notify(send, name):
    ### BEGIN SOLUTION
    try:
        send(name, times=2)
    except ValueError:
        return False
    return True
    ### END SOLUTION"""
MOCKED = {
    "calls": "from unittest.mock import Mock\nseen = Mock(return_value=3)\n"
    "assert each(seen, [1, 2]) == [3, 3]\nassert seen.call_count == 2\nseen.assert_called_with(2)",
    "keywords": "from unittest import mock\nsend = mock.MagicMock()\nassert notify(send, 'Ada')\n"
    "send.assert_called_once_with('Ada', times=2)",
    "answers": "from unittest.mock import Mock, call\nseen = Mock(side_effect=[5, 6])\n"
    "assert each(seen, 'ab') == [5, 6]\nassert seen.call_args_list == [call('a'), call('b')]",
    "an exception": "from unittest.mock import Mock\nsend = Mock(side_effect=ValueError)\n"
    "assert not notify(send, 'Ada')\nassert send.called",
    "a function": "from unittest.mock import Mock\nseen = Mock(side_effect=lambda x: x + 1)\n"
    "assert each(seen, [1]) == [2]",
    "none": "from unittest.mock import Mock\nseen = Mock()\nassert each(seen, []) == []\n"
    "seen.assert_not_called()",
}


def test_what_a_mock_was_called_with_is_asked(tmp_path: Path) -> None:
    """It is called where the student's code runs, and what with is judged outside."""
    cells = [
        solved(OBSERVED, "observed"),
        *(graded(test, name, 1) for name, test in MOCKED.items()),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 0, ended.output
    assert "seen = mocked(code, return_value=3)" in checks(tmp_path, "ps")
    assert report(tmp_path, "ps").count("is asked of a function that keeps it.") == len(MOCKED)
    assert result(tmp_path, "ps") == {"observed": 6}
    once = ("[function(value) for value in values]", "[function(values[0])] * 2 if values else []")
    assert result(tmp_path, "ps", once) == {"observed": 3}
    unnamed = ("send(name, times=2)", "send(name, 2)")
    assert result(tmp_path, "ps", unnamed) == {"observed": 5}


def test_a_mock_of_which_more_is_asked_is_left_to_a_person(tmp_path: Path) -> None:
    """An attribute of its own is none that a function has."""
    test = (
        "from unittest.mock import Mock\nseen = Mock()\nassert double(2) == 4\n"
        "assert seen.reset_mock() is None"
    )
    assert "`reset_mock` is not known" in left(tmp_path, test)


def test_functions_of_tests_are_called(tmp_path: Path) -> None:
    """Also where another cell of the notebook calls them, or only the notebook itself."""
    cells = [
        solved(DOUBLE, "d"),
        graded("def test_double():\n    assert double(2) == 4", "uncalled", 1),
        graded("def test_given(double):\n    assert double(2) == 4", "handed", 1),
        graded(
            "def test_main():\n    assert double(2) == 4\n\n"
            'if __name__ == "__main__":\n    test_main()',
            "main",
            1,
        ),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "`test_given(double)` is called, which nothing in its cell did." in report(
        tmp_path, "ps"
    )
    assert result(tmp_path, "ps") == {"d": 3}
    assert result(tmp_path, "ps", ("2 * x", "3 * x")) == {"d": 0}


def test_a_comparison_is_asserted(tmp_path: Path) -> None:
    """A cell that shows students `True` for a right answer costs a wrong one its points."""
    cells = [
        solved(DOUBLE, "d"),
        graded("double(2) == 4", "shown", 1),
        graded(
            "### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS\n(double(1) == 2)",
            "hidden",
            2,
        ),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "    assert double(2) == 4\n" in checks(tmp_path, "ps")
    assert result(tmp_path, "ps", ("2 * x", "3 * x")) == {"d": 0}


def test_a_cell_that_only_runs_costs_what_raises_its_points(tmp_path: Path) -> None:
    """And the report says that it asserts nothing."""
    cells = [solved(DOUBLE, "d"), graded("for n in range(3):\n    double(n)", "runs", 1)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "It asserts nothing: it holds wherever it runs." in report(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"d": 1}
    assert result(tmp_path, "ps", ("return 2 * x", "raise NotImplementedError()")) == {"d": 0}


def test_hidden_tests_stand_alone_where_the_shown_ones_are_left(tmp_path: Path) -> None:
    """The assignment can be loaded, and the points are those of what is hidden."""
    test = (
        "assert double(1) == 3\n### BEGIN HIDDEN TESTS\nassert double(2) == 4\n### END HIDDEN TESTS"
    )
    cells = [solved(DOUBLE, "d"), graded(test, "both", 2)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 1
    (exercise,) = load(tmp_path / "reference" / "ps").exercises
    assert [(each.id, each.points) for each in exercise.checks] == [("both_hidden", 2)]


def test_a_test_that_binds_a_students_name_needs_no_nose(tmp_path: Path) -> None:
    """The notebook asks for it by what Python has, where the reference runs it as well."""
    cells = [
        solved(DOUBLE, "d"),
        graded(
            "from nose.tools import assert_equal\ndouble = double\nassert_equal(double(1), 2)",
            "equal",
            1,
        ),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert result(tmp_path, "ps") == {"d": 1}
    assert "nose" not in (tmp_path / "reference" / "ps" / "solution.ipynb").read_text("utf-8")


def test_data_that_a_loop_fills_is_whole(tmp_path: Path) -> None:
    """All statements that change what students are given come with it."""
    given = (
        "import random\nimport numpy as np\na = np.zeros((2, 2))\nfor i in range(2):\n"
        "    for j in range(2):\n        a[i, j] = i + j\norder = [1, 2, 3]\n"
        "random.Random(0).shuffle(order)"
    )
    cells = [
        code(given),
        solved(DOUBLE, "d"),
        graded("assert double(a)[1, 1] == 4\nassert order != [1, 2, 3]", "filled", 1),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "a[i, j] = i + j" in checks(tmp_path, "ps")


def test_objects_are_asked_for_their_names(tmp_path: Path) -> None:
    """`dir` of a student's class looks there."""
    greet = "    ### BEGIN SOLUTION\n    def greet(self):\n        pass\n    ### END SOLUTION"
    person = f"class Person:\n{greet}"
    cells = [solved(person, "p"), graded("assert 'greet' in dir(Person)", "has", 1)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert result(tmp_path, "ps") == {"p": 1}
    assert result(tmp_path, "ps", ("def greet", "def great")) == {"p": 0}


def test_given_objects_that_go_to_students_are_made_there(tmp_path: Path) -> None:
    """A class that students are given is asked for in the notebook where it has to be."""
    node = "class Node:\n    def __init__(self, value):\n        self.value = value"
    cells = [
        code(node),
        solved(
            "def twice(n):\n    ### BEGIN SOLUTION\n    return 2 * n.value\n    ### END SOLUTION",
            "t",
        ),
        graded("assert twice(Node(2)) == 4", "node", 1),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "`Node`: Its objects go to students' code" in report(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"t": 1}


def test_cells_that_nobody_has_named_have_readable_names(tmp_path: Path) -> None:
    """What students read is named after the function, the heading or the cell, by no digits."""
    cells = [
        text("## Doubling"),
        solved(DOUBLE, "cell-2032efc64a327acc"),
        graded("assert double(1) == 2", "cell-89cf7badb387b0e0", 1),
        graded("Because.", "cell-6f601fc8eafa7780", 1, manual=True),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    first, second = load(tmp_path / "reference" / "ps").exercises
    assert (first.id, first.title, first.checks[0].id) == ("double", "Doubling", "double_test")
    assert (second.id, second.below) == ("answer", "Your answer (cell 4):")


def test_modules_beside_the_notebook_are_beside_the_checks(tmp_path: Path) -> None:
    """Also where a test imports them."""
    (tmp_path / "expected.py").write_text("FOUR = 4\n", "utf-8")
    test = "import expected\nfrom expected import FOUR\nassert double(2) == expected.FOUR == FOUR"
    cells = [solved(DOUBLE, "d"), graded(test, "four", 1)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "    from . import expected\n" in checks(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"d": 1}


def test_a_solution_may_import_modules_beside_it(tmp_path: Path) -> None:
    """Two assignments may each have one of the same name."""
    for name, factor in (("one", 2), ("two", 3)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "tools.py").write_text(f"class Base:\n    factor = {factor}\n", "utf-8")
        solution = (
            "class Scale(tools.Base):\n    def __call__(self, x):\n        ### BEGIN SOLUTION\n"
            "        return self.factor * x\n        ### END SOLUTION"
        )
        test = graded(f"assert Scale()(2) == {2 * factor}", "scales", 1)
        cells = [code("import tools"), solved(solution, "scale"), test]
        assert brought(folder, write(folder / "ps.ipynb", cells)).exit_code == 0
        assert result(folder, "ps") == {"scale": 1}


def test_an_assignment_without_a_title_is_called_after_its_file(tmp_path: Path) -> None:
    """The heading of a part is none of the whole."""
    cells = [text("## Part A"), solved(DOUBLE, "d"), graded("assert double(1) == 2", "two", 1)]
    assert brought(tmp_path, write(tmp_path / "ps_one.ipynb", cells)).exit_code == 0
    config = (tmp_path / "reference" / "ps_one" / "assignment.toml").read_text("utf-8")
    assert 'title = "ps one"' in config


def test_files_that_cells_read_lie_beside_notebooks(tmp_path: Path) -> None:
    """They are the assignment's, and students' notebooks find them where they run.

    A value that nobody marked, and that a test asks for, is the students' own.
    """
    (tmp_path / "data.csv").write_text("name,score\nA,50\nB,70\n", "utf-8")
    cells = [
        code("import pandas as pd"),
        code("df = pd.read_csv('data.csv')\nbest = df['score'].max()"),
        code("assert best == 70"),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 0
    assert "1 of 1 tests are checks" in ended.output
    path = tmp_path / "reference" / "ps" / "solution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[1].source.split("\n")[1:] == [
        "### BEGIN SOLUTION",
        "best = df['score'].max()",
        "### END SOLUTION",
    ]
    assignment = load(path.parent)
    assert assignment.config.files == ("data.csv",)
    assert grade(read(path), assignment, Options()).score == 1


def test_a_solution_may_be_a_whole_cell_of_otters(tmp_path: Path) -> None:
    """And what is for its author alone is in no notebook."""
    solution = (
        "# BEGIN SOLUTION\ndef double(x):\n    # BEGIN IGNORE\n    print(x)\n    # END IGNORE\n"
        "    return 2 * x\n# END SOLUTION"
    )
    cells = [
        *[raw("# BEGIN QUESTION\nname: q1"), text("**Question 1.** Write `double`.")],
        *[raw("# BEGIN SOLUTION"), code(solution), raw("# END SOLUTION")],
        *[raw("# BEGIN TESTS"), code("double(2)", "4"), raw("# END TESTS"), raw("# END QUESTION")],
    ]
    assert brought(tmp_path, write(tmp_path / "lab.ipynb", cells)).exit_code == 0
    notebook = nbformat.read(tmp_path / "reference" / "lab" / "solution.ipynb", as_version=4)
    assert "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION" in [
        cell.source for cell in notebook.cells
    ]
    (exercise,) = load(tmp_path / "reference" / "lab").exercises
    assert (exercise.id, exercise.title) == ("q1", "Question 1")


def test_a_name_that_is_bound_anew_below_is_told(tmp_path: Path) -> None:
    """A test of what it was before does not hold of what it is at the end."""
    value = "### BEGIN SOLUTION\nx = 2\n### END SOLUTION"
    cells = [solved(value, "x"), graded("assert x == 2", "t", 1), code("x = 5")]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert "cell 3 binds `x` anew, and it is asked for as it is at the end." in ended.output


@pytest.mark.parametrize("old", [(), ("data.csv",)])
def test_importing_again_names_new_files(tmp_path: Path, old: tuple[str, ...]) -> None:
    """What the source reads since lies beside notebooks too; other settings stay as they were."""
    for name in ("data.csv", "more.csv"):
        (tmp_path / name).write_text("a\n1\n", "utf-8")
    reading = [code(f"{name[:4]} = pd.read_csv('{name}')") for name in (*old, "more.csv")]
    test = [solved(DOUBLE, "d"), graded("assert double(1) == 2", "t", 1)]
    first = [code("import pandas as pd"), *reading[: len(old)], *test]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", first)).exit_code == 0
    config = tmp_path / "reference" / "ps" / "assignment.toml"
    config.write_text(f"# Mine.\n{config.read_text('utf-8')}", "utf-8")
    seed = load(config.parent).config.seed
    second = [code("import pandas as pd"), *reading, *test]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", second)).exit_code == 0
    found = load(config.parent).config
    assert (set(found.files), found.seed) == ({*old, "more.csv"}, seed)
    assert "# Mine." in config.read_text("utf-8")
    assert 'Its `files` name "more.csv" as well.' in report(tmp_path, "ps")


def test_what_holds_before_anything_is_written_is_left_to_a_person(tmp_path: Path) -> None:
    """Nobody has points for what was handed out, be it a text or a function."""
    solution = "answer = ''\n### BEGIN SOLUTION\nanswer = 'all of it'\n### END SOLUTION"
    cells = [
        *[code("import numpy as np"), solved(DOUBLE, "d"), solved(solution, "words")],
        graded("assert callable(double)", "there", 1),
        graded("assert isinstance(answer, str)", "text", 1),
        graded("assert isinstance(answer, str) and len(answer) > 3", "long", 1),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert "1 of 3 tests are checks" in ended.output
    assert ended.output.count("it holds for the notebook as students get it") == 2


@pytest.mark.parametrize(
    ("test", "right", "wrong"),
    [
        ("assert_is_not_none(answer(1))", "[x]", "None"),
        ("assert_is_none(answer(1))", "None", "[x]"),
        ("assert_is_instance(answer(1), Ridge, 'a model')", "Ridge()", "Lasso()"),
        ("assert_not_is_instance(answer(1), Ridge)", "Lasso()", "Ridge()"),
        ("assert_is(answer(1) or None, None, msg='nothing')", "0", "x"),
        ("assert_is_not(answer(1), None)", "[x]", "None"),
        ("assert_is_not(answer('title'), '')", "x", "''"),
    ],
)
def test_which_object_something_is_is_asked_of_itself(
    tmp_path: Path, test: str, right: str, wrong: str
) -> None:
    """`assertIsNotNone` and its like look at what the notebook has, not at what stands for it."""
    named = ", ".join(sorted({"assert_is_none", test.partition("(")[0]}))
    given = f"from nose.tools import {named}\nfrom sklearn.linear_model import Lasso, Ridge"
    solution = f"def answer(x):\n    ### BEGIN SOLUTION\n    return {right}\n    ### END SOLUTION"
    cells = [code(given), solved(solution, "answer"), graded(test, "t", 1)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert result(tmp_path, "ps") == {"answer": 1}
    assert result(tmp_path, "ps", (f"return {right}", f"return {wrong}")) == {"answer": 0}
    patching = (
        "import Lasso, Ridge",
        r"import Lasso, Ridge\nimport builtins, unittest\nbuiltins.isinstance = lambda *a: True\n"
        r"for each in dir(unittest.TestCase):\n    if each.startswith('assert'):\n"
        r"        setattr(unittest.TestCase, each, lambda *a, **k: None)",
    )
    wrong_and_patching = ((f"return {right}", f"return {wrong}"), patching)
    assert result(tmp_path, "ps", *wrong_and_patching) == {"answer": 0}


def test_a_line_of_python_may_begin_with_a_remainder(tmp_path: Path) -> None:
    """What looks like a magic within an expression, or within a text, is none."""
    test = "text = ('%g times'\n        % double(2))\nassert text == '4 times', '''\n%d\n!ls'''"
    magic = "x = !ls\nassert double(2) == 4"
    cells = [solved(DOUBLE, "d"), graded(test, "t", 1), graded(magic, "magic", 1)]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert "1 of 2 tests are checks" in ended.output
    assert "it has magics or commands of a terminal." in ended.output
    assert result(tmp_path, "ps", ("return 2 * x", "return x")) == {"d": 0}


def test_data_is_drawn_as_the_notebook_draws_it(tmp_path: Path) -> None:
    """What students are given of random numbers is what it is in the notebook: a seed is kept."""
    given = "import random\nrandom.seed(4)\nfirst = [random.random() for _ in range(3)]"
    later = "second = [random.randint(1, 99) for _ in range(4)]"
    drawn: dict[str, list[float]] = {}
    exec(f"{given}\n{later}", drawn)  # noqa: S102 - it is written here
    first, second = sum(drawn["first"]), sum(drawn["second"])
    cells = [
        *[code(given), code(later), solved(DOUBLE, "d")],
        graded(f"assert double(sum(second)) == {2 * second}", "second", 1),
        graded(f"assert abs(double(sum(first)) - {2 * first}) < 1e-9", "first", 1),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert result(tmp_path, "ps") == {"d": 2}
    assert result(tmp_path, "ps", ("return 2 * x", "return 3 * x")) == {"d": 0}


def test_where_a_notebook_asks_where_it_runs_its_solution_is_found(tmp_path: Path) -> None:
    """`get_ipython()` and `display` are there for the reference as they are for a student."""
    asking = "in_colab = 'google.colab' in str(get_ipython())\nif in_colab:\n    !pip install x"
    solution = "### BEGIN SOLUTION\nrates = [1, 2] if not in_colab else []\n### END SOLUTION"
    cells = [
        *[code(asking), solved(f"{solution}\ndisplay(rates)", "rates")],
        graded("assert rates == [1, 2]", "t", 1),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert result(tmp_path, "ps") == {"rates": 1}
    assert result(tmp_path, "ps", ("[1, 2] if", "[2, 1] if")) == {"rates": 0}


def test_a_hidden_part_that_asks_nothing_takes_no_points(tmp_path: Path) -> None:
    """What its author keeps there to draw expected values costs nobody the points of the rest."""
    kept = "def generated(n):\n    print([double(i) for i in range(n)])\n\n# generated(3)"
    test = f"assert double(1) == 2\n### BEGIN HIDDEN TESTS\n{kept}\n### END HIDDEN TESTS"
    cells = [solved(DOUBLE, "d"), graded(test, "t", 2)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert "generated" not in checks(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"d": 2}
    assert result(tmp_path, "ps", ("return 2 * x", "return x")) == {"d": 0}


def test_an_answer_that_stands_above_is_left_to_a_person(tmp_path: Path) -> None:
    """What a demonstration gives away above gives nobody points who leaves the copy unwritten."""
    shown = code("def double(x):\n    return x + x")
    cells = [shown, solved(DOUBLE, "d"), graded("assert double(1) == 2", "t", 1)]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 1
    assert "it holds for the notebook as students get it, whatever they write" in ended.output


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("with open('n.txt', 'w') as f:\n    f.write('3')\nassert kept('n.txt')", "writes a file"),
        ("from pathlib import Path\nPath('n').write_text('3')\nassert kept('n')", "writes a file"),
        ("np.save('n.npy', [3])\nassert kept('n.npy')", "writes a file by `np.save`"),
        ("kept('n.txt')\nassert open('n.txt').read() == '1'", "reads `n.txt`, which is not beside"),
    ],
)
def test_files_that_two_processes_would_share_are_left_to_a_person(
    tmp_path: Path, test: str, why: str
) -> None:
    """What a test writes, the student's code does not find, nor a test what that code writes."""
    solution = """def kept(path):
    ### BEGIN SOLUTION
    with open(path, "w") as file:
        return file.write("1")
    ### END SOLUTION"""
    cells = [code("import numpy as np"), solved(solution, "kept"), graded(test, "t", 1)]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert f"it {why}" in ended.output
    assert not Path("n.txt").exists()


def test_a_file_beside_the_notebook_is_read_by_tests(tmp_path: Path) -> None:
    """A test may read what is handed out; a function of the student's may be called `save`."""
    (tmp_path / "n.txt").write_text("4", "utf-8")
    solution = "def save(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    test = "with open('n.txt') as f:\n    assert save(2) == int(f.read())\nassert save('a') == 'aa'"
    cells = [code("open('n.txt').read()"), solved(solution, "save"), graded(test, "t", 1)]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    assert result(tmp_path, "ps") == {"save": 1}


def test_what_students_are_shown_above_hidden_tests_is_no_test(tmp_path: Path) -> None:
    """A comment and a comparison that nothing asserts leave the points to what is hidden."""
    hidden = "### BEGIN HIDDEN TESTS\nassert double(n) == 8\n### END HIDDEN TESTS\ndouble(2) == 4"
    commented = (
        "# Keep this cell.\n### BEGIN HIDDEN TESTS\nassert double(1) == 2\n### END HIDDEN TESTS"
    )
    cells = [
        solved(DOUBLE, "d"),
        graded(f"n = 4\n{hidden}", "shown", 1),
        graded(commented, "commented", 1),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert "2 of 2 tests are checks, 2 points" in ended.output
    assert "with a change" not in report(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"d": 2}
    assert result(tmp_path, "ps", ("return 2 * x", "return 3 * x")) == {"d": 0}


WATCHED = {
    "what is printed": "from unittest.mock import patch\nwith patch('builtins.print') as shown:\n"
    "    greet('Ada')\nshown.assert_called_once_with('Hello', 'Ada')",
    "answers": "from unittest import mock\n"
    "with mock.patch('builtins.input', side_effect=['1', '2']) as asked:\n"
    "    assert asks() == [1, 2]\nassert asked.call_count == 2",
    "a helper": "from unittest.mock import patch\n"
    "with patch('__main__.double', return_value=5) as doubled:\n"
    "    assert total([1, 2]) == 10\n    assert doubled.call_args_list[0].args == (1,)",
}
GREET = """def greet(name):
    ### BEGIN SOLUTION
    print("Hello", name)
    ### END SOLUTION"""


def test_what_is_put_in_a_place_tells_how_it_was_called(tmp_path: Path) -> None:
    """`with patch(...) as m` replaces it where the students' code runs, and asks it outside."""
    cells = [
        solved(DOUBLE, "d"),
        solved(RELYING, "relying"),
        solved(GREET, "greet"),
        *(graded(test, name, 1) for name, test in WATCHED.items()),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 0, ended.output
    assert "    with replaced(code, 'builtins.print', mocked(code)) as shown:\n" in checks(
        tmp_path, "ps"
    )
    assert result(tmp_path, "ps") == {"greet": 3}
    assert result(tmp_path, "ps", ('print(\\"Hello\\", name)', "return name")) == {"greet": 2}
    once = ('int(input(\\"b\\"))', "2")
    assert result(tmp_path, "ps", once) == {"greet": 2}
    own = ("sum(map(double, values))", "2 * sum(values)")
    assert result(tmp_path, "ps", own) == {"greet": 2}


SHAPE = """from abc import ABC, abstractmethod

class Shape(ABC):
    ### BEGIN SOLUTION
    def __init__(self, sides):
        self.sides = sides

    @abstractmethod
    def area(self):
        pass

    def twice(self):
        return 2 * self.area()
    ### END SOLUTION"""
DERIVED = """class Square(Shape):
    def __init__(self, side):
        super().__init__([side])

    def area(self):
        return np.square(self.sides[0])

square = Square(3)
assert square.area() == 9
assert square.twice() == 18
assert isinstance(square, Shape)"""


def test_a_class_that_derives_from_the_students_is_made_where_that_is(tmp_path: Path) -> None:
    """Its source goes there; what is asserted of its objects does not."""
    cells = [
        code("import numpy as np"),
        solved(SHAPE, "shape"),
        graded(
            "try:\n    Shape([1])\n    assert False\nexcept TypeError:\n    pass", "abstract", 1
        ),
        graded(DERIVED, "derived", 1),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 0, ended.output
    assert "with a change" not in report(tmp_path, "ps")
    assert result(tmp_path, "ps") == {"shape": 2}
    assert result(tmp_path, "ps", ("2 * self.area()", "3 * self.area()")) == {"shape": 1}
    assert result(tmp_path, "ps", ("    @abstractmethod\\n", "")) == {"shape": 1}
