"""The catalogues of messages of the grader and of assignments, kept in step with the texts.

A catalogue holds every text that is marked in the code or in a template, and what an assignment
declares: its title, those of its exercises, the sentences of its checks, its mistakes.
"""

import ast
import io
import re
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po, write_po

from grader.assignment.loading import load
from grader.assignment.mistakes import catalogue
from grader.assignment.model import CONFIG, Assignment
from grader.errors import AssignmentError, UsageError
from grader.files import write_atomically
from grader.i18n import FOLDER, PACKAGE, catalogues_in

_KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {"_": None, "_n": (1, 2), "marked": None}
_METHODS: Final = [
    ("**.py", "grader.authoring.translate:marked_in"),
    ("**/templates/**.html", "jinja2"),
]
_WIDTH: Final = 100
# A message that stays the same in most languages: nothing in it is a word.
_MARKUP: Final = re.compile(r"`[^`]*`|\{[^}]*\}|[\W\d_]+")


@dataclass(frozen=True)
class Gap:
    """A message that a catalogue lacks, or translates into something else's shape, and why."""

    path: Path
    message: str
    reason: str


def template(folder: Path) -> Catalog:
    """Return all messages of the grader or of an assignment, without translations.

    `folder` is the grader's package or that of an assignment. Raises AssignmentError where the
    assignment cannot be used.
    """
    found = Catalog(charset="utf-8", project=folder.resolve().name, fuzzy=False)
    try:
        for file, _line, text, _comments, _context in extract_from_dir(
            folder, _METHODS, keywords=_KEYWORDS
        ):
            # Without line numbers, which would change with every line above.
            found.add(text, None, [(file, 0)])
    except SyntaxError as error:
        raise AssignmentError(
            f"A file in {folder} cannot be read as Python: {error}. Mend it, or take it away."
        ) from error
    if (folder / CONFIG).is_file():
        for file, text in _declared(load(folder)):
            found.add(text, None, [(file, 0)])
        for message in template(PACKAGE):
            # What the grader says itself is in its own catalogue.
            if message.id:
                found.delete(message.id)
    return found


def marked_in(
    file: IO[bytes], keywords: Collection[str], _tags: object, options: object
) -> Iterator[tuple[int, str, object, list[str]]]:
    """Yield the calls of `keywords` in a Python file and their literals, as Babel wants them.

    Babel's own extractor does not look into f-strings.
    """
    del options  # Babel passes it by its name
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
            if node.func.id in keywords and texts:
                # The second form of a plural; a number may come after it.
                plural = len(texts) > 1 and isinstance(texts[1], str)
                yield node.lineno, node.func.id, tuple(texts[:2]) if plural else texts[0], []


def _declared(assignment: Assignment, *, public: bool = False) -> Iterator[tuple[str, str]]:
    """Yield what an assignment declares for students to read, each with its file.

    Where it is for the `public`, hidden checks are left out.
    """
    yield CONFIG, assignment.config.title
    for exercise in assignment.exercises:
        yield "checks.py", exercise.title
        if exercise.below:
            yield "checks.py", exercise.below
        for check in exercise.checks:
            if public and not check.public:
                continue
            plain = getattr(check.function, "plain", None)
            file = check.function.__code__.co_filename if plain is None else plain.file
            yield Path(file).name, check.title
            # That of a result which is compared.
            hint = getattr(check.function, "hint", None)
            if hint:
                yield Path(file).name, hint
    for mistake in catalogue(assignment).mistakes:
        yield from (
            ("mistakes.py", text) for text in (mistake.name, mistake.explanation, mistake.hint)
        )


def catalogue_file(folder: Path, language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return folder / FOLDER / f"{language}.po"


def updated(folder: Path, language: str) -> str:
    """Return the text of a language's catalogue with exactly the messages of now.

    What is translated already stays so; a message that only changed keeps its former translation,
    marked as fuzzy, for a person to look at. Raises UsageError where there is no such
    language, AssignmentError where the file cannot be read.
    """
    messages = template(folder)
    path = catalogue_file(folder, language)
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError) as error:
        raise UsageError(
            f"{language!r} is the code of no language. Russian is `ru`, French `fr`."
        ) from error
    known = _catalogue(path, locale) if path.is_file() else Catalog(locale=locale, fuzzy=False)
    known.update(messages)
    return _written(known, locale)


def _written(known: Catalog, locale: Locale) -> str:
    # Dates and names of tools in the head would change with every call.
    fresh = Catalog(locale=locale, charset="utf-8", project=known.project, fuzzy=False)
    # The translations are in the order of the file's own formula; Babel's changes with its version.
    fresh.mime_headers = [("Plural-Forms", known.plural_forms)]
    told = [each for each in known if each.id]
    for message in told:
        # They come in the order in which the file system lists files.
        message.locations = sorted(set(message.locations))
    for message in sorted(told, key=_place):
        fresh[message.id] = message
    text = io.BytesIO()
    write_po(text, fresh, width=_WIDTH, omit_header=True, include_lineno=False)
    head = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {locale}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {fresh.plural_forms}\\n"\n\n'
    )
    return head + text.getvalue().decode("utf-8").strip() + "\n"


def public_catalogues(assignment: Assignment, code: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the catalogues that students get, each by its name: what they are to read, and no more.

    `code` are the texts of the files of the public checks. Raises AssignmentError where a catalogue
    cannot be read.
    """
    wanted: set[object] = {text for _file, text in _declared(assignment, public=True)}
    for text in code.values():
        file = io.BytesIO(text.encode())
        wanted |= {each[2] for each in marked_in(file, _KEYWORDS, (), {})}
    for language in catalogues_in(assignment.folder):
        locale = Locale.parse(language)
        known = _catalogue(catalogue_file(assignment.folder, language), locale)
        for message in list(known):
            if message.id and message.id not in wanted:
                known.delete(message.id)
        yield f"{FOLDER}/{language}.po", _written(known, locale)


def _place(message: Message) -> tuple[str, str]:
    first = message.id if isinstance(message.id, str) else message.id[0]
    return (str(message.locations[0][0]) if message.locations else "", first)


def _catalogue(path: Path, locale: Locale) -> Catalog:
    try:
        with path.open("rb") as file:
            return read_po(file, locale=locale, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        raise AssignmentError(
            f"{path} cannot be read as a catalogue: {error}. Mend that line, or get the file anew."
        ) from error


def gaps(folder: Path, language: str) -> list[Gap]:
    """Return what is amiss with a catalogue, message by message; nothing where it is whole.

    That is a message without a translation, one whose translation a person has yet to look at,
    and one whose translation has other `{places}` for values.
    """
    path = catalogue_file(folder, language)
    messages = template(folder)
    known = _catalogue(path, Locale.parse(language)) if path.is_file() else Catalog()
    found = []
    for message in messages:
        if message.id:
            reason = _amiss(message, known.get(message.id))
            if reason:
                found.append(Gap(path, str(message.id), reason))
    return found


def _amiss(message: Message, translated: Message | None) -> str:
    forms = (message.id,) if isinstance(message.id, str) else message.id
    if not any(map(_has_words, forms)):
        return ""
    if translated is None or not translated.string or not all(_strings(translated)):
        return "is not translated"
    if translated.fuzzy:
        return "has changed since it was translated"
    wanted = set().union(*map(_places, forms))
    if any(not _places(each) <= wanted for each in _strings(translated)):
        return "has other places for values in its translation"
    # Only a plural may leave one out: "one line" for {number}.
    if isinstance(message.id, str) and _places(str(translated.string)) != wanted:
        return "lacks a place for a value in its translation"
    return ""


def _strings(message: Message) -> tuple[str, ...]:
    told = message.string or ""
    return (told,) if isinstance(told, str) else tuple(told)


def _has_words(text: str) -> bool:
    return bool(_MARKUP.sub("", text))


def _places(text: str) -> set[str]:
    try:
        return {name for _text, name, _spec, _how in string.Formatter().parse(text) if name}
    except ValueError:
        # Braces that are none of a format, as in a set.
        return set()


def update(folder: Path, language: str) -> tuple[Path, list[Gap]]:
    """Write the catalogue of a language anew; return its path and what it lacks.

    Raises as `updated` does, and UsageError where the file cannot be written.
    """
    path = catalogue_file(folder, language)
    text = updated(folder, language)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be made a folder ({error.strerror}).") from error
    write_atomically(path, text)
    return path, gaps(folder, language)


if __name__ == "__main__":
    for code in catalogues_in(PACKAGE):
        written, lacking = update(PACKAGE, code)
        print(f"{written}; without a translation: {len(lacking)}")  # noqa: T201
