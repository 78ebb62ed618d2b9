"""The application: which address leads to which page."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from grader.errors import GraderError, UsageError
from grader.review import other_pages, queue_pages
from grader.review.items import Desk, GoneError
from grader.review.office import Answer, Form, Office
from grader.review.pages import static
from grader.review.security import Gate

_READING: Final = ("GET",)
_CHANGING: Final = ("POST",)
_LONGEST_FORM: Final = 2**20
_MOST_FIELDS: Final = 100


def application(desk: Desk, *, token: str, port: int) -> tuple[ASGIApp, Office]:
    """Return the application of a desk, behind its gate, and the office that it works in."""
    office = Office(desk)
    pages: Sequence[tuple[str, Answer, Sequence[str]]] = (
        ("/", queue_pages.home, _READING),
        ("/check", queue_pages.check, _READING),
        ("/first", queue_pages.first, _READING),
        ("/item/{key}", queue_pages.item, _READING),
        ("/item/{key}/points", queue_pages.points, _CHANGING),
        ("/item/{key}/hold", queue_pages.hold_on, _CHANGING),
        ("/item/{key}/rubric", other_pages.edit_rubric, (*_READING, *_CHANGING)),
        ("/undo", queue_pages.undo, _CHANGING),
        ("/decision/{number}/undo", queue_pages.undo, _CHANGING),
        ("/search", other_pages.find, _READING),
        ("/report/{key}", other_pages.show_report, _READING),
        ("/report/{key}/page", other_pages.report_alone, _READING),
        ("/requests", other_pages.show_requests, (*_READING, *_CHANGING)),
        ("/requests/{number}", other_pages.answer_request, _CHANGING),
        ("/second", other_pages.second, _READING),
        ("/write", other_pages.write, _CHANGING),
    )
    routes = [
        Route(path, _endpoint(office, answer), methods=[*methods])
        for path, answer, methods in pages
    ]
    routes.append(Route("/static/{name}", _static, methods=["GET"]))
    return Gate(Starlette(routes=routes), token=token, port=port), office


def _endpoint(office: Office, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers requests by a function that may wait for the gradebook."""

    async def endpoint(request: Request) -> Response:
        try:
            form = await _form(request)
            return await run_in_threadpool(answer, office, request, form)
        except GoneError as error:
            return office.refuse(error, HTTPStatus.NOT_FOUND)
        except GraderError as error:
            return office.refuse(error)
        except ClientDisconnect:
            # Nobody is there to be told anything.
            return Response(status_code=HTTPStatus.BAD_REQUEST)

    return endpoint


async def _form(request: Request) -> Form:
    """Return the fields of a form. Raises UsageError where it is too long to be one of ours."""
    if request.method != "POST":
        return {}
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            raise UsageError("That is too long to be kept: shorten it.")
    try:
        text = body.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise UsageError("This form cannot be read.") from None
    # Browsers end lines by two characters there.
    return {name: value.replace("\r\n", "\n") for name, value in fields}


async def _static(request: Request) -> Response:
    try:
        content, kind = static(request.path_params["name"])
    except KeyError:
        return PlainTextResponse("There is no such file.", HTTPStatus.NOT_FOUND)
    return Response(content, media_type=kind)
