"""What the web services of platforms have in common: whom they know, and what can go wrong."""

import ipaddress
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

from grader.errors import UsageError
from grader.text import one_line

# A call that a service is too busy for is made so many times, each time after twice the pause.
TRIES: Final = 5
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
SECONDS: Final = 30.0
# What a service answers when it is too busy, or in trouble for a while.
BUSY: Final = frozenset((429, 500, 502, 503, 504))
_MOST_QUOTED: Final = 300

Answer = TypeVar("Answer")


class BusyError(Exception):
    """A service could not be reached, or asks to be called again later: in so many seconds."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class RefusedError(Exception):
    """A service refuses one student's grade, and says why."""


@dataclass(frozen=True)
class Participants:
    """Whom a service knows in a course: their cells by the number that it has for each.

    `most` is the most that the assignment there can give, None where the service does not say.
    """

    headers: Sequence[str]
    rows: Mapping[int, Sequence[str]]
    most: float | None = None


class Service(Protocol):
    """A platform that takes grades."""

    @property
    def where(self) -> str:
        """What publications are said to be at."""

    def participants(self) -> Participants:
        """Return whom it knows. Raises UsageError where it does not tell."""

    def send(self, user: int, grade: float) -> str:
        """Set a grade, and return what is to be told of it, "" where all went well.

        Raises RefusedError where this one is refused, UsageError where every one would be.
        """


def patiently(call: Callable[[], Answer], what: str) -> Answer:
    """Return what a call answers, made again where the service is busy.

    Raises UsageError where it stays so.
    """
    pause = FIRST_PAUSE
    for remaining in reversed(range(TRIES)):
        try:
            return call()
        except BusyError as error:
            if not remaining:
                raise UsageError(
                    f"{what} does not answer ({error}), after {TRIES} tries. Call again later: "
                    "only what is missing is sent."
                ) from error
            time.sleep(min(error.seconds or pause, LONGEST_PAUSE))
            pause *= 2
    raise TypeError("the last try returns or raises")


def token_in(variable: str) -> str:
    """Return the token in a variable of the environment. Raises UsageError where there is none."""
    token = os.environ.get(variable, "").strip()
    if not token:
        raise UsageError(
            f"{variable} is not set: put the token there that the platform gave you, as in "
            f"`read -rs {variable} && export {variable}`."
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError(f"What {variable} holds is no token: it has characters that none has.")
    return token


def address(url: str) -> str:
    """Return the address of a service, to which paths are added.

    Raises UsageError where a token would travel in the clear.
    """
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise UsageError(f"{url!r} is no address of a platform. Write it as https://HOST.")
    if parts.username is not None:
        raise UsageError("An address with a user name is not used: a token says who you are.")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise UsageError(f"{url} would get the token in the clear. Write it with https://.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def quoted(text: object, token: str) -> str:
    """Return what a service says, in one line, and never the token."""
    told = one_line(str(text).replace(token, "…"))
    return told if len(told) <= _MOST_QUOTED else f"{told[:_MOST_QUOTED]}…"
