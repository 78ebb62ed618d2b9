"""What a notebook finds in Colab or in front of a person, and not while it is graded."""

from typing import Any

from . import commands, magics, plotting, prompts


def install(shell: Any) -> None:
    """Make the IPython shell `shell` get over shell commands, magics and prompts.

    Nothing is imported that the shell has not imported itself. `google.colab`
    is provided by `missing`, for those cells that do not check for it.
    """
    commands.install(shell)
    magics.install(shell)
    plotting.install(shell)
    prompts.install(shell)
