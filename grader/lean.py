"""What the grader's own processes leave out: it is slow to import and of no use to them.

To be imported first by whatever such a process starts with. A process of somebody else's that
imports the grader keeps all of it.
"""

import os
import sys
from typing import Final

# What other packages register with these is looked for among all that is installed.
os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")

# By these jsonschema, which nbformat imports, checks addresses, colours and durations, of which
# notebooks have none. They come with JupyterLab; the first compiles a grammar, which takes longer
# than grading a class.
UNUSED: Final = (
    *("rfc3987_syntax", "isoduration", "fqdn", "jsonpointer", "rfc3339_validator"),
    *("rfc3986_validator", "uri_template", "webcolors"),
)
# An import of what is None here raises ImportError.
sys.modules.update({name: None for name in UNUSED if name not in sys.modules})  # type: ignore[misc]
