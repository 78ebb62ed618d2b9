"""An autograder for Gradescope: a zip whose layout its documentation asks for.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: `setup.sh` is run once, when the
image is built, and `run_autograder` for each submission. The zip is found in `/autograder/source`,
the submission in `/autograder/submission`, and the result is expected in
`/autograder/results/results.json`.
"""

import io
import zipfile
from pathlib import Path
from typing import Final

from grader.assignment import CONFIG, REFERENCE, Assignment
from grader.authoring.release_files import requirements
from grader.finding import SHELF
from grader.languages import FOLDER

_SETUP: Final = """\
#!/usr/bin/env bash
# Run once by Gradescope, when the image is built.
set -euo pipefail
apt-get update -qq
apt-get install -y -qq python3-venv bubblewrap libseccomp2
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install --quiet --requirement /autograder/source/requirements.txt
{data}"""

_RUN: Final = '''\
#!/usr/bin/env python3
"""Run by Gradescope for each submission: grades the notebook and writes results.json."""

import json
import os
import subprocess
import sys
from pathlib import Path

# Without the training, so that no submission takes longer than Gradescope lets it.
OPTIONS = {options}
NAME = "{name}.ipynb"
UNUSABLE = 2

root = Path(os.environ.get("AUTOGRADER_ROOT", "/autograder"))
results = root / "results" / "results.json"
own = root / "venv" / "bin" / "grade"


def tell(sentence):
    results.write_text(json.dumps({{"score": 0, "output": sentence, "output_format": "text"}}))
    sys.exit(0)


notebooks = sorted(
    path
    for path in (root / "submission").rglob("*.ipynb")
    if not any(part.startswith((".", "__MACOSX")) for part in path.relative_to(root).parts)
)
named = [path for path in notebooks if path.name == NAME]
chosen = named if len(named) == 1 else notebooks
if len(chosen) != 1:
    tell(f"Hand in one notebook, {{NAME}}: there are {{len(chosen)}} here.")
done = subprocess.run(
    [
        own if own.is_file() else "grade",
        chosen[0],
        *("--assignment", root / "source" / "{shelf}" / "{name}"),
        *OPTIONS,
        *("--report", f"gradescope={{results}}"),
    ],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.PIPE,
    text=True,
    errors="replace",
)
sys.stderr.write(done.stderr)
if done.returncode == UNUSABLE and not results.exists():
    tell(done.stderr.strip())
# Where the grader failed there is no score: Gradescope tells so, and it can be run again.
sys.exit(0 if results.exists() else done.returncode)
'''

_README: Final = """\
# Autograder of {name} for Gradescope

Upload this zip as it is, under "Configure Autograder". It holds the solution, which no student
can download.

A student's code runs in Gradescope's container, beside the grader and the solution. Namespaces
cannot be had there: it is confined by Landlock and seccomp where the host's kernel offers them
(rung 2 of docs/security.md), and else by a process of its own alone (rung 3), in which a notebook
that goes looking for the solution can find it. Add `--require-sandbox` to the options in
`run_autograder` to have nothing graded without rung 2.

Submissions are graded with `--quick`: the training is left out, and points that need it may be
pending.
"""


def autograder(assignment: Assignment) -> bytes:
    """Return the zip: `setup.sh`, `run_autograder`, and the assignment with its solution.

    The same assignment gives the same bytes. The installed grader is the one that the assignment's
    `install` names.
    """
    datasets = " ".join(assignment.config.datasets)
    data = f"/autograder/venv/bin/grader data {datasets}\n" if datasets else ""
    options = ["--quick"] if assignment.config.training is not None else []
    name = assignment.name
    run = _RUN.format(name=name, options=options, shelf=SHELF)
    packages = requirements(assignment).replace("jupyterlab\n", "")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", _SETUP.format(data=data), executable=True)
        _add(archive, "run_autograder", run, executable=True)
        _add(archive, "requirements.txt", packages)
        _add(archive, "README.md", _README.format(name=name))
        for path in _files(assignment.folder):
            place = path.relative_to(assignment.folder).as_posix()
            _add(archive, f"{SHELF}/{name}/{place}", path.read_bytes())
    return buffer.getvalue()


def _files(folder: Path) -> list[Path]:
    code, catalogues = folder.glob("*.py"), folder.glob(f"{FOLDER}/*.po")
    return [folder / CONFIG, folder / REFERENCE, *sorted(code), *sorted(catalogues)]


def _add(
    archive: zipfile.ZipFile, name: str, content: str | bytes, *, executable: bool = False
) -> None:
    # The time of writing would make each zip another one.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (0o755 if executable else 0o644) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
