"""Setting the pages: whatever is put into a template is escaped."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from grader.text import one_line, printable

_PACKAGE: Final = "grader.review"
# By name, with the package that holds it; the first is that of the reports.
STATIC: Final = {
    "style.css": ("grader.reports", "templates/style.css", "text/css"),
    "review.css": (_PACKAGE, "static/review.css", "text/css"),
    "review.js": (_PACKAGE, "static/review.js", "text/javascript"),
    "htmx.min.js": (_PACKAGE, "static/htmx.min.js", "text/javascript"),
}


def render(template: str, **values: Any) -> str:
    """Return the page that `template` makes of `values`."""
    return _environment().get_template(template).render(**values)


@cache
def static(name: str) -> tuple[bytes, str]:
    """Return a file that pages ask for, and its type. Raises KeyError where there is none."""
    package, path, kind = STATIC[name]
    return files(package).joinpath(path).read_bytes(), kind


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "line": one_line,
        "plain": printable,
        "points": _points,
        "moment": _moment,
        "part": lambda text: quote(text, safe=""),
        "number": lambda value: f"{value:g}",
    }
    return environment


def _points(value: float) -> str:
    return f"{value:g} point{'' if value == 1 else 's'}"


def _moment(value: datetime) -> str:
    """Return a moment as a person here reads it."""
    return f"{value.astimezone():%Y-%m-%d %H:%M}"
