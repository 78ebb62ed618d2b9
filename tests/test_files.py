"""What `write_atomically` promises to readers of the file and to its caller."""

import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.files import sweep, write_atomically

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anywhere: be somebody else for the while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def names(folder: Path) -> list[str]:
    """Return what a folder holds, hidden files included."""
    return sorted(entry.name for entry in folder.iterdir())


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text()))
def test_what_is_written_is_what_is_read(content: str | bytes) -> None:
    """Bytes arrive unchanged, text as UTF-8 with its own line ends, over an older file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        write_atomically(path, b"older")
        write_atomically(path, content)
        assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
        assert names(Path(folder)) == ["result.json"]


def test_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    """A new file gets the permissions that any other new file gets."""
    umask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", "x")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    """Grades that only their owner may read stay so, and shared ones stay shared."""
    path = tmp_path / "grades.csv"
    path.write_text("older")
    path.chmod(mode)
    write_atomically(path, "newer")
    assert path.read_text() == "newer"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """A link left in a submission's folder does not lead the write elsewhere."""
    private = tmp_path / "private"
    private.write_text("mine")
    link = tmp_path / "result.json"
    link.symlink_to(private)
    write_atomically(link, "result")
    assert private.read_text() == "mine"
    assert link.read_text() == "result"
    assert not link.is_symlink()


def test_a_link_to_nowhere_is_replaced(tmp_path: Path) -> None:
    """A dangling link creates nothing at its far end."""
    link = tmp_path / "result.json"
    link.symlink_to(tmp_path / "elsewhere")
    write_atomically(link, "result")
    assert names(tmp_path) == ["result.json"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """The message names the folder to create, and nothing is created."""
    folder = tmp_path / "results"
    with pytest.raises(UsageError, match=re.escape(f"there is no folder {folder}.")):
        write_atomically(folder / "grades.csv", "x")
    assert names(tmp_path) == []


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    """A path that leads through a file is refused in a sentence."""
    (tmp_path / "results").write_text("")
    with pytest.raises(UsageError, match="is not a folder"):
        write_atomically(tmp_path / "results" / "grades.csv", "x")


def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    """Who may not write to a folder is told so, and the older file is kept."""
    path = tmp_path / "grades.csv"
    path.write_text("older")
    tmp_path.chmod(0o555)
    try:
        with unprivileged(), pytest.raises(UsageError, match="you may not create files"):
            write_atomically(path, "newer")
    finally:
        tmp_path.chmod(0o755)
    assert path.read_text() == "older"
    assert names(tmp_path) == ["grades.csv"]


def test_a_folder_of_that_name_is_refused(tmp_path: Path) -> None:
    """A folder is never replaced by a file, not even an empty one."""
    (tmp_path / "results").mkdir()
    with pytest.raises(UsageError, match=r"is a folder\. Name a file inside it"):
        write_atomically(tmp_path / "results", "x")
    assert names(tmp_path) == ["results"]


@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_special_file_is_never_replaced(tmp_path: Path, through_a_link: bool) -> None:
    """A pipe or a device, named directly or by a link such as /dev/stdout, stays what it is."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    if through_a_link:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    with pytest.raises(UsageError, match="not an ordinary file"):
        write_atomically(path, "x")
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_text_that_cannot_be_encoded_leaves_the_older_file(tmp_path: Path) -> None:
    """A failure before the first byte keeps what was there."""
    path = tmp_path / "result.json"
    path.write_text("older")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "older"
    assert names(tmp_path) == ["result.json"]


def test_a_failure_half_way_keeps_nothing(tmp_path: Path) -> None:
    """When the space runs out the older file stays, whole, and no temporary file is left."""
    path = tmp_path / "result.json"
    path.write_text("older")
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from grader.files import sweep, write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_atomically(Path(sys.argv[1]), b'x' * 100_000)\n"
    )
    command = [sys.executable, "-B", "-c", program, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "UsageError" in ended.stderr
    assert "File too large" in ended.stderr
    assert path.read_text() == "older"
    assert names(tmp_path) == ["result.json"]


def test_what_a_killed_call_left_half_written_is_swept(tmp_path: Path) -> None:
    """Only that, of the form that writing gives it, and only where nobody can still be at it."""
    path, link = tmp_path / "result.json", tmp_path / ".fedcba9876543210.tmp"
    killed = (
        "import os, signal; from pathlib import Path; from grader import files;"
        "os.fsync = lambda _fd: os.kill(os.getpid(), signal.SIGKILL);"
        f"files.write_atomically(Path({str(path)!r}), 'half')"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-P", "-c", killed], check=False)
    first, second = tmp_path.iterdir()
    others = [".0123456789abcdef.tmp.json", ".0123.tmp", "0123456789abcdef.tmp"]
    for name in others:
        (tmp_path / name).write_text("mine")
    link.symlink_to(path)
    for each in (first, *(tmp_path / name for name in others)):
        os.utime(each, (0, 0))
    os.utime(link, (0, 0), follow_symlinks=False)
    sweep(tmp_path)
    assert names(tmp_path) == sorted([second.name, *others, link.name])
