"""Arguments and options that several commands have."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path)
LEVELS = click.Choice(["score", "verdicts", "hints", "everything", "staff"])
FEEDBACK = click.option(
    "--feedback",
    type=LEVELS,
    help="The most that reports tell of a check; `staff` also tells what checks withhold. If not "
    "given, everything, or in a folder of results no more than before.",
)
LANGUAGE = click.option(
    "--lang",
    "language",
    metavar="CODE",
    help="Speak to students in this language, en or ru; the notebook's own if not given.",
)
BOOK = click.argument("book", type=PATH)
OF_ASSIGNMENT = click.option(
    "--assignment", metavar="NAME", help="The assignment, where the gradebook holds several."
)
BY = click.option(
    "--as", "who", metavar="NAME", help="Who decides it; your user name if not given."
)
WHY = click.option("--why", default="", help="The reason, for the course's staff.")
