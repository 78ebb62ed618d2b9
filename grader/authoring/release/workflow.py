"""The GitHub workflow and the GitLab pipeline of a student's repository."""

from typing import Final

from grader.assignment.model import Assignment
from grader.notebook.imports import imported_by

# PyTorch's own packages for machines without a GPU: a tenth of the size of the usual ones.
CPU_TORCH: Final = "https://download.pytorch.org/whl/cpu"

# A tag can be moved to other code, a commit cannot. action.yml and the docs have the same.
CHECKOUT: Final = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
PYTHON: Final = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
CACHE: Final = "actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0"
UPLOAD: Final = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"


def needs_torch(assignment: Assignment) -> bool:
    """Whether the notebook imports PyTorch, whose usual packages are ten times too large for CI."""
    return "torch" in {name.partition(".")[0] for name in imported_by(assignment.reference)}


def workflow(assignment: Assignment) -> str:
    """Return the workflow that grades each push, and each request from another repository."""
    lean = (
        f"\n        env:\n          PIP_EXTRA_INDEX_URL: {CPU_TORCH}"
        if needs_torch(assignment)
        else ""
    )
    return f"""# Grades the notebook by its public checks: see the summary of each run.
name: Grade
on: [push, pull_request, workflow_dispatch]

permissions: {{}}

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  grade:
    name: Grade
    # What is requested from a branch of this repository was graded when it was pushed.
    if: >-
      github.event_name != 'pull_request' ||
      github.event.pull_request.head.repo.full_name != github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read # to check the notebook out
    steps:
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - uses: {PYTHON}
        with:
          python-version: "3.12"
      - uses: {CACHE}
        with:
          path: ~/.cache/pip
          key: pip-${{{{ runner.os }}}}-${{{{ hashFiles('requirements.txt') }}}}
          restore-keys: pip-${{{{ runner.os }}}}-
{_data(assignment.config.datasets)}      - name: Install
        run: python -m pip install --requirement requirements.txt{lean}
      - name: Grade
        env:
          NOTEBOOK: {assignment.name}.ipynb
          # The run fails below so many points; if empty, where there are none at all.
          FAIL_UNDER: ""
        run: |
{_indented(GRADE_SCRIPT, 10)}
      - uses: {UPLOAD}
        if: always()
        with:
          name: feedback
          path: ${{{{ runner.temp }}}}/feedback/
          if-no-files-found: ignore
          overwrite: true
"""


def _data(datasets: tuple[str, ...]) -> str:
    """Return the step that keeps data sets from one run to the next: they never change."""
    if not datasets:
        return ""
    return f"""      - uses: {CACHE}
        with:
          path: ~/.cache/notebook-grader/datasets
          key: datasets-{"-".join(datasets)}
"""


GRADE_SCRIPT: Final = """\
feedback="$RUNNER_TEMP/feedback"
mkdir -p "$feedback"
status=0
grade "$NOTEBOOK" --fail-under "${FAIL_UNDER:-0.01}" \\
  --report html="$feedback/feedback.html" \\
  --report markdown="$feedback/summary.md" \\
  --report annotations="$feedback/annotations.txt" || status=$?
if [ -f "$feedback/summary.md" ]; then cat "$feedback/summary.md" >> "$GITHUB_STEP_SUMMARY"; fi
if [ -f "$feedback/annotations.txt" ]; then cat "$feedback/annotations.txt"; fi
exit "$status"
"""


def _indented(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.splitlines())


def pipeline(assignment: Assignment) -> str:
    """Return the GitLab pipeline that grades each push."""
    lean = f"\n    PIP_EXTRA_INDEX_URL: {CPU_TORCH}" if needs_torch(assignment) else ""
    return f"""# Grades the notebook by its public checks: see each pipeline's tests and artifacts.
grade:
  image: python:3.12
  timeout: 60 minutes
  interruptible: true
  cache:
    key:
      files: [requirements.txt]
    paths: [.cache/]
  variables:
    XDG_CACHE_HOME: $CI_PROJECT_DIR/.cache
    PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip{lean}
    NOTEBOOK: {assignment.name}.ipynb
    # The job fails below so many points; if empty, where there are none at all.
    FAIL_UNDER: ""
  before_script:
    - python -m pip install --requirement requirements.txt
  script:
    - >-
      grade "$NOTEBOOK" --fail-under "${{FAIL_UNDER:-0.01}}"
      --report junit=report.xml --report html=feedback.html
  artifacts:
    when: always
    paths: [feedback.html]
    reports:
      junit: report.xml
"""
