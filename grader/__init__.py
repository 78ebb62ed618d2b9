"""Grades machine-learning notebooks by asking questions of what the student wrote.

What stands here, and in `grader.checks`, is what the checks of an assignment are written with. It
is what released folders import too, and so it stands still; every other module may move.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

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
    from grader.asking.plain_checks import result as result
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

# Imported when a name is first asked for: a kernel that loads `%check` needs none of it.
_HOMES: Final = {
    "grader.agent.values": (
        *("Categories", "Failure", "Frame", "Index", "Masked", "Member", "Missing", "MultiIndex"),
        *("Named", "Picture", "Record", "Series", "Sparse", "Tensor"),
    ),
    "grader.assignment.model": ("Exercise", "any_of"),
    "grader.asking.cases": ("Case", "question"),
    "grader.asking.asserts": ("defines", "keeps_arguments", "printed", "raises", "warned"),
    "grader.asking.inputs": (
        *("booleans", "drawn_from", "floats", "frames", "integers", "lists", "one_of", "optional"),
        *("sizes", "tensors", "texts"),
    ),
    "grader.asking.plain_checks": ("result",),
    "grader.asking.standin": ("Code", "define", "fetch", "seed", "take"),
    "grader.authoring.prompt": ("open",),
    "grader.datasets": ("DATASETS",),
    "grader.results.drawings": ("MOST_EXAMPLES", "Curve", "Example"),
    "grader.results.evidence": ("Evidence", "Item"),
    "grader.i18n": ("_", "marked"),
    "grader.assignment.mistakes": ("Equivalent", "Mistake", "Variant"),
    "grader.scenario": (
        *("Call", "Define", "Figures", "Get", "Images", "Iterate", "Make", "Operate", "Run"),
        *("Seed", "Set", "StandIn", "Swap", "Trace", "Train"),
        *("Use", "Step", "Scenario", "Ref", "Described"),
        *("Outcome", "Value", "Raised", "Stopped", "Transcript", "Subject"),
    ),
    "grader.subjects.reference": ("reference",),
    "grader.subjects.student": ("Student",),
    "grader.execution.submission": ("Submission", "once"),
    "grader.text": ("capital",),
    "grader.verdicts": ("AfterSubmission", "BuildsOn", "CheckFailed", "NeedsReview", "answer"),
}
_HOME: Final = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list, made of the table above


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'grader' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


def load_ipython_extension(shell: Any) -> None:
    """Add the magic `%check` to a notebook: `%load_ext grader`."""
    from grader.inline.magic import install  # noqa: PLC0415 - only a notebook needs it

    install(shell)
