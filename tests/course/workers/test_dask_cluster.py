"""Grading on a cluster: a real scheduler, and workers that die, join late, or cannot grade."""

import csv
import re
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from grader.assignment.model import REFERENCE
from grader.cli import grade
from grader.course.jobs import How, Job, perform
from grader.course.workers.dask_cluster import _task
from grader.notebook.reading import NotebookError
from tests.course.test_batch import results
from tests.course.workers.dask_cluster import Batch, DaskCluster, dask_cluster, ended, until
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

pytest.importorskip("distributed")
pytestmark = pytest.mark.xdist_group("cluster")

# How long a submission holds its worker that is to be caught at it.
LONG = "import time\ntime.sleep(4)"
SCORES = {"a": "5", "b": "2", "c": "5"}


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """Return three submissions, the second of them wrong in part."""
    submissions = tmp_path / "submissions"
    submissions.mkdir()
    write(submissions / "a.ipynb", [DOUBLE, TRIPLE])
    write(submissions / "b.ipynb", [DOUBLE, "def triple(n):\n    return n"])
    write(submissions / "c.ipynb", [DOUBLE, TRIPLE, "1"])
    return Batch(submissions, tmp_path / "out", declare(tmp_path / "reference" / "tiny"))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    """Return a scheduler with one worker."""
    with dask_cluster(tmp_path / "cluster", workers=1) as started:
        yield started


def scores(batch: Batch) -> dict[str, str]:
    """Return what `grades.csv` says: one row for each submission, or the test fails."""
    with (batch.out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["submission"], row["score"]) for row in csv.DictReader(file)]
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_a_cluster_comes_to_the_same_results(batch: Batch, tmp_path: Path) -> None:
    """Two workers of a local cluster write what one process writes, and know it again."""
    alone = Batch(batch.submissions, tmp_path / "alone", batch.assignment)
    assert alone.run("--jobs", 1)[0] == 0
    status, said = batch.run("--dask", "local", "--jobs", 2)
    assert status == 0, said
    assert results(batch.out) == results(alone.out)
    assert scores(batch) == scores(alone) == SCORES
    assert "3 of 3 were graded before" in batch.run("--jobs", 1)[1]


def test_a_killed_worker_s_submission_goes_to_one_that_joins_late(
    batch: Batch, cluster: DaskCluster
) -> None:
    """Nothing is lost or counted twice, though at first nobody is left to do it."""
    write(batch.submissions / "z.ipynb", [LONG, DOUBLE, TRIPLE])
    grading = batch.start("--dask", cluster.file)
    until(lambda: batch.written() == {"a", "b", "c"})
    cluster.workers[0].send_signal(signal.SIGKILL)
    cluster.start_worker()
    status, said = ended(grading)
    assert status == 0, said
    assert scores(batch) == {**SCORES, "z": "5"}


def test_what_two_workers_died_of_is_the_grader_s_failure(
    batch: Batch, cluster: DaskCluster
) -> None:
    """It gets a sentence and no score; what was graded stays."""
    write(batch.submissions / "z.ipynb", [LONG * 2, DOUBLE, TRIPLE])
    grading = batch.start("--dask", cluster.file)
    until(lambda: batch.written() == {"a", "b", "c"})
    cluster.workers[0].send_signal(signal.SIGKILL)
    second = cluster.start_worker()
    # Its fork server it starts with its first submission, and that the notebook's process.
    until(lambda: len(psutil.Process(second.pid).children(recursive=True)) > 1)
    second.send_signal(signal.SIGKILL)
    status, said = ended(grading)
    assert status == 3
    assert "grader's failure" in said
    assert scores(batch) == {**SCORES, "z": ""}


def test_a_scheduler_that_goes_away_costs_nothing_that_is_done(
    batch: Batch, cluster: DaskCluster, tmp_path: Path
) -> None:
    """It is told with what to do, and the same command goes on with another scheduler."""
    write(batch.submissions / "z.ipynb", [LONG, DOUBLE, TRIPLE])
    grading = batch.start("--dask", cluster.file)
    until(lambda: batch.written() == {"a", "b", "c"})
    cluster.scheduler.send_signal(signal.SIGKILL)
    status, said = ended(grading)
    assert status == 3
    assert "scheduler of the cluster went away" in said
    assert "the same call goes on from there" in said
    assert "Traceback" not in said
    assert scores(batch) == SCORES
    with dask_cluster(tmp_path / "another", workers=1) as another:
        status, said = batch.run("--dask", another.file)
    assert status == 0
    assert "3 of 4 were graded before" in said
    assert scores(batch) == {**SCORES, "z": "5"}


def test_a_worker_elsewhere_needs_no_folder_of_ours(batch: Batch, tmp_path: Path) -> None:
    """It sees neither notebooks nor our copy of the assignment, and uses its own by its name."""
    if shutil.which("bwrap") is None:
        pytest.skip("there is nothing here to hide a folder with")
    with dask_cluster(tmp_path / "cluster", workers=0) as cluster:
        shutil.copytree(batch.assignment.parent, cluster.folder / "reference")
        hidden = [str(batch.submissions), str(batch.assignment.parent)]
        hiding = [part for folder in hidden for part in ("--tmpfs", folder)]
        cluster.start_worker("bwrap", "--dev-bind", "/", "/", *hiding)
        status, said = batch.run("--dask", cluster.file)
    assert status == 0, said
    assert scores(batch) == SCORES


def test_workers_that_cannot_grade_say_why(batch: Batch, tmp_path: Path) -> None:
    """A missing assignment, another one, and a missing sandbox are told; nobody gets a zero."""
    if shutil.which("bwrap") is None:
        pytest.skip("there is nothing here to hide a folder with")
    hide = ("bwrap", "--dev-bind", "/", "/", "--tmpfs", str(batch.assignment.parent))
    with dask_cluster(tmp_path / "missing", workers=0) as cluster:
        cluster.start_worker(*hide)
        status, said = batch.run("--dask", cluster.file)
        assert (status, scores(batch)) == (2, {})
        assert "There is no assignment 'tiny' there" in said
    with dask_cluster(tmp_path / "differing", workers=0) as cluster:
        declare(cluster.folder / "reference" / "tiny", cell_seconds=1)
        cluster.start_worker(*hide)
        status, said = batch.run("--dask", cluster.file)
        assert (status, scores(batch)) == (2, {})
        assert "differs" in said
    with dask_cluster(tmp_path / "bare", workers=0) as cluster:
        without = ("--dev-bind", "/dev/null", "/etc/ld.so.cache")
        cluster.start_worker("bwrap", "--dev-bind", "/", "/", *without)
        status, said = batch.run("--dask", cluster.file, "--require-sandbox")
        assert (status, scores(batch)) == (2, {})
        assert "need a sandbox" in said


def test_the_reference_by_a_second_name_is_handed_to_nobody(batch: Batch) -> None:
    """It is refused before it is sent, where its file can be asked, as by a process here."""
    hard = batch.submissions / "hard.ipynb"
    hard.hardlink_to(batch.assignment / REFERENCE)
    job = Job(hard, "hard", How(assignment=str(batch.assignment)), folder=batch.submissions)
    with pytest.raises(NotebookError, match="hard link") as refused:
        _task(job)
    assert str(refused.value) == perform(job).error


def test_a_local_cluster_is_nobody_else_s(batch: Batch) -> None:
    """At its ports nobody is spoken to who has not its certificates; nor has it anything to say."""
    write(batch.submissions / "z.ipynb", [LONG, DOUBLE, TRIPLE])
    grading = batch.start("--dask", "local", "--jobs", 1)
    until(lambda: batch.written() == {"a", "b", "c"})
    opened = listening(psutil.Process(grading.pid))
    assert {host for host, _ in opened} == {"127.0.0.1"}
    assert 8787 not in {port for _, port in opened}
    for _, port in opened:
        answer = spoken_plainly(port)
        assert not answer or answer.startswith(b"HTTP/1.1 404"), (port, answer)
    status, said = ended(grading)
    assert status == 0, said
    assert "distributed" not in said


def listening(grading: psutil.Process) -> set[tuple[str, int]]:
    """Return the addresses at which a process and those that it has started listen."""
    found = set()
    for process in (grading, *grading.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            for each in process.net_connections("tcp"):
                if each.status == psutil.CONN_LISTEN:
                    found.add((each.laddr.ip, each.laddr.port))
    return found


def spoken_plainly(port: int) -> bytes:
    """Return what is answered at a port to who asks for a page and does not speak TLS."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /info/main/workers.html HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return connection.recv(2**12)
        except ConnectionError:
            return b""


def test_an_address_that_is_none_is_told(batch: Batch) -> None:
    """The sentence says what an address looks like."""
    status, said = batch.run("--dask", "nowhere://at-all")
    assert status == 2
    assert "tcp://host:8786" in said


def test_without_dask_it_is_said_how_to_get_it(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the packages' own names, which are in an index wherever the grader came from."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    call = [batch.submissions, "--out", batch.out, "--assignment", batch.assignment]
    ran = CliRunner().invoke(
        grade, [*map(str, call), "--no-require-sandbox", "--dask", "local"], catch_exceptions=False
    )
    assert ran.exit_code == 2
    assert re.search(r"here and on each worker: pip install .*'distributed>=", ran.output)
