"""Notebooks without any system's marks, and files of tests beside them."""

from pathlib import Path

import nbformat

from grader.assignment.loading import load
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.importing.sources import brought, checks, code, report, text, write
from tests.importing.test_habits import result

DOUBLE = "def double(x):\n    return 2 * x"
CASE = """class TestDouble(unittest.TestCase):
    factor = 2

    def setUp(self):
        self.values = [1, 2]

    def expected(self, x):
        return self.factor * x

    def test_values(self):
        \"\"\"Doubles each.\"\"\"
        for x in self.values:
            self.assertEqual(double(x), self.expected(x))

    def test_refuses(self):
        with self.assertRaises(TypeError):
            double({})"""


def test_a_cell_may_define_what_it_asserts(tmp_path: Path) -> None:
    """It is divided, unless what it defines helps to test something else."""
    helping = "def close(a, b):\n    return abs(a - b) < 1e-9\n\nassert close(double(1), 2)"
    cells = [
        text("# Lab"),
        code("import math\nx = 3"),
        code(f"{DOUBLE}\n\n\nassert double(x) == 6\nassert double(1) == 2"),
        code(helping),
    ]
    assert brought(tmp_path, write(tmp_path / "lab.ipynb", cells)).exit_code == 0
    path = tmp_path / "reference" / "lab" / "solution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert [cell.source for cell in notebook.cells[2:]] == [
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
        "assert double(x) == 6\nassert double(1) == 2",
        helping,
    ]
    assert result(tmp_path, "lab") == {"double": 2}
    assert result(tmp_path, "lab", ("return 2 * x", "return 3 * x")) == {"double": 0}


def test_each_method_of_a_class_of_tests_is_a_check(tmp_path: Path) -> None:
    """With what prepares it, and the helpers of its class, in a cell as in a file."""
    (tmp_path / "test_lab.py").write_text(
        f"import unittest\nfrom lab import double\n\n\n{CASE}\n", "utf-8"
    )
    lab = [text("# Lab"), code(DOUBLE)]
    cells = [
        *lab,
        code("import unittest"),
        code(CASE),
        code("unittest.main(argv=[''], exit=False)"),
    ]
    of_cell = write(tmp_path / "cell.ipynb", cells)
    of_file = write(tmp_path / "file.ipynb", lab)
    assert brought(tmp_path, of_cell).exit_code == 0
    assert brought(tmp_path, of_file, tmp_path / "test_lab.py").exit_code == 0
    for name in ("cell", "file"):
        assert '"""Doubles each."""' in checks(tmp_path, name)
        (exercise,) = load(tmp_path / "reference" / name).exercises
        assert [each.id for each in exercise.checks] == ["test_values", "test_refuses"]
        assert result(tmp_path, name) == {exercise.id: 2}
        assert result(tmp_path, name, ("return 2 * x", "return x + x + 0 * x")) == {exercise.id: 2}
        assert result(tmp_path, name, ("return 2 * x", "return 3")) == {exercise.id: 0}


def test_what_pytest_gives_a_test_one_by_one_a_loop_does(tmp_path: Path) -> None:
    """A fixture is left to a person."""
    (tmp_path / "test_lab.py").write_text(
        "import pytest\n\nCASES = [(1, 2), (2, 4)]\n\n\n"
        '@pytest.mark.parametrize("x, expected", CASES)\n'
        '@pytest.mark.parametrize("sign", [1, -1])\n'
        "def test_double(x, expected, sign):\n    assert double(sign * x) == sign * expected\n\n\n"
        "def test_file(tmp_path):\n    assert double(tmp_path) is None\n",
        "utf-8",
    )
    source = write(tmp_path / "lab.ipynb", [text("# Lab"), code(DOUBLE)])
    ended = brought(tmp_path, source, tmp_path / "test_lab.py")
    assert "1 of 2 tests are checks" in ended.output
    assert "    for x, expected in CASES:\n        for sign in [1, -1]:\n" in checks(
        tmp_path, "lab"
    )
    assert "What pytest gives it one by one, a loop does." in report(tmp_path, "lab")
    path = tmp_path / "reference" / "lab" / "solution.ipynb"
    assert grade(read(path), load(path.parent), Options()).score == 1
    assert result(tmp_path, "lab", ("return 2 * x", "return 2 * abs(x)")) == {"double": 0}


def test_tests_may_take_what_they_test_by_themselves(tmp_path: Path) -> None:
    """An `import` of the notebook's own names within a test is asking the notebook for them."""
    write(tmp_path / "solution.ipynb", [code("import numpy as np"), code(DOUBLE)])
    tests = tmp_path / "test_lab.py"
    tests.write_text(
        "import random\n\n\ndef test_double():\n    from code import double\n\n"
        "    for _ in range(3):\n        x = random.randint(-9, 9)\n"
        "        assert double(x) == 2 * x\n",
        "utf-8",
    )
    assert brought(tmp_path, tmp_path / "solution.ipynb", tests).exit_code == 0
    assert "from code" not in checks(tmp_path, "solution")
    assert result(tmp_path, "solution") == {"double": 1}
    assert result(tmp_path, "solution", ("2 * x", "3 * x")) == {"double": 0}


def test_a_test_may_begin_with_another_one(tmp_path: Path) -> None:
    """What `self.test_fit()` does is done, and is still a check of its own."""
    fitting = """import unittest


class TestModel(unittest.TestCase):
    def setUp(self):
        self.model = Model()

    def test_fit(self):
        self.model.fit(2)

    def test_predict(self):
        self.test_fit()
        self.assertEqual(self.model.predict(), 4)
"""
    model = """class Model:
    def fit(self, x):
        self.x = x

    def predict(self):
        return 2 * self.x"""
    (tmp_path / "test_lab.py").write_text(fitting, "utf-8")
    source = write(tmp_path / "solution.ipynb", [code(model)])
    ended = brought(tmp_path, source, tmp_path / "test_lab.py")
    assert "2 of 2 tests are checks" in ended.output
    assert result(tmp_path, "solution") == {"model": 2}
    assert result(tmp_path, "solution", ("self.x = x", "self.x = 1")) == {"model": 1}


def test_asserts_within_a_solution_are_no_test(tmp_path: Path) -> None:
    """The cell is what students complete: they could write anything for what it asserts."""
    loop = """total = 0
for x in [1, 2]:
    # BEGIN SOLUTION
    total += 2 * x
    # END SOLUTION
    assert total >= 0"""
    ended = brought(
        tmp_path, write(tmp_path / "lab.ipynb", [code(loop), code("assert total == 6")])
    )
    assert "1 of 1 tests are checks" in ended.output
    assert sum(result(tmp_path, "lab").values()) == 1
    assert sum(result(tmp_path, "lab", ("2 * x", "3 * x")).values()) == 0
