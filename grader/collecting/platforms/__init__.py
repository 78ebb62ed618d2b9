"""What the platforms' downloads look like, a module each.

Adding one is a module with `claims` and `deposits`, and its name here.
"""

from typing import Final

from grader.collecting.deposits import Context, Platform
from grader.collecting.platforms import (
    blackboard,
    brightspace,
    canvas,
    drive,
    folders,
    github,
    gradescope,
    moodle,
    nbgrader,
)
from grader.collecting.trees import Parts, Tree

# In the order in which they are asked; the last two take what no other does.
PLATFORMS: Final[dict[str, Platform]] = {
    "Gradescope": gradescope,
    "Moodle": moodle,
    "Brightspace": brightspace,
    "Blackboard": blackboard,
    "Canvas": canvas,
    "nbgrader": nbgrader,
    "GitHub": github,
    "files that name their owners": drive,
    "a folder for each student": folders,
}
# Folders around all the others: what an archive is unpacked into, and what was packed.
_MOST_AROUND: Final = 4


def recognised(tree: Tree, context: Context) -> tuple[str, Tree, Parts]:
    """Return the platform of a download, the tree that has its shape, and the folders around it.

    All are asked of the outermost folder first: what has its shape within one folder is still
    another's, if that claims the whole.
    """
    around: Parts = ()
    for _ in range(_MOST_AROUND):
        for name, platform in PLATFORMS.items():
            if platform.claims(tree, context):
                return name, tree, around
        folders_in = tree.folders()
        if len(folders_in) != 1 or tree.files():
            break
        (folder, tree), *_rest = folders_in.items()
        around = (*around, folder)
    return "a folder for each student", tree, around
