"""A folder of files, as Google Drive gives it: whose each is, only its name can say.

`nn - Anna Lee.ipynb`, `Anna Lee - nn.ipynb`, `Copy of nn.ipynb`, `nn (1).ipynb`, and `anna.ipynb`.
"""

import re
from collections.abc import Iterator
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything
from grader.collecting.matching import Who, parts_of
from grader.collecting.naming import base, is_archive, is_notebook
from grader.collecting.trees import Tree

_SUFFIX: Final = re.compile(r"(?:\.[A-Za-z]\w{0,5}){1,2}$")


def claims(tree: Tree, _context: Context) -> bool:
    """Whether there are more notebooks and archives at the top than folders."""
    own = [each for each in tree.files() if is_notebook(each.name) or is_archive(each.name)]
    return len(own) > len(tree.folders())


def deposits(tree: Tree, _context: Context) -> Iterator[Deposit]:
    """Yield each file, and each folder by its name."""
    for name, files in everything(tree).items():
        said = _SUFFIX.sub("", name)
        parts = (*parts_of(said), *parts_of(base(said)))
        yield Deposit(Who(said, parts=parts, lasting=False), name, files)
