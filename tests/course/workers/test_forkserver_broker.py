"""Workers that share one fork server: it is made once, replaced when it dies, ended at the end."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from grader.course.jobs import How, Job
from grader.course.workers.forkserver_broker import Broker, BrokeredServers
from grader.course.workers.pool import side_by_side
from grader.errors import InternalError
from grader.grading import _though_it_dies
from grader.results.model import Result
from grader.sandbox.forkserver import ForkClient, ServerSpec
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import available
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE, declare, graded_with_limits, write

pytestmark = [
    pytest.mark.xdist_group("forkservers"),
    # In a user namespace each worker keeps a process of its own.
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give each submission a user"),
]

STRONGEST = available()[0]


@pytest.fixture
def broker() -> Iterator[Broker]:
    """Return a broker, closed at the end."""
    with closing(Broker()) as broker:
        yield broker


@pytest.fixture
def workers(broker: Broker) -> Iterator[list[BrokeredServers]]:
    """Return what two workers keep."""
    kept = [BrokeredServers(broker.requests) for _ in range(2)]
    yield kept
    for each in kept:
        each.close()


def server(servers: BrokeredServers, *modules: str, limits: Limits | None = None) -> ForkClient:
    """Return what a worker gets that wants these modules imported."""
    return servers.get(ServerSpec(modules=modules, rung=STRONGEST, limits=limits or Limits()))


def below() -> list[psutil.Process]:
    """Return the processes that this one has started, and theirs."""
    return psutil.Process().children(recursive=True)


def test_who_needs_the_same_gets_the_same(workers: list[BrokeredServers]) -> None:
    """Two workers on one assignment fork from one process, which is not started twice."""
    first = server(workers[0], "json")
    before = {each.pid for each in below()}
    second = server(workers[1], "json")
    assert (first.folder, first.ready) == (second.folder, True)
    assert {each.pid for each in below()} == before


def test_who_needs_another_gets_another(workers: list[BrokeredServers]) -> None:
    """A fork server is for one assignment, and what others still have is not ended for it."""
    first = server(workers[0], "json")
    other = server(workers[1], "csv")
    assert first.folder != other.folder
    assert first.alive
    assert other.alive


def test_what_nobody_has_any_more_is_ended(workers: list[BrokeredServers]) -> None:
    """A course of many assignments does not keep a fork server for each."""
    folder = server(workers[0], "json").folder
    server(workers[0], "csv")
    server(workers[0], "string")
    assert not folder.exists()


def test_one_that_died_is_replaced(workers: list[BrokeredServers]) -> None:
    """Every worker notices, and they get one new process together."""
    first, _ = (server(each, "json") for each in workers)
    killed(first)
    assert not first.orphaned
    again = [server(each, "json") for each in workers]
    assert again[0].folder == again[1].folder != first.folder
    assert all(each.alive for each in again)


def test_closing_the_broker_ends_what_it_keeps() -> None:
    """Nothing is left of it, whoever may still have it."""
    before = {each.pid for each in below()}
    broker = Broker()
    kept = BrokeredServers(broker.requests)
    client = server(kept, "json")
    broker.close()
    until = time.monotonic() + 20
    while left := [each for each in below() if each.pid not in before]:
        assert time.monotonic() < until, left
        time.sleep(0.01)
    assert not client.alive
    assert not client.folder.exists()
    kept.close()


def test_nothing_is_started_again_where_the_broker_has_ended() -> None:
    """A submission that its fork server took along is not run without: nobody would end it."""
    broker = Broker()
    with closing(BrokeredServers(broker.requests)) as kept:
        attempts = []

        def attempt(server: ForkClient | None) -> Result:
            attempts.append(server)
            broker.close()
            raise InternalError("its connection is lost")

        client = server(kept, "json")
        with pytest.raises(InternalError, match="lost"):
            _though_it_dies(attempt, client)
    assert attempts == [client]


def test_the_folders_of_a_whole_course_may_be_private(
    workers: list[BrokeredServers], tmp_path: Path
) -> None:
    """A request of more than 100 KiB is served: a call may name a file in each of 800 folders."""
    folders = tuple(tmp_path / f"{number:04}{'x' * 100}" for number in range(800))
    assert len("".join(map(str, folders))) > 100 * 2**10
    wanted = ServerSpec(modules=("json",), rung=STRONGEST, limits=Limits(), private=folders)
    assert workers[0].get(wanted).ready


def test_a_broken_request_costs_only_itself(workers: list[BrokeredServers]) -> None:
    """It gets no fork server, and the next who asks gets one."""
    wanted = ServerSpec(rung=STRONGEST, limits=Limits())
    broken = replace(wanted)
    object.__setattr__(broken, "limits", None)
    with pytest.raises(OSError, match="no fork server"):
        workers[0].get(broken)
    assert server(workers[1], "json").ready


def test_a_request_without_what_it_needs_costs_only_itself(
    broker: Broker, workers: list[BrokeredServers]
) -> None:
    """So does one that came without its file: a process may have no descriptor left."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        socket.send_fds(broker.requests, [b"?"], [theirs.fileno()])
        theirs.close()
        assert ours.recv(1) == b""
    assert server(workers[0], "json").ready


def test_without_a_broker_a_submission_has_its_points(tmp_path: Path) -> None:
    """A fork server only saves time."""
    broker = Broker()
    with broker.requests.dup() as requests:
        broker.close()
        kept = BrokeredServers(requests)
        result = graded_with_limits(tmp_path, [DOUBLE, TRIPLE], servers=kept)
    assert scores(result) == FULL


MEETING = """
import glob, os, subprocess, time
own = NAME
places = (os.getcwd(), os.path.expanduser("~"), os.environ["TMPDIR"], "/tmp", "/dev/shm")
for folder in places:
    try:
        open(os.path.join(folder, "litter-" + own), "w").close()
    except OSError:
        pass
subprocess.Popen(["sleep", "60." + own])
found = set()
for _ in range(40):
    time.sleep(0.1)
    found |= {path for place in (*places, "/tmp/*") for path in glob.glob(place + "/litter-*")}
    for path in glob.glob("/proc/*/cmdline"):
        try:
            found |= set(open(path).read().split("\\0")) & {"60.1", "60.2"}
        except OSError:
            pass
raise ValueError(sorted(each for each in found if not each.endswith(own)))
"""


def test_submissions_side_by_side_do_not_meet(tmp_path: Path) -> None:
    """Forked from one process and at work at the same time, they share nothing that either left."""
    assignment = declare(tmp_path / "tiny")
    jobs = []
    for name in ("1", "2"):
        path = tmp_path / f"{name}.ipynb"
        write(path, [DOUBLE, MEETING.replace("NAME", repr(name)), TRIPLE])
        jobs.append(Job(path, name, How(assignment=str(assignment))))
    results = [outcome.result for _, outcome in side_by_side(jobs, 2)]
    assert [scores(result) for result in results] == [FULL, FULL]
    assert [errors(result) for result in results] == [["ValueError: []"]] * 2


def scores(result: Result | None) -> dict[str, float]:
    """Return what each exercise was worth."""
    assert result is not None
    return {each.id: each.score for each in result.exercises}


def errors(result: Result | None) -> list[str]:
    """Return how cells ended that did not end well."""
    assert result is not None
    return [cell.error for cell in result.cells if cell.error]


def killed(server: ForkClient) -> None:
    """Kill the process itself, as Linux does where memory runs out, and wait for its end."""
    (process,) = [each for each in below() if _is(each, server)]
    process.kill()
    until = time.monotonic() + 20
    while server.alive:
        assert time.monotonic() < until
        time.sleep(0.01)


def _is(process: psutil.Process, server: ForkClient) -> bool:
    with suppress(psutil.ZombieProcess):
        command = process.cmdline()
        return str(server.code) in command and command[1:2] == ["-c"]
    return False
