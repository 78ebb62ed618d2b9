"""What surrounds the notebook in a student's repository: what to install, and what it is."""

import sys
from dataclasses import replace
from importlib.metadata import packages_distributions
from pathlib import PurePath
from typing import Final

import tomli_w

from grader import __version__, models
from grader.assignment.model import Assignment
from grader.notebook.imports import imported_by

REQUIREMENTS: Final = "requirements.txt"
PACKAGE: Final = "notebook-grader"
# The extra with what `grade` takes, which students are told to call.
RUNNING: Final = "grade"

# What modules draw with in a notebook; where it is missing they print a warning.
DRAWN_WITH: Final = {"tqdm.auto": "ipywidgets", "tqdm.notebook": "ipywidgets"}

# Modules that a kernel loads beside those which a notebook names.
WITH_OTHERS: Final = {"matplotlib_inline", "mpl_toolkits"}

# Names that end so are never anybody's (RFC 2606): a name of the package index, or an account
# somewhere, could be taken by whoever wants to run code on students' machines.
_PLACEHOLDER: Final = f"""\
# `grader release --grader-from` says where from:
{PACKAGE}[{RUNNING}] @ https://not-published.invalid/notebook_grader-{__version__}-py3-none-any.whl"""


def requirements(assignment: Assignment) -> str:
    """Return `requirements.txt`: the grader, Jupyter, and what the notebook imports."""
    modules = imported_by(assignment.reference)
    tops = {name.partition(".")[0] for name in modules} - WITH_OTHERS
    tops |= {DRAWN_WITH[name] for name in modules if name in DRAWN_WITH}
    known = packages_distributions()
    packages = {
        known.get(top, [top])[0].lower() for top in tops if top not in sys.stdlib_module_names
    }
    grader = _grader(assignment.config.install)
    return "".join(f"{line}\n" for line in (grader, "jupyterlab", *sorted(packages)))


def _grader(install: str) -> str:
    """Return the requirement that brings the grader."""
    if not install:
        return _PLACEHOLDER
    if install.endswith(".whl") and "://" not in install:
        return f"./{PurePath(install).name}[{RUNNING}]"
    if "://" in install:
        return f"{PACKAGE}[{RUNNING}] @ {install}"
    # A plain name is one of a package index, whose next incompatible version may read other files.
    return f"{install}[{RUNNING}]~={__version__}" if install.replace("-", "").isalnum() else install


def config(assignment: Assignment) -> str:
    """Return `assignment.toml` without what only the instructor needs."""
    public = replace(assignment.config, seed=assignment.config.public_seed, looks=())
    left_out = {"looks", "public_seed", "install", "release"}
    told = {name: value for name, value in models.changed(public).items() if name not in left_out}
    told["release"] = {"name": assignment.name, "grader": __version__}
    return f"# Written by `grader release`; the public checks go by it.\n{tomli_w.dumps(told)}"
