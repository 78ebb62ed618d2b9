"""What decides, beside an assignment, what an author is told: the grader and all around it."""

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import grader
from grader.i18n import language

# Whatever is named like a module may be imported, now or later.
_NAMED: Final = re.compile(r"\bgrader(?:\.\w+)+")
_FROM: Final = re.compile(r"\bfrom\s+(grader(?:\.\w+)*)\s+import\s+(\([^)]*\)|[^\n]*)")
_PACKAGE: Final = Path(grader.__file__).parent


def digest_of(*parts: object) -> str:
    """Return the digest of plain data."""
    told = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def environment(*modules: str) -> str:
    """Return the digest of what judges: the grader, Python, all that is installed, the language.

    Of the grader, that are the `modules` with everything that they lead to, what checks may import,
    and whatever is no code.
    """
    files = closure(*modules, *_public())
    files |= {each for each in _PACKAGE.rglob("*") if each.suffix not in (".py", ".pyc")}
    code = [
        (path.relative_to(_PACKAGE).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(files)
        if path.is_file()
    ]
    machine = platform.platform(), platform.processor()
    return digest_of(code, grader.__version__, sys.version, machine, installed(), language())


def installed() -> list[str]:
    """Return the names and versions of all that is installed, as their folders are called."""
    folders = [Path(each) for each in sys.path if Path(each).is_dir()]
    return sorted(path.name for each in folders for path in each.glob("*.*-info"))


def _public() -> Iterator[str]:
    """Yield the modules that checks may import."""
    yield grader.__name__
    for path in (_PACKAGE / "checks").rglob("*.py"):
        yield _name(path)


def _name(path: Path) -> str:
    parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def closure(*modules: str) -> frozenset[Path]:
    """Return the files of modules of the grader and of all that they lead to.

    They lead to what they import, wherever they do so, and to what they name in a text.
    """
    found: set[Path] = set()
    waiting = {path for each in modules for path in _files(each)}
    while waiting:
        found |= waiting
        names = {name for path in waiting for name in _leads_to(path)}
        waiting = {path for each in names for path in _files(each)} - found
    return frozenset(found)


@cache
def _files(module: str) -> tuple[Path, ...]:
    """Return the files of a module and of the packages that it is in, of those that there are."""
    first, *rest = module.split(".")
    if first != grader.__name__:
        return ()
    parts = [rest[:end] for end in range(len(rest) + 1)]
    places = [_PACKAGE.joinpath(*each) for each in parts]
    files = [file for each in places for file in (each.with_suffix(".py"), each / "__init__.py")]
    return tuple(each for each in files[1:] if each.is_file())


@cache
def _leads_to(path: Path) -> frozenset[str]:
    source = path.read_text("utf-8")
    found = {*_NAMED.findall(source)}
    for package, names in _FROM.findall(source):
        found |= {f"{package}.{name}" for name in re.findall(r"\w+", names)}
    if "{__name__}." in source:
        # Which of its neighbours it means is only known when it runs.
        found |= {_name(each) for each in path.parent.glob("*.py")}
    return frozenset(found)
