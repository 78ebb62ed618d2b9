"""What `grader verify` remembers: nothing is judged twice, and nothing old is ever told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment.loading import PACKAGES, load
from grader.assignment.model import CHECKS, REFERENCE, Assignment
from grader.authoring.verify.afresh import import_afresh
from grader.authoring.verify.certificate import Certificate, to_json
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.verify import verify
from tests.notebooks import ROOT
from tests.verify.assignments import DOUBLE, HEAD, TRIPLE, mistake, variant, written

ONCE = mistake("once", code="def double(n):\n    return n")
SUM = variant("a sum", "def double(n):\n    return n + n")
HELPING = """
FACTOR = 2


def tell(n):
    return f"double({n}) is wrong."
"""
DECLARED = '''
from .helping import FACTOR, tell

double = Exercise("double", "Doubling", points=2, names=("double",))
triple = Exercise("triple", "Tripling", points=2, names=("triple",))


def asked(student, function, number):
    return array(student.answer(Scenario(Call("y", function, args=[number]))), "y")


@double.check(points=1)
def seven(student) -> None:
    """Twice seven."""
    if asked(student, "double", 7) != 7 * FACTOR:
        raise CheckFailed(tell(7))


@double.check(points=1)
def two(student) -> None:
    """Twice two."""
    if asked(student, "double", 2) != 4:
        raise CheckFailed("double(2) is wrong.")


@triple.check(points=2)
def thrice(student) -> None:
    """Thrice two."""
    if asked(student, "triple", 2) != 6:
        raise CheckFailed("triple(2) is wrong.")


exercises = [double, triple]
'''


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a cache folder of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of an assignment of two exercises with three checks."""
    place = written(tmp_path, cells=[DOUBLE, TRIPLE], mistakes=[ONCE], variants=[SUM]).folder
    (place / "helping.py").write_text(HELPING, "utf-8")
    (place / CHECKS).write_text(HEAD + DECLARED, "utf-8")
    return place


def loaded(folder: Path) -> Assignment:
    """Load an assignment as it lies there now."""
    for name in [each for each in sys.modules if each.startswith(PACKAGES)]:
        del sys.modules[name]
    import_afresh()
    return load(folder)


def verified(folder: Path, *, remembering: bool = True) -> tuple[Certificate, int]:
    """Verify what lies in a folder now; return what that proves, and how much was judged."""
    assignment = loaded(folder)
    memory = Memory.of(assignment) if remembering else Memory()
    certificate = verify(assignment, memory=memory, telling=False)
    judged = memory.news
    memory.close()
    return certificate, judged


def wrong(certificate: Certificate) -> list[str]:
    """Return the names of the candidates on which the verdict is wrong."""
    return [each.name for each in certificate.wrong]


def changed(path: Path, old: str, new: str) -> None:
    """Replace in a file what stands in it once."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), "utf-8")


def test_nothing_is_judged_twice(folder: Path) -> None:
    """The second proof is the first, byte for byte, and nothing was judged for it."""
    first, judged = verified(folder)
    assert judged > 0
    assert not first.wrong
    again, judged = verified(folder)
    assert judged == 0
    assert to_json(again) == to_json(first)


def test_only_the_check_that_was_changed_is_judged_again(folder: Path) -> None:
    """Nothing else is, and the proof is the one that is made from nothing."""
    _, all_of_it = verified(folder)
    changed(folder / CHECKS, 'raise CheckFailed("triple(2) is wrong.")', 'raise CheckFailed("No.")')
    again, judged = verified(folder)
    assert 0 < judged < all_of_it / 2
    assert to_json(again) == to_json(verified(folder, remembering=False)[0])


# By what is changed: the file, what stands there, what takes its place, and the holes that follow.
CHANGES = {
    "a check": (CHECKS, '"double", 2) != 4', '"double", 2) == 0', None),
    "a check that is stricter": (
        CHECKS,
        '"double", 2) != 4',
        '"double", 2) != 5',
        ["the reference"],
    ),
    "a helper in another module": ("helping.py", "FACTOR = 2", "FACTOR = 3", ["the reference"]),
    "a helper beside": (CHECKS, "args=[number]", "args=[number + 1]", ["the reference"]),
    "a mistake": ("mistakes.py", "    return n',", "    return 2 * n',", ["once"]),
    "a variant": ("mistakes.py", "return n + n", "return n - n", ["a sum"]),
    "the reference": (REFERENCE, "return 3 * n", "return 4 * n", ["the reference"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_judged_again(folder: Path, change: str) -> None:
    """What is told afterwards is what is told where nothing is remembered."""
    verified(folder)
    file, old, new, holes = CHANGES[change]
    changed(folder / file, old, new)
    again, _judged = verified(folder)
    assert to_json(again) == to_json(verified(folder, remembering=False)[0])
    if holes is not None:
        assert wrong(again) == holes


def test_a_mistake_that_is_added_is_told_apart_from_the_others(folder: Path) -> None:
    """Who is called what hangs on all known mistakes: none is named by those there were."""
    first, _ = verified(folder)
    assert [each.named for each in first.of("mistake")] == ["once"]
    changed(folder / "mistakes.py", "mistakes = [", f"mistakes = [{ONCE.replace('once', 'same')}, ")
    again, _ = verified(folder)
    assert [each.named for each in again.of("mistake")] == [None, None]


def test_other_questions_are_asked_anew(folder: Path) -> None:
    """The seed is in `assignment.toml`: with another one, all are judged again."""
    _, all_of_it = verified(folder)
    settings = folder / "assignment.toml"
    settings.write_text(settings.read_text("utf-8") + "seed = 7\n", "utf-8")
    assert verified(folder)[1] == all_of_it


READS = """
from pathlib import Path

FACTOR = 2
TOLD = Path(__file__).with_name("told.{suffix}").read_text("utf-8")


def tell(n):
    return TOLD
"""


@pytest.mark.parametrize("suffix", ["txt", "py"])
def test_a_file_that_checks_read_is_a_part_of_them(folder: Path, suffix: str) -> None:
    """Be it data, or code that is read as data: what it holds now is told."""
    (folder / "helping.py").write_text(READS.format(suffix=suffix), "utf-8")
    (folder / f"told.{suffix}").write_text("# Before.", "utf-8")
    strict = "raise CheckFailed(tell(7))"
    changed(folder / CHECKS, "!= 7 * FACTOR", "!= 3 * FACTOR")
    changed(folder / CHECKS, strict, f"pass\n    {strict}")
    first, _ = verified(folder)
    (folder / f"told.{suffix}").write_text("# Later.", "utf-8")
    again, _ = verified(folder)
    told = [each.candidates[0].wrong or "" for each in (first, again)]
    assert "Before." in told[0]
    assert "Later." in told[1]


STATEFUL = """\
def double(n):
    double.asked = getattr(double, "asked", 0) + 1
    return 2 * n if double.asked < 2 else n"""


def test_what_remembers_that_it_was_asked_is_judged_again_as_a_whole(folder: Path) -> None:
    """A candidate that answers otherwise the second time: no check of it is judged by itself."""
    changed(folder / "mistakes.py", "mistakes = [", f"mistakes = [{mistake('x', code=STATEFUL)}, ")
    first, _ = verified(folder)
    assert first.candidates[2].failed == ("double.two",)
    # Asked first, it would be right.
    changed(folder / CHECKS, "double(2) is wrong.", "double(2) is not it.")
    again, _ = verified(folder)
    assert again.candidates[2].failed == ("double.two",)


def test_a_proof_from_a_broken_cache_is_made_from_nothing(folder: Path, cache: Path) -> None:
    """What cannot be read, or what others could have written, is not believed."""
    first, all_of_it = verified(folder)
    (file,) = cache.rglob("tiny-*.json")
    file.write_text(file.read_text("utf-8")[:-9], "utf-8")
    assert verified(folder)[1] == all_of_it
    file.chmod(0o666)
    again, judged = verified(folder)
    assert judged == all_of_it
    assert to_json(again) == to_json(first)


def test_another_grader_judges_again(folder: Path, tmp_path: Path) -> None:
    """Whatever is changed in the grader's own code, nothing of before counts."""
    own = tmp_path / "own"
    shutil.copytree(ROOT / "grader", own / "grader", ignore=shutil.ignore_patterns("__pycache__"))

    def judged() -> str:
        code = (
            "from pathlib import Path; from tests.verify.test_remembering import verified; "
            f"print(verified(Path({str(folder)!r}))[1])"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (own, ROOT)))}
        call = [sys.executable, "-P", "-c", code]
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    first = judged()
    assert judged() == "0\n" != first
    with (own / "grader" / "text.py").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert judged() == first


def test_what_is_saved_meanwhile_is_not_remembered(folder: Path) -> None:
    """Nobody knows which of the two was judged: the next proof is made from nothing."""
    assignment = loaded(folder)
    memory = Memory.of(assignment)

    def save(done: int, _total: int) -> None:
        if done == 3:
            changed(folder / CHECKS, "Thrice two.", "Two, thrice.")

    verify(assignment, memory=memory, telling=False, progress=save)
    assert memory.news == 0
    assert not memory.asked
