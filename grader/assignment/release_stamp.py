"""What a released notebook says of itself: its assignment, the version, the points.

It stands in the notebook's metadata, so that a submission tells from which release it was made,
and `grader release --diff` what has changed since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from grader.assignment.model import Assignment
from grader.i18n import SOURCE, _
from grader.notebook.reading import Notebook

KEY: Final = "grader"


@dataclass(frozen=True)
class Release:
    """What is known of a release; `version` is "" and `points` are empty where it does not say.

    `points` are those of each exercise by its id, in their order.
    """

    version: str = ""
    points: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> "Release":
        """Read it from a notebook's metadata, whatever stands there: students can edit it."""
        told = metadata.get(KEY)
        told = told if isinstance(told, Mapping) else {}
        version, points = told.get("version"), told.get("points")
        kept = points.items() if isinstance(points, Mapping) else ()
        return cls(
            version if isinstance(version, str) else "",
            {
                str(name): float(worth)
                for name, worth in kept
                if isinstance(worth, int | float) and not isinstance(worth, bool)
            },
        )


def stamp(assignment: Assignment, language: str = SOURCE) -> dict[str, Any]:
    """Return what the metadata of a notebook released in a language say under `KEY`."""
    return {
        "assignment": assignment.name,
        "version": assignment.config.version,
        "points": {exercise.id: exercise.points for exercise in assignment.exercises},
        **({} if language == SOURCE else {"language": language}),
    }


def remark(notebook: Notebook, assignment: Assignment) -> str:
    """Return a sentence where a notebook was made from another version, "" where it was not."""
    version = Release.of(notebook.metadata).version
    if version in ("", assignment.config.version):
        return ""
    return _(
        "The notebook was made from version {version} of the assignment, and was "
        "graded by version {now}.",
        version=version,
        now=assignment.config.version,
    )
