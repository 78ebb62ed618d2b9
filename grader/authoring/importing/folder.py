"""The folder of an assignment that was made elsewhere."""

import ast
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.authoring.importing.check_code import portable
from grader.authoring.importing.exercises import Check, Course, Exercise, below
from grader.authoring.importing.parts import Material, Part, identifier
from grader.notebook.parsing import transformed

HERE: Final = "HERE"
_WIDTH: Final = 88


def checks_source(course: Course, material: Material, title: str) -> dict[str, str]:
    """Return what stands in `checks.py`, by the names of its blocks, in order."""
    files = frozenset(_named_files([*course.given, *course.imports], material.folder))
    given = [_with_paths(each, files) for each in course.given]
    imports = [portable(_relative(each, material.folder)) for each in course.imports]
    sources = _sources(course, material.folder)
    here = bool(files) or any(f"str({HERE} / " in each for each in sources.values())
    judged = any(each.manual for each in course.exercises)
    asked = any(not each.manual for each in course.exercises)
    uses = {*course.uses, *({"Exercise"} if asked else ())}
    blocks = {
        "docstring": f'"""{plain(title)}: each test of {plain(material.path.name)} is a check."""',
        "imports": "\n".join(
            [
                *(["from pathlib import Path"] if here else []),
                *dict.fromkeys(imports),
                *([""] if here or imports else []),
                *([f"from grader import {', '.join(sorted(uses))}"] if uses else []),
                *(["from grader.checks.manual import Criterion, manual"] if judged else []),
            ]
        ),
    }
    if here:
        blocks[HERE] = f"{HERE} = Path(__file__).parent"
    if given:
        blocks["given"] = "# What students are given, and the tests use.\n" + "\n\n".join(given)
    for each in course.exercises:
        blocks[f"exercise {each.id}"] = _exercise(each)
        for check in each.checks:
            asking = replace(check, source=sources[check.name])
            blocks[f"check {check.name}"] = _check(each, asking)
    ids = ", ".join(each.id for each in course.exercises if each.manual or _kept(each))
    blocks["exercises"] = f"exercises = [{ids}]"
    return {name: text for name, text in blocks.items() if text}


def _sources(course: Course, folder: Path) -> dict[str, str]:
    """Return the code of the checks by their names, with what it reads beside the checks."""
    checks = [check for each in course.exercises for check in each.checks]
    files = frozenset(_named_files([each.source for each in checks], folder))
    return {
        each.name: _with_files(_with_modules(each.source, folder), each.students, files)
        for each in checks
    }


def plain(text: str) -> str:
    """Return a text as it can stand between quotes in Python."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _kept(exercise: Exercise) -> list[Check]:
    return [each for each in exercise.checks if not each.left]


def _exercise(exercise: Exercise) -> str:
    title = f'"{plain(exercise.title)}"'
    if exercise.manual:
        return (
            f"{exercise.id} = manual(\n"
            f'    "{exercise.id}",\n'
            f"    {title},\n"
            f'    below="{exercise.below}",\n'
            f'    rubric=[Criterion("answer", "A person has read it.", {exercise.manual:g})],\n)'
        )
    kept = _kept(exercise)
    if not kept:
        return ""
    points = sum(each.points for each in kept)
    return f'{exercise.id} = Exercise("{exercise.id}", {title}, points={points:g})'


def _check(exercise: Exercise, check: Check) -> str:
    if check.left:
        code = "\n".join(f"#     {line}".rstrip() for line in check.source.split("\n"))
        return (
            f"# Left to a person, see imported.md: {check.where}, {check.points:g} points.\n{code}"
        )
    told = [f"{check.points:g}" if check.compared else f"points={check.points:g}"]
    told += [f"needs={check.needs}"] if check.needs else []
    told += [] if check.public else ["public=False"]
    told += ['feedback="verdicts"'] if check.hidden else []
    kind = "compare" if check.compared else "check"
    return f"@{exercise.id}.{kind}({', '.join(told)})\n{check.source}"


def _relative(statement: str, folder: Path) -> str:
    """Return an import, of a module that lies beside the notebook as one beside the checks."""
    tree = ast.parse(statement).body[0]
    if isinstance(tree, ast.ImportFrom) and not tree.level and _lies(tree.module or "", folder):
        return statement.replace(f"from {tree.module}", f"from .{tree.module}", 1)
    if isinstance(tree, ast.Import) and any(_lies(each.name, folder) for each in tree.names):
        return "\n".join(
            (f"from . import {each.name}" if _lies(each.name, folder) else f"import {each.name}")
            + (f" as {each.asname}" if each.asname else "")
            for each in tree.names
        )
    return statement


def _with_modules(code: str, folder: Path) -> str:
    """Return a check's code that imports modules beside the notebook as those beside the checks."""
    lines = code.split("\n")
    for tree in _trees([code]):
        imports = [each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)]
        for node in sorted(imports, key=lambda each: -each.lineno):
            statement = ast.unparse(node)
            beside = _relative(statement, folder)
            if beside != statement:
                indent = " " * node.col_offset
                lines[node.lineno - 1 : node.end_lineno] = [
                    indent + line for line in beside.split("\n")
                ]
    return "\n".join(lines)


def _lies(module: str, folder: Path) -> bool:
    return bool(module) and (folder / f"{module.partition('.')[0]}.py").is_file()


def _with_paths(statement: str, files: Iterable[str]) -> str:
    """Return a statement that finds files beside the checks."""
    for each in files:
        statement = re.sub(
            rf"""(['"]){re.escape(each)}\1""",
            lambda found: f"str({HERE} / {found[0]})",
            statement,
        )
    return statement


_READS: Final = re.compile(
    r"""(?P<called>[\w.]*\b(?:open|Path|read_\w+|loadtxt|genfromtxt|imread|np\.load))\(\s*"""
    r"""(?P<text>(?P<quote>['"])(?P<path>[^'"\n]+)(?P=quote))"""
)


def _with_files(code: str, students: Iterable[str], files: Iterable[str]) -> str:
    """Return a check's code that reads files beside the checks; `students` look beside theirs."""

    def found(match: re.Match[str]) -> str:
        if match["path"] not in files or match["called"].partition(".")[0] in students:
            return match[0]
        return f"{match['called']}(str({HERE} / {match['text']})"

    return _READS.sub(found, code)


def files_read(material: Material) -> list[Path]:
    """Return the files beside the notebook that its code names, and the modules that it imports."""
    sources = [part.source for part in material.parts if not part.markdown]
    sources += [
        code for part in material.parts for test in part.tests for code in (test.code, test.hidden)
    ]
    named = set(_named_files(sources, material.folder)) | set(_modules(sources, material.folder))
    named |= set(_shown(material))
    return [Path(each) for each in sorted(named)]


def files_of_cells(material: Material) -> list[str]:
    """Return the files beside the notebook that its cells read or import as they run.

    No notebook is among them: one with solutions is what a cell that hands itself in names.
    """
    sources = [part.source for part in material.parts if not part.markdown and part.kind != "test"]
    named = {*_named_files(sources, material.folder), *_modules(sources, material.folder)}
    return sorted(each for each in named if Path(each).suffix not in (".ipynb", ".toml"))


def _named_files(sources: Iterable[str], folder: Path) -> Iterator[str]:
    for tree in _trees(sources):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _is_file(node.value, folder)
            ):
                yield node.value


def _modules(sources: Iterable[str], folder: Path) -> Iterator[str]:
    for tree in _trees(sources):
        for node in ast.walk(tree):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if _lies(name, folder):
                    yield f"{name.partition('.')[0]}.py"


_PICTURE: Final = re.compile(r"!\[[^\]]*\]\((?P<markdown>[^)\s]+)|src=[\"'](?P<html>[^\"']+)")


def _shown(material: Material) -> Iterator[str]:
    """Yield the pictures that the text shows."""
    for part in material.parts:
        for found in _PICTURE.finditer(part.source if part.markdown else ""):
            path = found["markdown"] or found["html"]
            if _is_file(path, material.folder):
                yield path


def _trees(sources: Iterable[str]) -> Iterator[ast.Module]:
    for source in sources:
        try:
            # Beside what a cell imports or reads may stand a magic.
            yield ast.parse(transformed(source))
        except (SyntaxError, ValueError, RuntimeError):
            continue


def _is_file(text: str, folder: Path) -> bool:
    """Whether a text names a file in the folder or below it."""
    if not text or len(text) > 200 or "\n" in text or "\0" in text or ".." in Path(text).parts:
        return False
    path = (folder / text).resolve()
    try:
        return (
            path.is_file()
            and path.is_relative_to(folder.resolve())
            and not Path(text).is_absolute()
        )
    except OSError:
        return False


def notebook(material: Material, name: str) -> str:
    """Return the text of the notebook with its solutions marked as ours are."""
    cells = []
    taken: set[str] = set()
    for number, part in enumerate(material.parts, start=1):
        id_ = _cell_id(part, number, taken)
        source = portable(part.source) if part.kind == "test" else part.source
        if part.kind == "test" and not source.strip():
            # Students do not see any of it.
            continue
        if part.kind == "manual":
            line = below(part)
            source = f"**{line}**\n\n{source}" if part.markdown else f"# {line}\n{source}"
        make = new_markdown_cell if part.markdown else new_code_cell
        cells.append(make(source, id=id_))
    metadata = {
        "grader": {"assignment": name, "version": "1"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    made = new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"


def _cell_id(part: Part, number: int, taken: set[str]) -> str:
    id_ = identifier(part.name, f"cell_{number}").replace("_", "-")[:60] or f"cell-{number}"
    if id_ in taken:
        id_ = f"{id_}-{number}"
    taken.add(id_)
    return id_


def copy_files(material: Material, folder: Path) -> list[Path]:
    """Copy the files that the notebook reads; return those that were copied."""
    copied = []
    for path in files_read(material):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(material.folder / path, target)
        copied.append(path)
    return copied
