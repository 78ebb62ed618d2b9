"""Run notebooks as nbclient does by itself, one after the other: what grading is measured against.

python -m benchmarks.bare [--data FOLDER] NOTEBOOK...
"""

import argparse
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main() -> None:
    """Run the notebooks, each in a kernel and a folder of its own, with nothing but the data."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="What notebooks find as ./data.")
    parser.add_argument("notebooks", type=Path, nargs="+")
    given = parser.parse_args()
    for path in given.notebooks:
        with tempfile.TemporaryDirectory() as folder:
            if given.data is not None:
                (Path(folder) / "data").symlink_to(given.data)
            NotebookClient(
                nbformat.read(path, as_version=4),
                kernel_name="python3",
                timeout=None,
                resources={"metadata": {"path": folder}},
            ).execute()


if __name__ == "__main__":
    main()
