"""Whether what a release is called can be: `python -m tests.publication.names`.

Asks the package index that pip uses about two names and no others: the distribution's own, and
that of the package which it installs, for a distribution called so could install the same one.
Exit status 1 where this version, or somebody else's distribution of that name, is there already.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
# Distributions called as the package that ours installs, unchanged for years.
KNOWN: Final = {"grader": ("1", "1.1", "1.2")}


def own() -> tuple[str, str]:
    """Return the name and the version of the distribution."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (version,) = re.findall(
        r'^__version__.*= "(.+)"$',
        (ROOT / "grader" / "__init__.py").read_text("utf-8"),
        re.MULTILINE,
    )
    return project["name"], version


def versions(name: str) -> tuple[str, ...]:
    """Return the versions that the index has of a distribution, oldest first; () if none."""
    command = [sys.executable, "-m", "pip", "index", "versions", "--pre", "--json", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if "No matching distribution" not in done.stderr:
            raise RuntimeError(f"the index did not answer: {done.stderr.strip()[-300:]}")
        return ()
    return tuple(reversed(json.loads(done.stdout)["versions"]))


def told(
    name: str, version: str, here: tuple[str, ...], others: dict[str, tuple[str, ...]]
) -> tuple[list[str], bool]:
    """Return what is to be told of a name, and whether the version can be released."""
    lines = [f"{name}: {', '.join(here) if here else 'nobody has released it'}"]
    fits = version not in here
    if not fits:
        lines.append(f"{version} is there already: set another `__version__`")
    elif here:
        lines.append("if these are not this project's own, the name is taken: choose another")
    for other, there in others.items():
        news = [each for each in there if each not in KNOWN.get(other, ())]
        lines.append(f"{other}: {', '.join(there) if there else 'nobody has released it'}")
        if news:
            lines.append(
                f"{', '.join(news)} of it is new: see whether it installs a package `grader`"
            )
    return lines, fits


def main() -> int:
    """Ask the index and tell; a tag given as argument must be that of the version."""
    name, version = own()
    if sys.argv[1:] and sys.argv[1] != f"v{version}":
        sys.stderr.write(f"the tag {sys.argv[1]} is not v{version}\n")
        return 1
    lines, fits = told(name, version, versions(name), {each: versions(each) for each in KNOWN})
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
