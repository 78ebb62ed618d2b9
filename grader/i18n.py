"""The languages that students are spoken to in.

English stands in the code. A text that a student reads is a call of `_`, which looks it up in the
language in force; `spoken` puts one in force. The catalogues are gettext's, one file a language:
`locale/LANGUAGE.po` in this package and in the folder of an assignment. A further language is a
further file; what it lacks stays English.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, Final

from grader.errors import AssignmentError, UsageError

SOURCE: Final = "en"
FOLDER: Final = "locale"
PACKAGE: Final = Path(__file__).parent

_in_force: ContextVar[tuple[str, NullTranslations]] = ContextVar("language")
_ENGLISH: Final = (SOURCE, NullTranslations())


def _(message: str, /, **values: object) -> str:
    """Return `message` in the language in force, its `{name}`s replaced by `values`.

    `message` is a literal, from which catalogues are made. Without values, braces stay as they are.
    """
    told = _in_force.get(_ENGLISH)[1].gettext(message) if message else ""
    return told.format(**values) if values else told


def _n(one: str, several: str, number: float, /, **values: object) -> str:
    """Return what is said of `number` things in the language in force; see `_`.

    `one` is the English for 1, `several` for any other number. A `{number}` is replaced by it.
    """
    whole = int(number) if float(number).is_integer() else number
    # A fraction counts as several in English and as a few in other languages: never as one.
    counted = whole if isinstance(whole, int) else 2
    told = _in_force.get(_ENGLISH)[1].ngettext(one, several, counted)
    return told.format(number=whole, **values)


def marked(message: str, /) -> str:
    """Return `message` as it is, for a catalogue; `_` looks it up where it is shown."""
    return message


def language() -> str:
    """Return the code of the language in force, such as "en"."""
    return _in_force.get(_ENGLISH)[0]


@contextmanager
def spoken(code: str, *folders: Path) -> Iterator[None]:
    """Put a language in force, with the catalogues of these folders before the grader's own.

    What none of them has stays English. Raises AssignmentError where one cannot be read.
    """
    token = _in_force.set((code, _translations(code, tuple(folders))))
    try:
        yield
    finally:
        _in_force.reset(token)


def catalogues_in(folder: Path) -> tuple[str, ...]:
    """Return the codes of the languages that a folder has catalogues of."""
    return tuple(sorted(path.stem for path in (folder / FOLDER).glob("*.po")))


def languages(*folders: Path) -> tuple[str, ...]:
    """Return the codes of the languages that the grader or a folder knows, English first."""
    return (SOURCE, *sorted({code for each in (PACKAGE, *folders) for code in catalogues_in(each)}))


def in_all(message: str, *folders: Path) -> tuple[str, ...]:
    """Return `message` in every language, with the catalogues of these folders."""
    return tuple(_translations(code, folders).gettext(message) for code in languages(*folders))


def require_known(code: str, *folders: Path) -> str:
    """Return `code`. Raises UsageError where neither the grader nor a folder knows it."""
    known = languages(*folders)
    if code not in known:
        raise UsageError(f"There is no language {code!r} here. Known are {', '.join(known)}.")
    return code


def of_metadata(metadata: Mapping[str, Any], *folders: Path) -> str:
    """Return the language that a notebook's metadata name, English where none that is known."""
    told = metadata.get("grader")
    code = told.get("language") if isinstance(told, Mapping) else None
    return code if isinstance(code, str) and code in languages(*folders) else SOURCE


@cache
def _translations(code: str, folders: tuple[Path, ...]) -> NullTranslations:
    if code not in languages(*folders):
        return NullTranslations()
    found: NullTranslations | None = None
    for folder in (PACKAGE, *reversed(folders)):
        path = folder / FOLDER / f"{code}.po"
        if not path.is_file():
            continue
        read = _read(path)
        if found is not None:
            read.add_fallback(found)
        found = read
    return found or NullTranslations()


def _read(path: Path) -> GNUTranslations:
    """Return the catalogue in a file. Raises AssignmentError, naming it, where it is none."""
    # Most calls speak English and need no more than the standard library.
    from polib import pofile  # noqa: PLC0415

    try:
        # It takes a name for a text where no file has it.
        catalog = pofile(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AssignmentError(
            f"{path} cannot be read as a catalogue of messages: {error}. Mend that line, or get "
            "the file anew."
        ) from error
    return GNUTranslations(io.BytesIO(catalog.to_binary()))
