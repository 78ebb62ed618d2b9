"""The proofs of the assignments here, as `grader verify` makes them."""

from contextlib import closing

from grader.assignment.loading import load
from grader.authoring.verify.certificate import Certificate
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.verify import verify
from tests.notebooks import ROOT


def proven(name: str) -> Certificate:
    """Return the certificate of an assignment.

    Where the machine has made it before, what nothing has changed of is not judged again: a
    machine that keeps no cache, as those of the workflows do, makes it from nothing.
    """
    assignment = load(ROOT / "reference" / name)
    with closing(Memory.of(assignment)) as memory:
        return verify(assignment, jobs=2, memory=memory)
