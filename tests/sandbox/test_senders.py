"""What a process of a submission sends beside a byte goes nowhere."""

import os
import socket
from pathlib import Path

from grader.sandbox.supervisor import received, told_pair
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE, graded_with_limits

# As the kernel's process makes its snapshots, each tells the grader who it is, with open files.
GENEROUS = """
import os, socket, sys
launching = sys.modules["grader_agent.kernel"]
usual = launching.snapshot

def snapshot(channel, *others):
    socket.send_fds(channel, [b"k"], [os.open("/dev/null", os.O_RDONLY)] * 4)
    usual(channel, *others)

launching.snapshot = snapshot
"""
# The grader looks for who answers where an answer is not there at once.
SLOWLY = DOUBLE.replace("return", "__import__('time').sleep(0.5); return")


def open_files() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_that_come_with_a_byte_are_not_taken() -> None:
    """Each would stay open, and there are only so many; who sent them is told all the same."""
    ours, theirs = told_pair()
    with ours, theirs:
        before = open_files()
        socket.send_fds(theirs, [b"k"], [0, 0, 0, 0])
        assert received(ours) == (b"k", os.getpid())
        assert open_files() == before


def test_a_notebook_leaves_the_grader_no_file_open(tmp_path: Path) -> None:
    """However many it hands over, whoever grades after it has as many left."""
    graded_with_limits(tmp_path / "first", [DOUBLE, TRIPLE])
    before = open_files()
    result = graded_with_limits(tmp_path / "second", [GENEROUS, SLOWLY, TRIPLE])
    assert {each.id: each.score for each in result.exercises} == FULL
    assert open_files() == before
