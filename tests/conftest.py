"""What holds for all tests."""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, settings

from tests import times

# A busy machine decides nothing.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

_TOOK: defaultdict[str, float] = defaultdict(float)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest where several workers share the tests.

    First, before their groups become a part of their names.
    """
    if hasattr(config, "workerinput"):
        found = [(item.nodeid, _group(item)) for item in items]
        items[:] = [items[place] for place in times.longest_first(found)]


def _group(item: pytest.Item) -> str | None:
    """Return the group as pytest-xdist calls it."""
    marks = item.iter_markers("xdist_group")
    names = {str((*mark.args, *mark.kwargs.values(), "default")[0]) for mark in marks}
    return "_".join(sorted(names)) or None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long a part of a test took."""
    name, mark, group = report.nodeid.rpartition("@")
    test = name if mark and "]" not in group else report.nodeid
    _TOOK[times.key(test, report.when or "call", report.duration)] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down how long they took, where that is asked for."""
    if times.WRITES and not hasattr(session.config, "workerinput"):
        times.write(_TOOK)
