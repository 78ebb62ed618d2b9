"""`python -m grader` is the command `grade`."""

from grader.cli import grade

grade(prog_name="grade")
