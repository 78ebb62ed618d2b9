"""What decides, beside an assignment, what an author is told: the grader and all around it."""

import hashlib
import importlib.metadata
import json
import platform
import sys
from functools import cache

from grader.course.store import grader_digest
from grader.i18n import language


def digest_of(*parts: object) -> str:
    """Return the digest of plain data."""
    told = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def environment() -> str:
    """Return the digest of what judges: the grader, Python, all that is installed, the language."""
    return digest_of(_machine(), language())


@cache
def _machine() -> str:
    installed = sorted(
        f"{each.metadata['Name']} {each.version}" for each in importlib.metadata.distributions()
    )
    machine = platform.platform(), platform.processor()
    return digest_of(grader_digest(), sys.version, machine, installed)
