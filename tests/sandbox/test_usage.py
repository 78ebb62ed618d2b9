"""What memory processes take is found wherever they keep it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from grader.sandbox.usage import at_most, inherited, proportional, size, unseen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells it")

MEBIBYTE = 2**20
MUCH = 96 * MEBIBYTE

# Shared memory of which no page is mapped any more, asked for by no file and by one.
SHARED = """
import mmap, os
whole = [mmap.mmap(-1, {half}), mmap.mmap(os.open("/dev/zero", os.O_RDWR), {half})]
for each in whole:
    for place in range(0, {half}, 2**20):
        each[place : place + 2**20] = b"x" * 2**20
    each.madvise(mmap.MADV_DONTNEED)
"""
# Reading one byte of every 2 MiB takes a table of pages for each, and no page.
TABLES = """
import ctypes, mmap
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
count = {much} // mmap.PAGESIZE
start = libc.mmap(None, count * 2**21, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANON, -1, 0)
for number in range(count):
    ctypes.c_char.from_address(start + number * 2**21).value
"""
SEEN = """
import mmap
whole = mmap.mmap(-1, {much})
whole.write(b"x" * {much})
"""


@contextmanager
def holding(code: str) -> Iterator[int]:
    """Return a process that has done this, and does nothing more."""
    code = code.format(much=MUCH, half=MUCH // 2) + "\nprint(flush=True)\ninput()"
    command = [sys.executable, "-S", "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"
            yield process.pid
        finally:
            process.kill()


def test_memory_that_nobody_has_mapped_counts() -> None:
    """What is shared by inheritance takes memory without being resident anywhere."""
    with holding(SHARED) as pid:
        assert at_most([pid]) < MUCH / 2
        assert size(inherited([pid])) == MUCH
        assert unseen(inherited([pid])) == MUCH


def test_tables_of_pages_count() -> None:
    """They are the kernel's own memory, and a process may have any number of them."""
    with holding(TABLES) as pid:
        assert at_most([pid]) > MUCH
        assert proportional(pid) > MUCH


def test_memory_that_is_mapped_counts_once() -> None:
    """What a process is told to have resident is not counted again for being shared."""
    with holding(SEEN) as pid:
        found = inherited([pid])
        assert size(found) == MUCH
        assert MUCH < proportional(pid) + unseen(found) < 1.5 * MUCH


def test_a_plain_process_shares_nothing_by_inheritance() -> None:
    """Python alone asks for no such memory."""
    with holding("") as pid:
        assert inherited([pid]) == {}
