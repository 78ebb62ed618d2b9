"""Semaphores without names: what they promise is what `_multiprocessing`'s do."""

import multiprocessing
import threading
import time
from multiprocessing import synchronize
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.agent.shims.shared_memory import Semaphore

named: Any = synchronize
SemLock = named._multiprocessing.SemLock
RECURSIVE, COUNTING = 0, 1


def performed(semaphore: Any, steps: list[str]) -> list[object]:
    """Return what a semaphore answers to a sequence of calls, errors by their class."""
    told: list[object] = []
    for step in steps:
        try:
            done = semaphore.acquire(False) if step == "acquire" else semaphore.release()
            told.append(done)
        except (AssertionError, ValueError) as error:
            told.append(type(error))
        told.append((semaphore._count(), semaphore._get_value(), semaphore._is_zero()))
    return told


@given(
    st.sampled_from([RECURSIVE, COUNTING]),
    st.integers(0, 2),
    st.lists(st.sampled_from(["acquire", "release"]), max_size=12),
)
def test_it_answers_as_the_original(kind: int, value: int, steps: list[str]) -> None:
    """Any sequence of calls by one thread comes to the same values, counts and errors."""
    value = 1 if kind == RECURSIVE else value
    most = 1 if kind == RECURSIVE else 2
    original = SemLock(kind, value, most, f"/ng-{time.monotonic_ns()}", True)
    assert performed(Semaphore(kind, value, most), steps) == performed(original, steps)


def test_it_waits_no_longer_than_it_is_told() -> None:
    """A wait that ran out leaves nothing behind: the next release is the next one's to take."""
    semaphore = Semaphore(COUNTING, 0, 5)
    assert not semaphore.acquire(True, 0.01)
    assert not semaphore.acquire(False)
    semaphore.release()
    assert semaphore.acquire(True, 0.01)
    assert semaphore._get_value() == 0


def test_whoever_waits_is_woken() -> None:
    """Of two threads that wait, each gets one of two that are released."""
    semaphore = Semaphore(COUNTING, 0, 5)
    had = []
    threads = [threading.Thread(target=lambda: had.append(semaphore.acquire())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        semaphore.release()
    for thread in threads:
        thread.join(20)
    assert had == [True, True]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_children_count_with_it() -> None:
    """A child that is forked takes from the same count, and holds nothing of its parent's."""
    semaphore = Semaphore(COUNTING, 3, 3)
    semaphore.acquire()

    def child() -> None:
        semaphore._after_fork()
        assert semaphore._count() == 0
        assert semaphore.acquire(False)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(20)
    assert process.exitcode == 0
    assert (semaphore._get_value(), semaphore._count()) == (1, 1)


def test_one_that_is_to_be_found_by_its_name_is_refused() -> None:
    """Whoever asks for it hears of it at once, and nothing half made is left to clear up."""
    unknown: Any = Semaphore
    with pytest.raises(OSError, match="no semaphores with names"):
        unknown(COUNTING, 0, 1, name="/joblib", unlink=True)
