"""What surrounds the notebook in a student's repository: how to install, to check, and for CI."""

import sys
from importlib.metadata import packages_distributions
from typing import Final

from grader import __version__
from grader.assignment import Assignment
from grader.names.imported import imported_by

# PyTorch's own packages for machines without a GPU: a tenth of the size of the usual ones.
CPU_TORCH: Final = "https://download.pytorch.org/whl/cpu"

# What modules draw with in a notebook; where it is missing they print a warning.
DRAWN_WITH: Final = {"tqdm.auto": "ipywidgets", "tqdm.notebook": "ipywidgets"}

# Modules that a kernel loads beside those which a notebook names.
WITH_OTHERS: Final = {"matplotlib_inline", "mpl_toolkits"}


def requirements(assignment: Assignment) -> str:
    """Return `requirements.txt`: the grader, Jupyter, and what the notebook imports."""
    modules = imported_by(assignment.reference)
    tops = {name.partition(".")[0] for name in modules} - WITH_OTHERS
    tops |= {DRAWN_WITH[name] for name in modules if name in DRAWN_WITH}
    known = packages_distributions()
    packages = {
        known.get(top, [top])[0].lower() for top in tops if top not in sys.stdlib_module_names
    }
    install = assignment.config.install
    # A plain name is one of the package index, where later versions may need other files.
    grader = f"{install}>={__version__}" if install.replace("-", "").isalnum() else install
    return "".join(f"{line}\n" for line in (grader, "jupyterlab", *sorted(packages)))


def config(assignment: Assignment) -> str:
    """Return `assignment.toml` without what only the instructor needs."""
    public = assignment.config.model_copy(
        update={"seed": assignment.config.public_seed, "looks": ()}
    )
    left_out = {"looks", "public_seed", "install", "release"}
    told = public.model_dump(mode="json", exclude=left_out, exclude_defaults=True)
    told["release"] = {"name": assignment.name}
    plain = [(key, value) for key, value in told.items() if not isinstance(value, dict)]
    tables = [(key, value) for key, value in told.items() if isinstance(value, dict)]
    lines = ["# Written by `grader release`; the public checks go by it.", *_toml(plain)]
    for key, value in tables:
        lines += ["", f"[{key}]", *_toml(value.items())]
    return "\n".join(lines) + "\n"


def _toml(pairs: object) -> list[str]:
    return [f"{key} = {_toml_value(value)}" for key, value in pairs]  # type: ignore[attr-defined]


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return repr(value)


def workflow(assignment: Assignment) -> str:
    """Return the GitHub workflow that grades each push."""
    torch = "torch" in {name.partition(".")[0] for name in imported_by(assignment.reference)}
    lean = f"\n        env:\n          PIP_EXTRA_INDEX_URL: {CPU_TORCH}" if torch else ""
    return f"""# Grades the notebook by its public checks: see the summary of each run.
name: Grade
on: [push, pull_request, workflow_dispatch]

permissions:
  contents: read

jobs:
  grade:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
          cache: pip
          cache-dependency-path: requirements.txt
      - name: Install
        run: python -m pip install --requirement requirements.txt{lean}
      - name: Grade
        env:
          NOTEBOOK: {assignment.name}.ipynb
          # The run fails below so many points; empty for never.
          FAIL_UNDER: ""
        run: |
{_indented(GRADE_SCRIPT, 10)}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: feedback
          path: feedback/
          if-no-files-found: ignore
"""


# The same as in action.yml.
GRADE_SCRIPT: Final = """\
mkdir -p feedback
status=0
grade "$NOTEBOOK" ${FAIL_UNDER:+--fail-under "$FAIL_UNDER"} \\
  --report html=feedback/feedback.html \\
  --report markdown=feedback/summary.md \\
  --report annotations=feedback/annotations.txt || status=$?
if [ -f feedback/summary.md ]; then cat feedback/summary.md >> "$GITHUB_STEP_SUMMARY"; fi
if [ -f feedback/annotations.txt ]; then cat feedback/annotations.txt; fi
exit $status
"""


def _indented(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.splitlines())
