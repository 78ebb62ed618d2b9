"""Grades machine-learning notebooks by asking questions of what the student wrote.

What stands here, and in `grader.checks`, is what the checks of an assignment are written with. It
is what released folders import too, and so it stands still; every other module may move.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.agent.values import Categories as Categories
    from grader.agent.values import Failure as Failure
    from grader.agent.values import Frame as Frame
    from grader.agent.values import Index as Index
    from grader.agent.values import Masked as Masked
    from grader.agent.values import Member as Member
    from grader.agent.values import Missing as Missing
    from grader.agent.values import MultiIndex as MultiIndex
    from grader.agent.values import Named as Named
    from grader.agent.values import Picture as Picture
    from grader.agent.values import Record as Record
    from grader.agent.values import Series as Series
    from grader.agent.values import Sparse as Sparse
    from grader.agent.values import Tensor as Tensor
    from grader.asking.asserts import defines as defines
    from grader.asking.asserts import keeps_arguments as keeps_arguments
    from grader.asking.asserts import printed as printed
    from grader.asking.asserts import raises as raises
    from grader.asking.asserts import warned as warned
    from grader.asking.cases import Case as Case
    from grader.asking.cases import question as question
    from grader.asking.inputs import booleans as booleans
    from grader.asking.inputs import drawn_from as drawn_from
    from grader.asking.inputs import floats as floats
    from grader.asking.inputs import frames as frames
    from grader.asking.inputs import integers as integers
    from grader.asking.inputs import lists as lists
    from grader.asking.inputs import one_of as one_of
    from grader.asking.inputs import optional as optional
    from grader.asking.inputs import sizes as sizes
    from grader.asking.inputs import tensors as tensors
    from grader.asking.inputs import texts as texts
    from grader.asking.mocking import mocked as mocked
    from grader.asking.plain_checks import result as result
    from grader.asking.replacing import replaced as replaced
    from grader.asking.standin import Code as Code
    from grader.asking.standin import define as define
    from grader.asking.standin import fetch as fetch
    from grader.asking.standin import seed as seed
    from grader.asking.standin import take as take
    from grader.assignment.mistakes import Equivalent as Equivalent
    from grader.assignment.mistakes import Mistake as Mistake
    from grader.assignment.mistakes import Variant as Variant
    from grader.assignment.model import Exercise as Exercise
    from grader.assignment.model import any_of as any_of
    from grader.authoring.prompt import open as open  # noqa: A004
    from grader.datasets import DATASETS as DATASETS
    from grader.execution.submission import Submission as Submission
    from grader.execution.submission import once as once
    from grader.i18n import _ as _
    from grader.i18n import marked as marked
    from grader.results.drawings import MOST_EXAMPLES as MOST_EXAMPLES
    from grader.results.drawings import Curve as Curve
    from grader.results.drawings import Example as Example
    from grader.results.evidence import Evidence as Evidence
    from grader.results.evidence import Item as Item
    from grader.scenario import Call as Call
    from grader.scenario import Define as Define
    from grader.scenario import Described as Described
    from grader.scenario import Figures as Figures
    from grader.scenario import Get as Get
    from grader.scenario import Images as Images
    from grader.scenario import Iterate as Iterate
    from grader.scenario import Make as Make
    from grader.scenario import Operate as Operate
    from grader.scenario import Outcome as Outcome
    from grader.scenario import Raised as Raised
    from grader.scenario import Ref as Ref
    from grader.scenario import Run as Run
    from grader.scenario import Scenario as Scenario
    from grader.scenario import Seed as Seed
    from grader.scenario import Set as Set
    from grader.scenario import StandIn as StandIn
    from grader.scenario import Step as Step
    from grader.scenario import Stopped as Stopped
    from grader.scenario import Subject as Subject
    from grader.scenario import Swap as Swap
    from grader.scenario import Trace as Trace
    from grader.scenario import Train as Train
    from grader.scenario import Transcript as Transcript
    from grader.scenario import Use as Use
    from grader.scenario import Value as Value
    from grader.subjects.reference import reference as reference
    from grader.subjects.student import Student as Student
    from grader.text import capital as capital
    from grader.verdicts import AfterSubmission as AfterSubmission
    from grader.verdicts import BuildsOn as BuildsOn
    from grader.verdicts import CheckFailed as CheckFailed
    from grader.verdicts import NeedsReview as NeedsReview
    from grader.verdicts import answer as answer

__version__ = "0.1.0"


@cache
def _homes() -> dict[str, str]:
    """Return which module each public name is of: the imports above are the only list of them."""
    import ast  # noqa: PLC0415 - a kernel that loads `%check` needs no public name
    from pathlib import Path  # noqa: PLC0415

    tree = ast.parse(Path(__file__).read_text("utf-8"))
    (for_types,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in for_types.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted(_homes())
    if name.startswith("__") or name not in _homes():
        raise AttributeError(f"module 'grader' has no attribute {name!r}")
    value = getattr(import_module(_homes()[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_homes()})


def load_ipython_extension(shell: Any) -> None:
    """Add the magic `%check` to a notebook: `%load_ext grader`."""
    from grader.inline.magic import install  # noqa: PLC0415 - only a notebook needs it

    install(shell)
