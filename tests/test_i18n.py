"""Languages: students are spoken to in their own, and nothing is left in another."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.loading import load
from grader.authoring.translate import catalogue_file, gaps, template, update, updated
from grader.errors import AssignmentError, UsageError
from grader.i18n import (
    PACKAGE,
    SOURCE,
    _,
    _n,
    in_all,
    language,
    languages,
    of_metadata,
    require_known,
    spoken,
)
from grader.judging.judge import judge
from grader.subjects.reference import Reference
from tests.notebooks import ROOT

ASSIGNMENTS = sorted((ROOT / "reference").glob("*/"))
FOLDERS = [PACKAGE, *(each for each in ASSIGNMENTS if (each / "assignment.toml").is_file())]
CATALOGUES = [(folder, code) for folder in FOLDERS for code in languages()[1:]]
HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && '
    '(n%100<10 || n%100>=20) ? 1 : 2);\\n"\n\n'
)
MODULE = '''
"""A module that tells."""

from grader.i18n import _, _n, marked

TOLD = marked("Kept for later.")


def tell(count: int) -> str:
    """Tell."""
    return f"{_('In an f-string.')} {_n('{number} cat', '{number} cats', count)} " + _(
        "Of {what}.", what=count
    )
'''

COMPARED = '''
from grader import Exercise, floats, result

half = Exercise("half", "Half", points=1)
exercises = [half]


@half.compare(result(1, hint="Which half?"))
def halved(code, x=floats()):
    """`half` returns the half."""
    return code.half(x)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one module and an empty catalogue in Russian."""
    (tmp_path / "told.py").write_text(MODULE, "utf-8")
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "ru.po").write_text(HEAD, "utf-8")
    return tmp_path


def translated(folder: Path, **texts: str) -> None:
    """Write a catalogue with these translations of `_("Of {what}.")` or of what is named."""
    entries = "".join(f'msgid "{key}"\nmsgstr "{text}"\n\n' for key, text in texts.items())
    (folder / "locale" / "ru.po").write_text(HEAD + entries, "utf-8")


@pytest.mark.parametrize(("where", "code"), CATALOGUES, ids=lambda each: Path(str(each)).name)
def test_no_text_lacks_a_translation(where: Path, code: str) -> None:
    """Every text of the grader and of each assignment is there in every language."""
    lacking = [f"{gap.path}: {gap.message!r} {gap.reason}" for gap in gaps(where, code)]
    assert lacking == [], "call `make messages` and translate what it then names"


@pytest.mark.parametrize(("where", "code"), CATALOGUES, ids=lambda each: Path(str(each)).name)
def test_a_catalogue_holds_what_is_said_and_no_more(where: Path, code: str) -> None:
    """`grader translate` would change nothing: no text is out of date, none is left over."""
    same = catalogue_file(where, code).read_text("utf-8") == updated(where, code)
    assert same, f"{catalogue_file(where, code)} is out of date: call `make messages`"


def test_every_way_to_mark_a_text_is_found(folder: Path) -> None:
    """Texts in calls, in constants, in f-strings and in plurals all get into a catalogue."""
    found = {message.id for message in template(folder) if message.id}
    several = ("{number} cat", "{number} cats")
    assert found == {"Kept for later.", "In an f-string.", several, "Of {what}."}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not translated"),
        ("Без места.", "lacks a place"),
        ("С {whom}.", "other places"),
        ("С {what} и {whom}.", "other places"),
    ],
)
def test_a_bad_translation_is_told_of(folder: Path, text: str, reason: str) -> None:
    """One that is missing, or that would drop or misname a value, counts as none."""
    translated(folder, **{"Of {what}.": text})
    (gap,) = (each for each in gaps(folder, "ru") if each.message == "Of {what}.")
    assert reason in gap.reason


def test_a_catalogue_is_begun_and_kept_in_step(folder: Path) -> None:
    """What is translated stays, what is new comes in, what is gone goes."""
    translated(folder, **{"Of {what}.": "Из {what}.", "Gone.": "Ушло."})
    path, lacking = update(folder, "ru")
    text = path.read_text("utf-8")
    assert "Из {what}." in text
    assert "Gone." not in text
    assert {each.message for each in lacking} >= {"Kept for later.", "In an f-string."}
    assert update(folder, "ru")[0].read_text("utf-8") == text


def test_the_forms_of_a_plural_stay_in_the_order_of_their_file(folder: Path) -> None:
    """A catalogue keeps the formula that its translations were written by, whatever is usual."""
    formula = "nplurals=2; plural=(n!=1);"
    head = re.sub("nplurals[^\\\\]*", formula, HEAD)
    cats = 'msgid "{number} cat"\nmsgid_plural "{number} cats"\nmsgstr[0] "A"\nmsgstr[1] "B"\n'
    (folder / "locale" / "ru.po").write_text(head + cats, "utf-8")
    text = update(folder, "ru")[0].read_text("utf-8")
    assert f'"Plural-Forms: {formula}\\n"' in text
    assert text.rstrip().endswith('msgstr[0] "A"\nmsgstr[1] "B"')


def test_a_text_that_changed_is_looked_at_again(folder: Path) -> None:
    """Its former translation is kept for the translator, and not shown to students."""
    translated(folder, **{"Kept for later!": "На потом!"})
    update(folder, "ru")
    (gap,) = (each for each in gaps(folder, "ru") if each.message == "Kept for later.")
    assert "has changed" in gap.reason
    with spoken("ru", folder):
        assert _("Kept for later.") == "Kept for later."


def test_a_language_is_in_force_within_its_block_alone(folder: Path) -> None:
    """It ends with the block, and what a catalogue lacks stays English."""
    translated(folder, **{"Of {what}.": "Из {what}."})
    with spoken("ru", folder):
        assert _("Of {what}.", what=3) == "Из 3."
        assert _("Unknown {what}.", what=3) == "Unknown 3."
        assert language() == "ru"
    assert _("Of {what}.", what=3) == "Of 3."
    assert language() == SOURCE


def test_the_hint_of_a_compared_result_is_looked_up(tmp_path: Path) -> None:
    """It is in the assignment's catalogue, by the file that it stands in, and told in Russian."""
    (tmp_path / "assignment.toml").write_text('title = "Tiny"\n', "utf-8")
    (tmp_path / "solution.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()), "utf-8")
    (tmp_path / "checks.py").write_text(COMPARED, "utf-8")
    assert '#: checks.py\nmsgid "Which half?"' in updated(tmp_path, "ru")
    (tmp_path / "locale").mkdir()
    translated(tmp_path, **{"Which half?": "Какая половина?"})
    (exercise,) = load(tmp_path).exercises
    right, wrong = Reference({"half": lambda x: x / 2}), Reference({"half": lambda x: x})
    with spoken("ru", tmp_path):
        found = judge(exercise, student=wrong, reference=right, submission=None, seed=1)
    assert found.checks[0].hint == "Какая половина?"


def test_an_assignment_may_rely_on_what_the_grader_says(folder: Path) -> None:
    """A text of the grader's own needs no place in the catalogue of an assignment."""
    with spoken("ru", folder):
        assert _("accuracy") == "точность"


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 баллов"), (1, "1 балл"), (2, "2 балла"), (5, "5 баллов"), (11, "11 баллов"),
     (21, "21 балл"), (22.0, "22 балла"), (0.5, "0.5 балла")],
)  # fmt: skip
def test_numbers_are_counted_as_the_language_counts(number: float, told: str) -> None:
    """Russian has three forms, and a fraction takes the second."""
    with spoken("ru"):
        assert _n("{number} point", "{number} points", number) == told


@given(st.text())
def test_a_text_without_values_is_never_formatted(text: str) -> None:
    """Braces in what an assignment declares are braces."""
    assert _(text) == text


@pytest.mark.parametrize("code", ["xx", "../ru", "", "RU"])
def test_an_unknown_language_is_told_of(code: str) -> None:
    """The error says which there are, and what is said in spite of it is English."""
    with pytest.raises(UsageError, match="en, ru"):
        require_known(code)
    with spoken(code):
        assert _("accuracy") == "accuracy"


def test_a_file_that_is_no_python_is_told_of(folder: Path) -> None:
    """The error says where it lies; the catalogue stays as it was."""
    (folder / "broken.py").write_text("def broken(:\n", "utf-8")
    with pytest.raises(AssignmentError, match="cannot be read as Python"):
        update(folder, "ru")
    assert (folder / "locale" / "ru.po").read_text("utf-8") == HEAD


@pytest.mark.parametrize("broken", [b"msgid\xff", b'msgid "a"\nmsgid "b"\n', b"whatever\n"])
def test_a_broken_catalogue_is_told_of(folder: Path, broken: bytes) -> None:
    """The error names the file, for a student's call as for the translator's."""
    (folder / "locale" / "ru.po").write_bytes(broken)
    with pytest.raises(AssignmentError, match=r"ru\.po"):
        update(folder, "ru")
    with pytest.raises(AssignmentError, match=r"ru\.po"), spoken("ru", folder):
        pass


@pytest.mark.parametrize(
    "metadata",
    [{}, {"grader": None}, {"grader": {"language": 7}}, {"grader": {"language": "xx"}},
     {"grader": {"language": "../../etc"}}, {"grader": ["ru"]}],
)  # fmt: skip
def test_whatever_a_notebook_says_it_is_graded(metadata: dict[str, object]) -> None:
    """Metadata that name no known language mean English."""
    assert of_metadata(metadata) == SOURCE
    assert of_metadata({"grader": {"language": "ru"}}) == "ru"


def test_a_text_is_known_in_all_languages() -> None:
    """What stands in a released notebook is recognised whichever language it was released in."""
    assert in_all("*Your answer goes here.*") == (
        "*Your answer goes here.*",
        "*Ваш ответ — здесь.*",
    )


def _sources() -> Iterator[Path]:
    yield from PACKAGE.rglob("*.py")
    for each in ASSIGNMENTS:
        yield from each.glob("*.py")


def test_no_other_thing_takes_the_name_of_the_translation() -> None:
    """Where `_` is imported, nothing else is called so: mypy lets that pass, and it would fail."""
    for path in _sources():
        tree = ast.parse(path.read_text("utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        if not any(alias.name == "_" for node in imports for alias in node.names):
            continue
        bound = [node.lineno for node in ast.walk(tree) if _binds(node)]  # type: ignore[attr-defined]
        assert not bound, f"{path}: {bound}"


def _binds(node: ast.AST) -> bool:
    if isinstance(node, ast.arg):
        return node.arg == "_"
    return isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)


def test_what_is_marked_outside_functions_is_looked_up_where_it_is_said() -> None:
    """A constant that is `marked` stands nowhere but in a call that translates it."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in _sources()}
    constants = {(path.stem, name) for path, tree in trees.items() for name in _marked(tree)}
    assert ("network_gradcheck", "HINT") in constants
    for path, tree in trees.items():
        known = set(_marked(tree)) | {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if ((node.module or "").rpartition(".")[2], alias.name) in constants
        }
        said = [node for node in ast.walk(tree) if _reads(node, known)]
        translated = [
            argument
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if node.func.id in ("_", "in_all")
            for argument in node.args
        ]
        bare = [node.lineno for node in said if node not in translated]  # type: ignore[attr-defined]
        assert not bare, f"{path}: {bare}"


def _marked(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's constants that are one marked text."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            function = node.value.func
            if isinstance(function, ast.Name) and function.id == "marked":
                yield ast.unparse(target)


def _reads(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load)


ENGLISH = re.compile(r"\b(?:the|your|of|and|is|was|with|what|which|not|for|to)\b", re.IGNORECASE)


@pytest.mark.parametrize(("where", "code"), CATALOGUES, ids=lambda each: Path(str(each)).name)
def test_no_translation_is_half_english(where: Path, code: str) -> None:
    """But for code, no small English word stands in a translation."""
    text = catalogue_file(where, code).read_text("utf-8")
    for entry in text.split("\n\n")[1:]:
        told = entry.partition("msgstr")[2]
        plain = re.sub(r"`[^`]*`|print\(.*?\)|\{[^}]*\}|%\w+|--\w+", "", told)
        assert not ENGLISH.search(plain), entry
