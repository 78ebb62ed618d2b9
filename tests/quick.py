"""Runs those tests that a change touches and that take seconds: `python -m tests.quick`.

    python -m tests.quick [COMMIT]

What is changed is told from `main`, or from COMMIT; on `main` itself from its last commit. Tests
mirror the packages: of a module those are near that are called as it is, then those that import it,
then those of its package. As many are run as fit into half a minute, the nearest first, and what
was left out is told. It stands in for nothing: `make test` runs them all.
"""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Final

import pytest

from tests import times
from tests.notebooks import ROOT

SECONDS: Final = 30.0
# What takes no time and no change should break.
ALWAYS: Final = ("tests/test_layers.py", "tests/docs/test_contributing.py")
# What texts and settings are about, by how their paths begin.
OTHERS: Final = {
    "README.md": "tests/docs",
    "CONTRIBUTING.md": "tests/docs",
    "docs/": "tests/docs",
    ".github/": "tests/docs/test_workflows.py",
    "action.yml": "tests/docs/test_workflows.py",
    "pyproject.toml": "tests/docs",
    "grader/locale/": "tests/test_i18n.py",
    "grader/authoring/templates/": "tests/release",
    "assignments/": "tests/release/test_assignments.py",
    "benchmarks/": "tests/docs/test_links.py",
}


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def changed(since: str | None = None) -> list[str]:
    """Return the paths that differ from a commit, and those that are new and not yet in git."""
    head = _git("rev-parse", "HEAD")
    base = since or _git("merge-base", "HEAD", "main") or _git("merge-base", "HEAD", "origin/main")
    now = [*_names("diff", "--name-only", "HEAD"), *_names("ls-files", "-o", "--exclude-standard")]
    if since is None and base in ("", head):
        base = head if now else f"{head}~1"
    return list(dict.fromkeys([*_names("diff", "--name-only", base), *now]))


def _names(*words: str) -> list[str]:
    return _git("-c", "core.quotePath=off", *words).splitlines()


@cache
def test_files() -> tuple[str, ...]:
    """Return the paths of all files with tests."""
    found = (ROOT / "tests").rglob("test_*.py")
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found))


@cache
def imports(path: str) -> frozenset[str]:
    """Return the modules that a file imports, as it writes them, and what may be some."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def near(path: str) -> Iterator[str]:
    """Yield the files with tests that a changed file touches, the nearest first."""
    file = PurePosixPath(path)
    yield from (each for each in test_files() if each == path)
    for begin, about in OTHERS.items():
        if path.startswith(begin):
            yield from _below(about)
    if file.suffix == ".py" and file.parts[0] in ("grader", "tests"):
        module = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        importing = [each for each in test_files() if module in imports(each)]
        called = f"test_{file.stem}"
        yield from (each for each in importing if PurePosixPath(each).stem.startswith(called))
        yield from importing
    if file.parts[0] == "grader" and len(file.parts) > 2:
        # A package within another has its tests with the outer one's, or in a folder of its own.
        for part in reversed(file.parts[1:-1]):
            yield from _below(f"tests/{part}")
    if file.parts[0] == "reference" and len(file.parts) > 2:
        name = file.parts[1]
        yield from (each for each in test_files() if name in PurePosixPath(each).stem)
        yield from (each for each in test_files() if name in (ROOT / each).read_text("utf-8"))


def _below(place: str) -> Iterator[str]:
    yield from (each for each in test_files() if each == place or each.startswith(f"{place}/"))


@dataclass(frozen=True)
class Chosen:
    """Which tests to run: all of `files` but those that are `left_out`, and those `skipped`.

    `left_out` are ids of single tests, `skipped` whole files that no time was left for.
    """

    files: Sequence[str]
    left_out: Sequence[str] = ()
    skipped: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def arguments(self) -> list[str]:
        """What pytest is to be called with."""
        return [*self.files, *(word for each in self.left_out for word in ("--deselect", each))]


def chosen(paths: Iterable[str], most: float = SECONDS) -> Chosen:
    """Return which tests the changes of `paths` touch, as many as run in so many seconds."""
    touched = dict.fromkeys((*ALWAYS, *(each for path in paths for each in near(path))))
    listed: dict[str, list[str]] = {each: [] for each in touched}
    for test in times.known():
        file, _, name = test.partition("::")
        if name and file in listed:
            listed[file].append(test)
    takes: Mapping[str, float] = {
        each: times.USUAL * _number(each) + times.known().get(each, 0.0) for each in touched
    }
    files = times.within(touched, takes, most)
    left = most - sum(takes[each] for each in files)
    long = [test for each in files for test in sorted(listed[each], key=times.seconds)]
    run = times.within(long, times.known(), left)
    return Chosen(
        files,
        [each for each in long if each not in set(run)],
        [each for each in touched if each not in set(files)],
        sum(takes[each] for each in files) + sum(map(times.seconds, run)),
    )


@cache
def _number(path: str) -> int:
    """Return about how many tests a file has: those with parameters count as a few."""
    source = (ROOT / path).read_text("utf-8")
    return source.count("\ndef test_") + 3 * source.count("parametrize(")


def main(since: str | None = None) -> int:
    """Run what the changes since a commit touch, and return pytest's exit status."""
    paths = changed(since)
    what = chosen(paths)
    print(  # noqa: T201
        f"{len(paths)} changed files touch {len(what.files) + len(what.skipped)} files of tests; "
        f"of these {len(what.files)} are run."
    )
    status = int(pytest.main(["-q", *what.arguments]))
    if what.left_out or what.skipped:
        print("Left out, for they take longer:")  # noqa: T201
        for each in [*what.skipped, *what.left_out]:
            print(f"  {each}")  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
