"""`python -m grader` is the command `grade`."""

import sys

if not sys.flags.safe_path:
    # `-m` looks for modules in the working folder first, where those of a student may lie.
    del sys.path[0]

from grader.cli import grade

grade(prog_name="grade")
