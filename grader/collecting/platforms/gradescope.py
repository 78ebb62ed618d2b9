"""Gradescope's "Export Submissions": a folder a submission, and a file that says whose each is.

`assignment_123_export/submission_456/...`, and beside these `submission_metadata.yml`. A submission
of a group is everybody's in it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import yaml

from grader.collecting.deposits import Context, Deposit, everything, here, mostly, plausible, stray
from grader.collecting.limits import LARGEST_METADATA
from grader.collecting.matching import Who
from grader.collecting.trees import EntryError, Tree
from grader.errors import UsageError

_METADATA: Final = "submission_metadata.yml"
_FOLDER: Final = re.compile(r"submission_\d+(?:\.\w+)?")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads plain values; what Ruby calls its own classes is read as what it is made of."""


def _without_class(loader: Any, _suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!ruby/", _without_class)


def claims(tree: Tree, _context: Context) -> bool:
    """Whether what is at the top is called so, beside the file.

    The file alone says nothing: it would have students say whose the others' work is.
    """
    names = (name for name in tree.names() if name != _METADATA)
    return mostly(_FOLDER.fullmatch(name) is not None for name in names)


def deposits(tree: Tree, _context: Context) -> Iterator[Deposit]:
    """Yield each submission, once for each who handed it in."""
    metadata = _metadata(tree)
    for name, files in everything(tree).items():
        if name == _METADATA:
            continue
        told = metadata.get(name)
        people = _people(told) if isinstance(told, Mapping) else []
        if not people or not isinstance(told, Mapping):
            yield stray(name, files)
            continue
        history = told.get(":history")
        earlier = len(history) if isinstance(history, list) else 0
        note = f"the last of {earlier + 1} attempts at Gradescope" if earlier else ""
        for who in people:
            yield Deposit(who, name, files, _time(told.get(":created_at")), note=note)


def _metadata(tree: Tree) -> Mapping[Any, Any]:
    entry = next((each for each in tree.files() if each.name == _METADATA), None)
    if entry is None:
        return {}
    try:
        found = yaml.load(entry.content(LARGEST_METADATA), _Loader)  # noqa: S506 - a safe loader
    except EntryError as error:
        raise UsageError(f"{entry.source} {error}. Export the submissions again.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise UsageError(
            f"{entry.source}, line {line}: is no YAML. Export the submissions again."
        ) from error
    return found if isinstance(found, Mapping) else {}


def _people(told: Mapping[Any, Any]) -> list[Who]:
    listed = told.get(":submitters")
    found = []
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, Mapping):
            continue
        sid, email, name = (_text(each.get(key)) for key in (":sid", ":email", ":name"))
        if sid or email or name:
            found.append(Who(sid or email or name, (sid,), name, email))
    return found


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""


def _time(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return plausible(value) if value.tzinfo else here(value)
