"""Where a submission's kernels run, on whichever rung."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sandbox.box import Box
from grader.sandbox.forkserver import ForkClient
from grader.sandbox.limits import Limits
from grader.sandbox.process import Process
from grader.sandbox.rungs import Rung, policy

if TYPE_CHECKING:
    from grader.sandbox.kernels import Kernels


@contextmanager
def kernels_on(
    rung: Rung,
    datasets: Mapping[str, Path],
    *,
    limits: Limits,
    private: Iterable[Path] = (),
    server: ForkClient | None = None,
    whole: bool = True,
) -> Iterator["Kernels"]:
    """Give where the kernels of one submission run, all of whose processes end with it.

    What is given is as `Box` says. Raises InternalError where none can be started.
    """
    if not policy(rung).boxed:
        from grader.sandbox.replay import ReplayKernels  # noqa: PLC0415 - few need it

        with ReplayKernels(datasets, limits=limits) as replaying:
            yield replaying
        return
    with (
        Box(datasets, rung=rung, limits=limits, private=private, server=server, whole=whole) as box,
        closing(Process(box)) as process,
    ):
        # Meanwhile the process imports what kernels need.
        from grader.sandbox.kernel import BoxKernels  # noqa: PLC0415

        yield BoxKernels(box, process)
