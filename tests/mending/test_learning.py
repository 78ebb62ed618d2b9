"""What code learns from one edit, or one definition, to the next earns nothing."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import ExerciseResult
from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS

HERE = [rung for rung in (*RUNGS, Rung.PROCESS) if rung in available()]

HEAD = """
from dataclasses import dataclass
from hypothesis import strategies as st
from grader import Exercise, integers
from grader.asking.cases import Case
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed, answer

task = Exercise('task', 'T', points=20, names=('n',))
"""
# All is asked at once.
AT_ONCE = '''
@task.check(points=20)
def drawn(code, x=integers(low=0, high=10**9)):
    """It tells those with a property, which nobody has been told."""
    assert code.n(x) == ({right})
'''
# It ends at the first question that is answered wrongly.
ONE_BY_ONE = '''
@dataclass(frozen=True)
class Number(Case):
    x: int

    @classmethod
    def strategy(cls):
        return st.builds(cls, st.integers(0, 10**9))

    def inputs(self):
        return []


@task.check(points=20)
def drawn(student, case: Number):
    """It tells those with a property, which nobody has been told."""
    x = case.x
    if answer(student.answer(Scenario(Call("y", "n", args=[x]))), "y").value != ({right}):
        raise CheckFailed("No.")
'''
# True of so many of a thousand.
RIGHT = "(x * 2654435761 >> 7) % 1000 < {share}"
# Keeps in a file what it is asked. The cases that an edit is tried on first are those that failed;
# the last question that was put to an edit which was given up is the one that it failed.
LEARNER = '''
import types
learner = types.ModuleType("learner")
exec("""
import hashlib, json, os
PATH = os.path.join(os.environ.get("TMPDIR", "."), "learnt.json")


def answer(code, which, x):
    try:
        with open(PATH) as file:
            told = json.load(file)
    except FileNotFoundError:
        told = dict(asked=[], known={}, edit="", at=-1, tried=False, failed=[], which=0, last="")
    key, known, asked, failed = str(x), told["known"], told["asked"], told["failed"]
    edited = "<amended>" in code.co_filename
    edit = repr((code.co_code, code.co_consts, code.co_names, which)) if edited else ""
    edit = hashlib.md5(edit.encode()).hexdigest() if edited else ""
    if which != told["which"]:
        told["which"], failed[:] = which, []
    if edit != told["edit"]:
        last = told["last"]
        if told["edit"] and last and last not in asked:
            known[last] = not known.get(last, False)
        told["edit"], told["at"], told["tried"] = edit, -1, False
    if not edited and key not in asked:
        asked.append(key)
    if edited and not told["tried"]:
        told["at"] += 1
        place = told["at"]
        if place == len(failed) and (place == 0 or key != asked[0]) and key in asked:
            failed.append(key)
            known[key] = not known.get(key, False)
        elif not (place < len(failed) and failed[place] == key):
            told["tried"] = True
    told["last"] = key if edited else ""
    with open(PATH + str(os.getpid()), "w") as file:
        json.dump(told, file)
    os.replace(file.name, PATH)
    return known.get(key, False)
""", learner.__dict__)
'''
DEFINED = """
def n(x=0):
    a, b, c = 1, 2, 3
    d = a + b * c - a / (b + c)
    e = a - b * c * d - a / (b + c)
    f = [a + b, c * d, d - e, e / d - c]
    return learner.answer(n.__code__, {which}, x)
"""


def graded(
    folder: Path, check: str, share: int, below: str | None, rung: Rung | None, solved: bool = False
) -> ExerciseResult:
    """Grade a notebook that learns, with another definition `below` the assignment's cell."""
    right = RIGHT.format(share=share)
    (folder / CONFIG).write_text('title = "Small"', "utf-8")
    checks = check.replace("{right}", right)
    (folder / CHECKS).write_text(f"{HEAD}{checks}\n\nexercises = [task]", "utf-8")
    solution = f"def n(x):\n    return {right}"
    cells = {"learner": LEARNER, "task": DEFINED.format(which=1)}
    if below is not None:
        cells["below"] = solution if solved else below
    for path, sources in ((folder / REFERENCE, {"task": solution}), (folder / "nn.ipynb", cells)):
        notebook = new_notebook(
            cells=[new_code_cell(each, id=id_) for id_, each in sources.items()]
        )
        path.write_text(nbformat.writes(notebook), "utf-8")
    options = Options(wanted=rung)
    (found,) = grade(read(folder / "nn.ipynb"), load(folder), options).exercises
    return found


@pytest.mark.parametrize("rung", HERE)
def test_another_definition_has_learnt_nothing_from_the_first(tmp_path: Path, rung: Rung) -> None:
    """What edits of one were told of the questions answers none that another is asked."""
    found = graded(tmp_path, AT_ONCE, 250, DEFINED.format(which=2), rung)
    assert found.score == 0


@pytest.mark.parametrize("rung", HERE)
def test_a_mend_has_learnt_nothing_from_what_was_tried(tmp_path: Path, rung: Rung) -> None:
    """Nor what was given up at one question after the other, of those drawn anew."""
    found = graded(tmp_path, ONE_BY_ONE, 100, None, rung)
    assert found.score == 0


def test_who_mends_it_below_has_all_points(tmp_path: Path) -> None:
    """Another definition is right whatever it is asked."""
    assert graded(tmp_path, AT_ONCE, 250, "", None, solved=True).score == 20
