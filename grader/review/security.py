"""Who may talk to the page: the browser of whoever started it, and nobody else.

The server listens on this machine only, but so may other users of it, and every page that a
browser shows can send requests there. Hence a token in the address that is told once, and then a
cookie; the name of the host, since a page elsewhere may let its own name lead here (DNS
rebinding); and the origin of whatever changes something.
"""

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlencode

from markupsafe import escape
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN: Final = "token"  # noqa: S105 - the name of a field
_READING: Final = ("GET", "HEAD")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# A student's report has a policy of its own within; this one leaves it no script at all.
_REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # Without any, forms would have no origin to be checked.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
REPORT_HEADERS: Final = {"Content-Security-Policy": _REPORT_POLICY}


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(32)


class Gate:
    """Lets through what the browser asks that was given the token; `port` is the server's."""

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self.app = app
        self.token = token
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        # Cookies do not tell ports apart, and several servers may run.
        self.cookie = f"review_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
        else:
            await self.app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        connection = HTTPConnection(scope)
        headers = connection.headers
        if len(headers.getlist("host")) != 1 or headers["host"] not in self.hosts:
            return PlainTextResponse("There is no such host here.", 421)
        if scope["method"] not in _READING and not _same_origin(headers):
            return PlainTextResponse("Another page asked for this; it was refused.", 403)
        if _equal(connection.cookies.get(self.cookie, ""), self.token):
            return None
        return self._let_in(scope, connection)

    def _let_in(self, scope: Scope, connection: HTTPConnection) -> Response:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = query.pop(TOKEN, [""])
        if scope["method"] not in _READING or not _equal(given[0], self.token):
            return PlainTextResponse(
                "Open the address that `grader review` has printed where it was started.", 403
            )
        # The token stays in no address that is shown, kept or handed on.
        rest = urlencode(query, doseq=True)
        # One slash: two would lead to another host.
        place = "/" + scope["path"].lstrip("/\\")
        response = _onward(connection.headers, f"{place}?{rest}" if rest else place)
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return response


def _onward(headers: Headers, address: str) -> Response:
    """Return what leads to a page of ours."""
    if headers.get("sec-fetch-site") != "cross-site":
        return RedirectResponse(address, 303)
    # Somebody followed a link in another page, such as a terminal in the browser. Cookies of ours
    # are sent only once a page of ours asks.
    target = escape(address)
    return HTMLResponse(
        f'<!DOCTYPE html><title>Review</title><meta http-equiv="refresh" content="0; url={target}">'
        f'<a href="{target}">Go on</a>'
    )


def _equal(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _same_origin(headers: Headers) -> bool:
    """Whether a page of ours asks. Browsers tell the origin of all that changes something."""
    return (
        headers.getlist("origin") == [f"http://{headers['host']}"]
        and headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )


def _with_headers(send: Send, given: Mapping[str, str] = HEADERS) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in given.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
