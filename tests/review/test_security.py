"""Nobody but the browser that was given the token gets an answer, and hostile text stays text."""

import html5lib
import psutil
import pytest
from starlette.testclient import TestClient

from grader.review.app import application
from grader.review.items import Desk
from grader.review.server import listening
from tests.review.course import HOST, PORT, TOKEN, Course, Grader

HOSTILE = (
    "</textarea></pre><script>window.ran = 1</script>"
    '<img src="x" onerror="window.ran = 2">" autofocus onfocus="window.ran = 3" x="'
    "{{ 7 * 7 }} <a href='javascript:window.ran = 4'>x</a> https://example.org"
)
PATHS = ("/", "/check?of=why.sum", "/search?text=a", "/requests", "/second", "/static/review.js")


def stranger(course: Course) -> TestClient:
    """Return a client that was not given the token."""
    app, _office = application(Desk(course.book(), None, "maria"), token=TOKEN, port=PORT)
    return TestClient(app, base_url=HOST, follow_redirects=False)


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_told(course: Course, path: str) -> None:
    """Neither without a cookie, nor with a wrong one or a wrong token."""
    client = stranger(course)
    for query, cookie in (("", ""), (f"token={TOKEN}x", ""), ("token=", "wrong"), ("", "é")):
        headers = [(b"cookie", f"review_{PORT}={cookie}".encode("latin-1"))]
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{query}", headers=headers)
        assert answer.status_code == 403
        assert "Open the address" in answer.text


def test_the_token_becomes_a_cookie(course: Course) -> None:
    """Scripts cannot read it, other sites do not send it, and the address is rid of it."""
    answer = stranger(course).get(f"/check?of=why.sum&token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/check?of=why.sum")
    cookie = answer.headers["set-cookie"].casefold()
    assert cookie.startswith(f"review_{PORT}=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "domain" not in cookie
    away = stranger(course).get(f"{HOST}//example.org/?token={TOKEN}")
    assert away.headers["location"].startswith("/example.org")


def test_a_link_to_the_address_works_in_another_page(course: Course) -> None:
    """A page of ours asks for the rest, since a browser sends no such cookie for another's."""
    client = stranger(course)
    path = f"/check?of=%22%3E%3Cscript%3E&token={TOKEN}"
    answer = client.get(path, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert 'content="0; url=/check?of=%22%3E%3Cscript%3E"' in answer.text
    assert TOKEN not in answer.text
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("host", ["example.org", f"example.org:{PORT}", "127.0.0.1", "127.0.0.1:1"])
def test_another_host_is_refused(course: Course, host: str) -> None:
    """A name elsewhere that leads to this machine opens nothing, even with the token."""
    client = course.grader().client
    assert client.get("/", headers={"host": host}).status_code == 421
    assert client.get(f"/?token={TOKEN}", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://example.org"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"origin": HOST, "sec-fetch-site": "cross-site"},
        {"origin": f"http://localhost:{PORT}"},
    ],
)
def test_what_another_page_sends_changes_nothing(course: Course, headers: dict[str, str]) -> None:
    """With the cookie, too, a form of another origin is refused."""
    maria = course.grader()
    path = f"/item/{maria.item('s002').key}/points"
    sent = maria.client.post(path, data={"seen": "0", "points": "1"}, headers=headers)
    assert sent.status_code == 403
    del maria.client.headers["origin"]
    assert maria.client.post(path, data={"seen": "0", "points": "1"}).status_code == 403
    assert course.decisions() == []


def test_reading_changes_nothing(course: Course) -> None:
    """What decides is refused to be got."""
    maria = course.grader()
    for path in ("/undo", f"/item/{maria.item('s002').key}/points", "/write", "/decision/1/undo"):
        assert maria.client.get(path).status_code == 405


def test_each_answer_has_its_headers(course: Course) -> None:
    """Nothing is loaded from elsewhere, kept by the browser, or framed by another page."""
    maria = course.grader()
    answers = [maria.client.get(path) for path in (*PATHS, "/nothing")]
    for each in (*answers, stranger(course).get("/")):
        policy = each.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert each.headers["cache-control"] == "no-store"
        assert each.headers["x-content-type-options"] == "nosniff"
        assert each.headers["referrer-policy"] == "same-origin"
    report = maria.client.get(f"/report/{maria.item('s002').report}/page")
    policy = report.headers["content-security-policy"]
    assert "script-src" not in policy
    assert policy.endswith("sandbox")


def test_only_this_machine_is_listened_to() -> None:
    """The socket is bound to the loopback address."""
    with listening(0) as listener:
        listener.listen()
        ours = [
            each.laddr
            for each in psutil.Process().net_connections("tcp")
            if each.laddr and each.laddr.port == listener.getsockname()[1]
        ]
    assert [each.ip for each in ours] == ["127.0.0.1"]


def test_a_form_that_is_too_long_is_refused(course: Course) -> None:
    """Nothing is read beyond a megabyte, nor more fields than any form has."""
    maria = course.grader()
    path = f"/item/{maria.item('s002').key}/points"
    maria.post(path, 400, seen="0", points="1", comment="x" * 2**21)
    maria.post(path, 400, **{f"field{place}": "" for place in range(200)})
    assert course.decisions() == []


def hostile(course: Course) -> Grader:
    """Return a grader of a gradebook where every text attacks the page."""
    course.hand_in([HOSTILE], [HOSTILE], mistake=HOSTILE)
    lea = course.grader(HOSTILE, names=True)
    item = lea.item(course.students[-1])
    lea.post(f"/item/{item.key}/rubric", text=HOSTILE, points="1")
    lea.give(item, 1, comment=HOSTILE)
    lea.post("/requests", student=course.students[-1], check="why.sum", text=HOSTILE)
    lea.post("/requests", student=course.students[-1], text=HOSTILE)
    lea.post("/requests/1", answer=HOSTILE, points="2")
    course.notebook(course.students[-1], HOSTILE)
    return lea


def test_hostile_text_stays_text(course: Course) -> None:
    """In answers, names, comments, rubrics, requests and searches: no element comes of it."""
    lea = hostile(course)
    item = lea.item(course.students[-1])
    paths = (
        *(*PATHS[:5], f"/item/{item.key}", f"/item/{item.key}?meanwhile=1"),
        *(f"/item/{item.key}/rubric", f"/report/{item.report}", f"/report/{item.report}/page"),
    )
    pages = {path: lea.get(path) for path in paths}
    for name in ("text", "student", "mistake", "check"):
        pages[f"search {name}"] = lea.get("/search", **{name: HOSTILE})
    pages["refused"] = lea.client.get("/check", params={"of": HOSTILE}).text
    told = 0
    for path, page in pages.items():
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        scripts = [each.get("src", "inline") for each in tree.iter("script")]
        ours = ["/static/htmx.min.js", "/static/review.js"]
        assert scripts == (["inline"] if path.endswith("/page") else ours), path
        for element in tree.iter():
            names = [name for name in element.attrib if isinstance(name, str)]
            assert not [name for name in names if name.startswith("on")], path
            assert "autofocus" not in names, path
            assert "javascript:" not in element.get("href", ""), path
            assert "example.org" not in element.get("href", ""), path
            assert element.get("src", "/").startswith("/"), path
        told += "window.ran" in page
    assert told > 10
