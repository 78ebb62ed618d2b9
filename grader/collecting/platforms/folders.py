"""A folder for each student, called by an id, a user name, an address or the name."""

from collections.abc import Iterator

from grader.collecting.deposits import Context, Deposit, everything
from grader.collecting.matching import Who, parts_of
from grader.collecting.trees import Tree


def claims(tree: Tree, context: Context) -> bool:
    """Whether there is more than one thing at the top, or a folder that is somebody's."""
    names = list(tree.folders())
    return len(tree.names()) > 1 or any(
        context.roster.match(Who(name, parts=(name,))).person for name in names
    )


def deposits(tree: Tree, _context: Context) -> Iterator[Deposit]:
    """Yield what is in each folder; of a loose file nobody is known to be the owner."""
    for name, files in everything(tree).items():
        yield Deposit(Who(name, parts=parts_of(name)), name, files)
