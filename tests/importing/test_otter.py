"""Otter's assignments, in its source format and as students get them, brought over."""

from pathlib import Path

import nbformat
import pytest

from grader.assignment.loading import load
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.grading import scores
from tests.importing.sources import brought, checks, code, raw, report, text, write

SOURCE = [
    raw("# ASSIGNMENT CONFIG\nname: lab01"),
    code("import numpy as np\nimport pandas as pd"),
    text("# Lab 1"),
    raw("# BEGIN QUESTION\nname: q1\npoints: 2"),
    text("## Question 1\n\nWrite `square`."),
    raw("# BEGIN SOLUTION"),
    code("def square(x):\n    y = x * x # SOLUTION\n    return y # SOLUTION"),
    raw("# END SOLUTION"),
    raw("# BEGIN TESTS"),
    code("square(1) == 1", "True"),
    code("# HIDDEN\nint(square(2.5))", "6"),
    code(
        '""" # BEGIN TEST CONFIG\npoints: 0.5\nhidden: true\n'
        'failure_message: Squares of arrays are arrays\n""" # END TEST CONFIG\n'
        "np.allclose(square(np.arange(3)), [0, 1, 4])",
        "True",
    ),
    raw("# END TESTS"),
    raw("# END QUESTION"),
    raw("# BEGIN QUESTION\nname: q2\nmanual: true\npoints: 3"),
    text("## Question 2\n\nWhy?"),
    raw("# BEGIN SOLUTION"),
    text("Because."),
    raw("# END SOLUTION"),
    raw("# END QUESTION"),
    raw("# BEGIN QUESTION\nname: q3"),
    text("## Question 3"),
    raw("# BEGIN PROMPT"),
    code("mean = ..."),
    raw("# END PROMPT"),
    raw("# BEGIN SOLUTION"),
    code("table = pd.DataFrame({'a': [1, 2]})\nmean = table['a'].mean()"),
    raw("# END SOLUTION"),
    raw("# BEGIN TESTS"),
    code("mean", "np.float64(1.5)"),
    code("table.shape", "(2, 1)"),
    raw("# END TESTS"),
    raw("# END QUESTION"),
]

OK = """OK_FORMAT = True

test = {
    'name': 'q1',
    'points': [1, 2],
    'suites': [{
        'cases': [
            {'code': '>>> double(2)\\n4', 'hidden': False, 'locked': False},
            {
                'code': '>>> x = double(3)\\n>>> bool(x == 6)\\nTrue',
                'hidden': True,
                'locked': False,
            },
        ],
        'scored': True,
        'setup': '',
        'teardown': '',
        'type': 'doctest',
    }],
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the assignment `lab01` was brought to."""
    folder = tmp_path_factory.mktemp("otter")
    assert brought(folder, write(folder / "lab01.ipynb", SOURCE)).exit_code == 0
    return folder


def test_every_test_of_a_question_is_a_check(folder: Path) -> None:
    """With its share of the points, its message, and whether it is hidden."""
    assignment = load(folder / "reference" / "lab01")
    told = [
        (each.id, each.points, each.public)
        for exercise in assignment.exercises
        for each in exercise.checks
    ]
    # Twice what they were: 0.75, 0.75 and 0.5, then 3, then a half each.
    assert told == [
        *[("q1_1", 1.5, True), ("q1_2", 1.5, False), ("q1_3", 1, False)],
        *[("answer", 6, True), ("q3_1", 1, True), ("q3_2", 1, True)],
    ]
    titles = [each.title for each in assignment.exercises[0].checks]
    assert titles[2] == "Squares of arrays are arrays."


def test_what_is_printed_becomes_an_assert(folder: Path) -> None:
    """The report shows each: an expression has to come to what stood below it."""
    source = checks(folder, "lab01")
    assert "assert int(square(2.5)) == 6" in source
    assert "assert mean == 1.5" in source
    told = report(folder, "lab01").partition("## Taken over as it is")[2]
    below = told.partition("What is printed has to be `6`.")[2]
    assert "assert int(square(2.5)) == 6" in below.partition("\n- ")[0]


def test_solutions_are_marked_and_prompts_left_out(folder: Path) -> None:
    """Lines and cells of a solution stand between our markers."""
    notebook = nbformat.read(folder / "reference" / "lab01" / "solution.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells]
    assert (
        "def square(x):\n    ### BEGIN SOLUTION\n    y = x * x\n    return y\n    ### END SOLUTION"
    ) in sources
    assert not any("..." in each or "SOLUTION\n#" in each for each in sources)
    # What is hidden is in no cell.
    assert not any("2.5" in each for each in sources)


def test_it_is_graded(folder: Path) -> None:
    """The solution gets its points, and a wrong answer loses those of its question."""
    path = folder / "reference" / "lab01" / "solution.ipynb"
    assignment = load(path.parent)
    assert scores(grade(read(path), assignment, Options())) == {"q1": 4, "q2": 0, "q3": 2}
    wrong = path.read_text("utf-8").replace("x * x", "x * 3")
    submission = folder / "submission.ipynb"
    submission.write_text(wrong, "utf-8")
    assert scores(grade(read(submission), assignment, Options())) == {"q1": 0, "q2": 0, "q3": 2}


def test_tests_in_files_beside_a_solved_notebook(tmp_path: Path) -> None:
    """`grader.check("q1")` stands for those in `tests/q1.py`; Otter's own cells are left out."""
    cells = [
        code('# Initialize Otter\nimport otter\ngrader = otter.Notebook("ok.ipynb")'),
        text("**Question 1**"),
        code("def double(x):\n    return 2 * x"),
        code('grader.check("q1")'),
    ]
    source = write(tmp_path / "lab" / "ok.ipynb", cells)
    (source.parent / "tests").mkdir()
    (source.parent / "tests" / "q1.py").write_text(OK, "utf-8")
    assert brought(tmp_path, source).exit_code == 0
    (exercise,) = load(tmp_path / "reference" / "ok").exercises
    assert [(each.points, each.public) for each in exercise.checks] == [(1, True), (2, False)]
    notebook = nbformat.read(tmp_path / "reference" / "ok" / "solution.ipynb", as_version=4)
    assert not any("otter" in cell.source.casefold() for cell in notebook.cells)


def test_the_students_notebook_tells_what_is_a_solution(tmp_path: Path) -> None:
    """What it does not have is what students write, be it a function or a value."""
    given = [text("# Lab"), code("data = [1, 2, 3]"), code("def half(x):\n    return x / 2")]
    asserts = code("assert total == 6\nassert double(2) == 4\nassert half(2) == 1")
    solved = [*given, code("total = sum(data)"), code("def double(x):\n    return 2 * x"), asserts]
    open_ = [*given, code("total = ..."), code("def double(x):\n    ..."), asserts]
    source = write(tmp_path / "solved.ipynb", solved)
    student = write(tmp_path / "student.ipynb", open_)
    assert brought(tmp_path, source, "--student", student).exit_code == 0
    notebook = nbformat.read(tmp_path / "reference" / "solved" / "solution.ipynb", as_version=4)
    marked = [cell.source for cell in notebook.cells if "BEGIN SOLUTION" in cell.source]
    assert marked == [
        "### BEGIN SOLUTION\ntotal = sum(data)\n### END SOLUTION",
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
    ]
    # The helper is the assignment's own: no student can change it there.
    assert "def half(x):" in checks(tmp_path, "solved")


def test_a_written_answer_without_a_solution_has_room(tmp_path: Path) -> None:
    """A manual question that says nothing of a right answer is an exercise for a person."""
    cells = [
        raw("# BEGIN QUESTION\nname: q6\nmanual: true\npoints: 5"),
        text("## Question 6\n\nWhy?"),
        raw("# END QUESTION"),
    ]
    assert brought(tmp_path, write(tmp_path / "lab.ipynb", cells)).exit_code == 0
    (exercise,) = load(tmp_path / "reference" / "lab").exercises
    assert exercise.manual
    assert exercise.points == 5


def test_the_former_format(tmp_path: Path) -> None:
    """Settings in a fenced block, and tests that begin with a comment."""
    prepared = "import numpy as np\nimport otter\ngrader = otter.Notebook()"
    cells = [
        text("```\nBEGIN ASSIGNMENT\ngenerate: true\n```"),
        text("# Lab 1"),
        code(prepared),
        text("**Question 1:** Write `double`.\n\n```\nBEGIN QUESTION\nname: q1\npoints: 2\n```"),
        code("def double(x):\n    return 2 * x # SOLUTION"),
        code("# TEST\ndouble(1)", "2"),
        code("## Hidden Test ##\nnp.allclose(double(np.ones(2)), 2)", "True"),
        text("No part of it."),
        text("Why?\n\n```\nBEGIN QUESTION\nname: q2\nmanual: true\n```"),
        text("**SOLUTION:** Because."),
    ]
    assert brought(tmp_path, write(tmp_path / "lab.ipynb", cells)).exit_code == 0
    assignment = load(tmp_path / "reference" / "lab")
    first, second = assignment.exercises
    assert [(each.points, each.public) for each in first.checks] == [(1, True), (1, False)]
    assert second.manual
    assert "cell 6 (`q1`): It is the check `q1_1`. What is printed has to be `2`." in report(
        tmp_path, "lab"
    )
    path = tmp_path / "reference" / "lab" / "solution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[1].source == "import numpy as np"
    assert not any("BEGIN QUESTION" in cell.source for cell in notebook.cells)
    assert scores(grade(read(path), assignment, Options()))["q1"] == 2


def test_a_question_may_be_all_or_nothing(tmp_path: Path) -> None:
    """Its points are for all tests, and of these students see the public ones."""
    cells = [
        raw("# BEGIN QUESTION\nname: q1\npoints: 3\nall_or_nothing: true"),
        *[raw("# BEGIN SOLUTION"), code("def double(x):\n    return 2 * x # SOLUTION")],
        *[raw("# END SOLUTION"), raw("# BEGIN TESTS"), code("double(1)", "2")],
        *[code("double(2)", "4"), code("# HIDDEN\ndouble(3)", "6"), raw("# END TESTS")],
        raw("# END QUESTION"),
    ]
    source = write(tmp_path / "lab.ipynb", cells)
    assert brought(tmp_path, source).exit_code == 0
    (exercise,) = load(tmp_path / "reference" / "lab").exercises
    told = [(each.id, each.points, each.public) for each in exercise.checks]
    assert told == [("q1_tests", 0, True), ("q1_tests_hidden", 3, False)]
    wrong = source.read_text("utf-8").replace("return 2 * x", "return 2 * min(x, 2)")
    path = tmp_path / "wrong.ipynb"
    path.write_text(wrong, "utf-8")
    assert grade(read(path), load(tmp_path / "reference" / "lab"), Options()).score == 0


SHOWN = """test = {'name': 'q', 'points': 1, 'suites': [{'type': 'doctest', 'cases': [{'code': r'''
>>> 'table' in vars()
True
>>> table
   a   b
0  1  10
1  2  20
'''}]}]}
"""


@pytest.mark.parametrize(
    ("prepared", "call"),
    [
        (
            "from client.api.notebook import Notebook\nok = Notebook('lab.ok')",
            "_ = ok.grade('q')",
        ),
        ("from gofer.ok import check", "check('tests/q.py')"),
    ],
)
def test_the_calls_of_ok_and_of_gofer_are_read_too(
    tmp_path: Path, prepared: str, call: str
) -> None:
    """They name tests as Otter's do; a table in one is compared as it is shown."""
    table = "table = pd.DataFrame({'a': [1, 2]})\ntable['b'] = table['a'] * 10"
    first = code(f"import pandas as pd\n\n# The testing system.\n{prepared}")
    every = "import os\n_ = [ok.grade(q[:-3]) for q in os.listdir('tests')]"
    source = write(tmp_path / "lab" / "ok.ipynb", [first, code(table), code(call), code(every)])
    student = write(tmp_path / "lab" / "lab.ipynb", [first, code("table = ..."), code(call)])
    (source.parent / "tests").mkdir()
    (source.parent / "tests" / "q.py").write_text(SHOWN, "utf-8")
    assert brought(tmp_path, source, "--student", student).exit_code == 0
    assignment = load(tmp_path / "reference" / "ok")
    assert "client" not in (tmp_path / "reference" / "ok" / "solution.ipynb").read_text("utf-8")
    for wrong, points in (("* 10", 1), ("* 20", 0)):
        handed = source.read_text("utf-8").replace("* 10", wrong)
        path = tmp_path / "handed.ipynb"
        path.write_text(handed, "utf-8")
        assert scores(grade(read(path), assignment, Options())) == {"exercise": points}


def test_points_are_parted_among_any_number_of_tests(tmp_path: Path) -> None:
    """One point for three tests and one for seven: all are as many times what they were."""
    (tmp_path / "tests").mkdir()
    for name, number in (("q1", 3), ("q2", 7)):
        cases = [{"code": f">>> {name}({each})\n{2 * each}"} for each in range(1, number + 1)]
        told = {"name": name, "points": 1, "suites": [{"cases": cases, "type": "doctest"}]}
        (tmp_path / "tests" / f"{name}.py").write_text(f"test = {told!r}\n", "utf-8")
    solved = [f"def {name}(x):\n    return 2 * x" for name in ("q1", "q2")]
    cells = [code(solved[0]), code('grader.check("q1")'), code(solved[1])]
    source = write(tmp_path / "lab.ipynb", [*cells, code('grader.check("q2")')])
    ended = brought(tmp_path, source)
    assert "10 of 10 tests are checks, 42 points" in ended.output
