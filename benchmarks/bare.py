"""Run notebooks as nbclient does by itself, one after the other: what grading is measured against.

python -m benchmarks.bare NOTEBOOK...
"""

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main() -> None:
    """Run the notebooks, each in a kernel and an empty folder of its own."""
    for path in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder:
            NotebookClient(
                nbformat.read(path, as_version=4),
                kernel_name="python3",
                timeout=None,
                resources={"metadata": {"path": folder}},
            ).execute()


if __name__ == "__main__":
    main()
