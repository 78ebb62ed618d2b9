"""Setting HTML pages: one file each, that asks nobody for anything and runs nothing but our own.

Whatever is put into a template is escaped. Should that ever fail, the page's Content-Security-
Policy (https://www.w3.org/TR/CSP3/) still lets nothing load, and no script and no style work but
those two whose digests it names.
"""

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from grader.i18n import _, _n, language
from grader.reports import wording
from grader.text import capital, one_line, printable

if TYPE_CHECKING:
    from jinja2 import Environment

# What a policy calls nothing at all.
_NONE: Final = "'none'"
# `code` between backticks, as check sentences, messages and hints have it.
_CODE: Final = re.compile(r"`([^`\n]+)`")


def page(template: str, *, script: str, **values: Any) -> str:
    """Return the page that `template` makes of `values`, with the script of this name, "" for none.

    Without one, the page's policy lets no script run at all.
    """
    environment = _environment()
    style = _source("style.css")
    own = _source(script) if script else ""
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; "
        f"script-src {_digest(own) if script else _NONE}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # Both are ours, and the policy names their digests.
    ours = {"style": Markup(style), "script": Markup(own)}  # noqa: S704
    text = environment.get_template(template).render(**values, **ours, policy=policy)
    return text if text.endswith("\n") else f"{text}\n"


def part(template: str, *, style: str, **values: Any) -> str:
    """Return what `template` makes of `values`, with the style of this name, for another page.

    There is no policy there: the style is ours, and there is no script.
    """
    ours = Markup(_source(style))  # noqa: S704 - it is ours
    return _environment().get_template(template).render(**values, style=ours)


@cache
def _environment() -> "Environment":
    # Most calls write no page, and should not wait for this.
    from jinja2 import (  # noqa: PLC0415
        Environment,
        PackageLoader,
        StrictUndefined,
        select_autoescape,
    )

    environment = Environment(
        loader=PackageLoader("grader.reports"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": _, "_n": _n, "language": language}
    environment.filters |= {
        "code": _with_code,
        "line": one_line,
        "capitalised": capital,
        "number": wording.number,
        "points": wording.points,
        "share": wording.share,
        "cost": wording.cost,
        "skipped": wording.skipped,
        "slips": wording.slips,
        "status": wording.status,
        "plain": printable,
    }
    environment.tests["told"] = wording.is_told
    return environment


@cache
def _source(name: str) -> str:
    """Return a style or a script, which stands in the page unescaped."""
    environment = _environment()
    if environment.loader is None:
        raise TypeError("the templates have a loader")
    source = environment.loader.get_source(environment, name)[0].strip()
    if "</" in source or "<!--" in source:
        raise ValueError(f"{name} would end the element that it stands in")
    return source


def _digest(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _with_code(text: str) -> Markup:
    """Return text, escaped, with what stands between backticks as code."""
    parts = _CODE.split(printable(text))
    # The pattern's one group: every second part is what it caught.
    marked = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    ]
    return Markup("").join(marked)
