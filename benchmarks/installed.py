"""What is installed in a fresh environment: packages, MB and seconds, for each extra.

`python -m benchmarks.installed` takes all, `--extra grade` one; "" is the small core. pip's own
files are not counted. Seconds hang on the network and on what pip has kept; those of the processor
are beside them.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
EXTRAS: Final = ("", "grade", "author", "author,course")
# What an environment has before anything is installed.
BEFORE: Final = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
MEGABYTE: Final = 10**6


def installed(packages: Path) -> Iterator[Path]:
    """Yield what lies in a folder of packages beside pip."""
    for each in packages.iterdir():
        if each.name.partition("-")[0] not in BEFORE:
            yield each


def size(path: Path) -> int:
    """Return the bytes of a file or of all below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def measured(wheel: Path, extra: str, folder: Path) -> str:
    """Return the row of a table for a wheel with an extra, installed below `folder`."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    (packages,) = (folder / "lib").glob("python*/site-packages")
    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.monotonic() - began
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    every = [*installed(packages)]
    count = sum(each.suffix == ".dist-info" for each in every)
    megabytes = sum(map(size, every)) / MEGABYTE
    return f"| {extra or 'none'} | {count} | {megabytes:.0f} | {wall:.0f} | {processor:.0f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", action="append")
    extras = parser.parse_args().extra or EXTRAS
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        build = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            kept,
            str(ROOT),
        ]
        subprocess.run(build, check=True)
        (wheel,) = folder.glob("*.whl")
        sys.stdout.write("| extra | packages | MB | seconds | of the processor |\n")
        sys.stdout.write("| --- | --- | --- | --- | --- |\n")
        for number, extra in enumerate(extras):
            sys.stdout.write(f"{measured(wheel, extra, folder / str(number))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
