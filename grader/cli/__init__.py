"""The commands `grade` and `grader`."""

import grader.lean as _lean  # noqa: F401 - before anything else
from grader.cli import authoring as _authoring  # noqa: F401 - adds its commands
from grader.cli import course as _course  # noqa: F401 - adds its commands
from grader.cli import machine as _machine  # noqa: F401 - adds its commands
from grader.cli.grading import grade
from grader.cli.group import grader

__all__ = ["grade", "grader"]
