"""Everything that is loaded into the process that runs student code, and nothing else.

No module here imports the rest of the grader.
"""

from typing import Final

# The type of the messages by which the grader speaks to the agent, on the shell channel: there
# they wait their turn between two cells, and no code of theirs passes through the notebook.
REQUEST: Final = "grader_request"

# What the NameError says for a name that a scenario asks for and the notebook lacks.
UNDEFINED: Final = "the notebook defines no {}"

# What the folder is called, among data sets, with files that lie beside the notebook.
BESIDE: Final = "beside"

# What Python calls the platform that a browser is. It has neither signals nor threads nor other
# processes: there a student's own machine asks and judges, and nobody interrupts a check.
BROWSER: Final = "emscripten"
