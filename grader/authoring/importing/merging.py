"""Importing again: what an author has changed or added since is kept."""

import ast
import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from grader.assignment.model import CHECKS, CONFIG
from grader.authoring.importing.parts import Note
from grader.errors import UsageError
from grader.files import write_atomically

# What was written the last time, so that an author's changes are told from it.
RECORD: Final = "imported.json"
_CHANGED: Final = "You have changed it: it is kept, and what the source has now is not in it."


def record(folder: Path) -> Mapping[str, str] | None:
    """Return the digests of what was written the last time, None for no last time.

    Raises UsageError where the folder is there and was not imported.
    """
    if not folder.exists():
        return None
    try:
        told = json.loads((folder / RECORD).read_text("utf-8"))
        return {str(name): str(digest) for name, digest in told.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{folder} is there already and was not imported ({RECORD} is missing or unreadable). "
            "Choose another name with --name, or move it away."
        ) from error


def write(made: Path, folder: Path, former: Mapping[str, str] | None) -> list[Note]:
    """Let `folder` hold what was made, but for what an author has changed since the `former` time.

    Returns notes on what is kept.
    """
    shutil.rmtree(made / "__pycache__", ignore_errors=True)
    text = (made / CHECKS).read_text("utf-8")
    blocks = blocks_of(text)
    files = {str(each.relative_to(made)): each for each in made.rglob("*") if each.is_file()}
    now = {f"{CHECKS}: {name}": _digest(block.encode()) for name, block in blocks.items()}
    now |= {name: _digest(path.read_bytes()) for name, path in files.items() if name != CHECKS}
    if former is None:
        (made / RECORD).write_text(_written(now), "utf-8")
        made.rename(folder)
        return []
    # Settings are an author's from the beginning: the seed stays what it was.
    now[CONFIG] = former.get(CONFIG, now[CONFIG])
    notes = _write_checks(folder / CHECKS, text, blocks, former)
    notes += _name_new_files(made / CONFIG, folder / CONFIG, former)
    for name, path in files.items():
        target, content = folder / name, path.read_bytes()
        theirs = target.read_bytes() if target.is_file() else None
        if name == CHECKS or (name == CONFIG and theirs is not None):
            continue
        if theirs in (None, content) or former.get(name) == _digest(theirs or b""):
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)
        else:
            notes.append(Note(name, "left to a person", _CHANGED))
    write_atomically(folder / RECORD, _written(now))
    return notes


def _name_new_files(made: Path, there: Path, former: Mapping[str, str]) -> list[Note]:
    """Let an author's settings name the files that the source reads since, and return a note."""
    if not there.is_file():
        return []
    text = there.read_text("utf-8")
    named = tomllib.loads(made.read_text("utf-8")).get("files", [])
    try:
        known = tomllib.loads(text).get("files", [])
    except tomllib.TOMLDecodeError:
        known = []
    new = [each for each in named if each not in known and each not in former]
    if not new:
        return []
    told = ", ".join(map(json.dumps, new))
    longer = _FILES.sub(lambda found: f"{found[0]}{told}{', ' if known else ''}", text, count=1)
    longer = longer if longer != text else f"files = [{told}]\n{text}"
    try:
        is_right = tomllib.loads(longer).get("files") == [*new, *known]
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        return [Note(CONFIG, "left to a person", f"Its `files` have to name {told} as well.")]
    write_atomically(there, longer)
    return [Note(CONFIG, "with a change", f"Its `files` name {told} as well.")]


_FILES: Final = re.compile(r"^files\s*=\s*\[\s*", re.MULTILINE)


def _write_checks(
    path: Path, text: str, blocks: Mapping[str, str], former: Mapping[str, str]
) -> list[Note]:
    """Write the checks, but for those that an author has changed, and return notes on these."""
    kept: list[str] = []
    if path.is_file():
        prefix = f"{CHECKS}: "
        known = {
            name.removeprefix(prefix): each
            for name, each in former.items()
            if name.startswith(prefix)
        }
        together, kept = merged(blocks, blocks_of(path.read_text("utf-8")), known)
        text = joined(together)
    write_atomically(path, text)
    why = "It is kept as you have changed it."
    return [Note(f"{CHECKS}, {name}", "as it is", why) for name in kept]


def joined(blocks: Mapping[str, str]) -> str:
    """Return a file that consists of blocks, the first of which is its docstring."""
    docstring, *others = blocks.values()
    return f"{docstring}\n\n" + "\n\n\n".join(others) + "\n"


def _written(digests: Mapping[str, str]) -> str:
    return json.dumps(digests, indent=1, sort_keys=True) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def blocks_of(text: str) -> dict[str, str]:
    """Return the blocks of a `checks.py`, by the names that `checks_source` gives them.

    What an author has added is a block of its own, named by what it defines.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {"": text}
    lines = text.split("\n")
    found: dict[str, str] = {}
    begin = 0
    groups: list[tuple[str, int]] = []
    for node in tree.body:
        name = _name(node, lines)
        if groups and name in ("imports", "given") and groups[-1][0] == name:
            groups[-1] = (name, node.end_lineno or 0)
        else:
            groups.append((name, node.end_lineno or 0))
    for name, end in groups:
        found[_unique(name, found)] = "\n".join(lines[begin:end]).strip("\n")
        begin = end
    rest = "\n".join(lines[begin:]).strip("\n")
    if rest:
        found[_unique("rest", found)] = rest
    return found


def _unique(name: str, found: Mapping[str, str]) -> str:
    number, free = 1, name
    while free in found:
        number += 1
        free = f"{name} {number}"
    return free


def _name(node: ast.stmt, _lines: list[str]) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return "docstring"
        case ast.Import() | ast.ImportFrom():
            return "imports"
        case ast.FunctionDef(name=name) if any(
            isinstance(each, ast.Call) and ast.unparse(each.func).endswith((".check", ".compare"))
            for each in node.decorator_list
        ):
            return f"check {name}"
        case ast.Assign(targets=[ast.Name(id="exercises")]):
            return "exercises"
        case ast.Assign(targets=[ast.Name(id="HERE")]):
            return "HERE"
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=kind))) if (
            kind
            in (
                "Exercise",
                "manual",
            )
        ):
            return f"exercise {name}"
    return "given"


def merged(
    new: Mapping[str, str],
    there: Mapping[str, str],
    known: Mapping[str, str],
) -> tuple[dict[str, str], list[str]]:
    """Return the blocks to write, and the names of those that stay as an author has changed them.

    `new` are those that the source gives now, `there` those of the file, `known` the digests of
    what was written the last time.
    """
    kept = [name for name, text in there.items() if known.get(name) != _digest(text.encode())]
    found: dict[str, str] = {}
    for name, text in new.items():
        found[name] = there[name] if name in kept else text
    # What an author has added stands before the list of exercises.
    last = found.pop("exercises", "")
    for name in kept:
        if name not in found and name != "exercises":
            found[name] = there[name]
    found["exercises"] = there["exercises"] if "exercises" in kept else last
    return found, kept
