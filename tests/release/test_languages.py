"""A released repository in another language: the same code, another prose, the same score."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from grader import models
from grader.assignment.loading import load
from grader.assignment.model import REFERENCE
from grader.authoring.release.command import release
from grader.authoring.release.repository import WORKFLOW
from grader.authoring.release.student_notebook import student_notebook
from grader.errors import UsageError
from grader.results.model import Result
from tests import tiny_release
from tests.tiny_release import DOUBLE, HALVE, SQUARED

RUSSIAN = {
    "Doubling": "Удвоение",
    "squared": "возведение в квадрат",
    "Your function squares.": "Ваша функция возводит в квадрат.",
    "What is twice three?": "Сколько будет дважды три?",
    "`double` returns twice the numbers.": "`double` возвращает удвоенные числа.",
}


def markdown(source: str, *languages: str) -> nbformat.NotebookNode:
    """Return a Markdown cell for readers of these languages, for all where there are none."""
    cell = nbformat.v4.new_markdown_cell(source, id=re.sub(r"\W+", "-", source).strip("-").lower())
    if languages:
        cell.metadata["tags"] = [f"lang-{language}" for language in languages]
    return cell


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny assignment with prose and a catalogue in Russian."""
    folder = tiny_release.reference(tmp_path_factory.mktemp("course") / "reference" / "tiny")
    code = [nbformat.v4.new_code_cell(text, id=f"cell-{place}") for place, text in
            enumerate(("import numpy as np", DOUBLE, HALVE))]  # fmt: skip
    cells = [markdown("Two tasks", "en"), markdown("Dve zadachi", "ru"), markdown("For all"), *code]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / REFERENCE)
    entries = [f"msgid {json.dumps(each)}\nmsgstr {json.dumps(text, ensure_ascii=False)}\n"
               for each, text in RUSSIAN.items()]  # fmt: skip
    (folder / "locale").mkdir()
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    (folder / "locale" / "ru.po").write_text("\n".join([head, *entries]), "utf-8")
    return folder


@pytest.fixture(scope="module")
def out(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that it is released to in each of its languages, out of its sight."""
    folder = tmp_path_factory.mktemp("students")
    release(reference, folder)
    return folder


def cells_of(path: Path) -> list[Any]:
    """Return the cells of a notebook."""
    found: list[Any] = json.loads(path.read_text("utf-8"))["cells"]
    return found


def hand_in(folder: Path) -> None:
    """Do the notebook in a released folder, squaring instead of doubling."""
    path = folder / "tiny.ipynb"
    document = nbformat.read(path, as_version=4)
    sources = dict(zip(("cell-1", "cell-2"), SQUARED, strict=True))
    for cell in document.cells:
        cell.source = sources.get(cell.id, cell.source)
    nbformat.write(document, path)


def graded(folder: Path, *options: str) -> Result:
    """Grade the notebook in a folder as a student does."""
    command = [sys.executable, "-m", "grader", "tiny.ipynb", "--json", "-", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return models.loads(Result, done.stdout)


def test_each_language_has_a_repository_of_its_own(out: Path) -> None:
    """The prose is in its language, what is for all readers in each, the code the same."""
    english, russian = (cells_of(out / name / "tiny.ipynb") for name in ("tiny", "tiny.ru"))
    assert [cell["id"] for cell in english[:2]] == ["two-tasks", "for-all"]
    assert [cell["id"] for cell in russian[:2]] == ["dve-zadachi", "for-all"]
    assert english[2:] == russian[2:]
    assert not any(cell["metadata"] for cell in (*english, *russian))
    assert "Подготовка" in (out / "tiny.ru" / "README.md").read_text("utf-8")
    assert "| Удвоение | 10 | 4 |" in (out / "tiny.ru" / "README.md").read_text("utf-8")


def test_the_notebooks_language_is_spoken(out: Path, tmp_path: Path) -> None:
    """Feedback on a Russian notebook is in Russian, the points are those of the English one."""
    hand_in(out / "tiny.ru")
    result = graded(out / "tiny.ru")
    (doubled, _halved) = result.exercises
    assert (result.language, result.score) == ("ru", 2)
    assert doubled.title == "Удвоение"
    assert doubled.mistake is not None
    assert doubled.mistake.name == "возведение в квадрат"
    assert doubled.checks[0].title == "`double` возвращает удвоенные числа."
    assert doubled.checks[1].title == "Проверка, которая проводится после сдачи."
    # Statistics over students of all languages count it under one name.
    assert {check.mistake for check in doubled.checks if check.status == "failed"} == {"squared"}


def test_ci_speaks_the_notebooks_language(out: Path, tmp_path: Path) -> None:
    """The script of the released workflow shows a Russian summary, annotations and page."""
    folder = out / "tiny.ru"
    hand_in(folder)
    workflow = yaml.safe_load((folder / WORKFLOW).read_text("utf-8"))
    steps = workflow["jobs"]["grade"]["steps"]
    (step,) = (each for each in steps if each.get("name") == "Grade")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "PATH": path}
    told |= {"RUNNER_TEMP": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, **step["env"], **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert "Открытые проверки охватывают 8 из 12 баллов" in summary
    assert "Похоже на известную ошибку" in done.stdout
    assert '<html lang="ru">' in (tmp_path / "feedback" / "feedback.html").read_text("utf-8")


def test_another_language_can_be_asked_for(out: Path) -> None:
    """`--lang` has the last word."""
    hand_in(out / "tiny.ru")
    assert graded(out / "tiny.ru", "--lang", "en").exercises[0].title == "Doubling"
    hand_in(out / "tiny")
    assert graded(out / "tiny").exercises[0].title == "Doubling"
    assert graded(out / "tiny", "--lang", "ru").exercises[0].title == "Удвоение"


def test_the_translations_of_hidden_checks_are_hidden(reference: Path, out: Path) -> None:
    """The catalogue in a student's repository holds what the public checks say, and no more."""
    path = reference / "locale" / "ru.po"
    before = path.read_text("utf-8")
    hidden = {"The secret is out.": "Секрет.", "The secret sentence.": "Секрет!"}
    entries = [f'msgid "{each}"\nmsgstr "{text}"\n' for each, text in hidden.items()]
    path.write_text("\n".join([before, *entries]), "utf-8")
    release(reference, out)
    text = (out / "tiny.ru" / "public" / "locale" / "ru.po").read_text("utf-8")
    assert "Удвоение" in text
    assert "Секрет" not in text
    path.write_text(before, "utf-8")


def test_what_is_not_translated_stays_english() -> None:
    """Where a text lacks a reader's language, the English one is released."""
    cells = [
        markdown("One", "en"),
        markdown("Odin", "ru"),
        markdown("Two", "en"),
        markdown("Three", "en"),
        markdown("Tri", "ru"),
    ]
    student = student_notebook(nbformat.v4.new_notebook(cells=cells), "ru")
    assert [cell.source for cell in student.cells] == ["Odin", "Two", "Tri"]


def test_a_language_without_a_catalogue_is_told_of(reference: Path, tmp_path: Path) -> None:
    """The error says which there are, and how to begin one; nothing is written."""
    with pytest.raises(UsageError, match="grader translate tiny fr"):
        release(reference, tmp_path, language="fr")
    assert list(tmp_path.iterdir()) == []


def test_a_further_language_is_a_further_file(reference: Path, tmp_path: Path) -> None:
    """What an assignment has in a language is said in it, even where the grader speaks English."""
    path = reference / "locale" / "fr.po"
    text = (reference / "locale" / "ru.po").read_text("utf-8")
    path.write_text(text.replace("Удвоение", "Le double"), "utf-8")
    try:
        release(reference, tmp_path, language="fr")
    finally:
        path.unlink()
    hand_in(tmp_path / "tiny.fr")
    result = graded(tmp_path / "tiny.fr", "--report", f"markdown={tmp_path / 'told.md'}")
    assert (result.language, result.exercises[0].title) == ("fr", "Le double")
    assert "This looks like a known mistake" in (tmp_path / "told.md").read_text("utf-8")


def test_a_language_can_be_released_alone(reference: Path, tmp_path: Path) -> None:
    """`grader release --lang ru` writes the Russian repository and no other."""
    release(reference, tmp_path, language="ru")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.ru"]
    assert load(tmp_path / "tiny.ru").name == "tiny"
