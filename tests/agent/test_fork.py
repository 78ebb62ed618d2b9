"""A fork that is refused is tried again, for a while."""

import os

import pytest

from grader.agent import snapshot

FORK = os.fork


class Refusing:
    """Refuses so many forks, as the system does where a user has no process left."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> int:
        """Refuse, or fork."""
        if self.left > 0:
            self.left -= 1
            raise BlockingIOError
        return FORK()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass between two tries: the system's refusals are made up here."""
    monkeypatch.setattr(snapshot, "WAIT_SECONDS", 0)


def test_what_is_refused_for_a_moment_is_had_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks gets a child, as if nothing had been."""
    monkeypatch.setattr(os, "fork", Refusing(snapshot.TRIES - 1))
    child = snapshot.fork()
    if child == 0:
        os._exit(7)
    assert child is not None
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_what_is_refused_all_along_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is returned, so that who serves many can go on serving others."""
    monkeypatch.setattr(os, "fork", Refusing(snapshot.TRIES))
    assert snapshot.fork() is None
