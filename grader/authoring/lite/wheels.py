"""Wheels for a Python in a browser, made of what is installed here.

A browser's Python has no pip that could ask an index without telling it who asks, so a site brings
every wheel along. What is installed and pure is packed again, in the version that the instructor
has; of what is compiled here, an index may have a version that is pure.
"""

import base64
import hashlib
import io
import subprocess
import sys
import zipfile
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

import grader
from grader import __version__
from grader.errors import UsageError
from grader.extras import DISTRIBUTION
from grader.files import write_atomically

# https://packaging.python.org/en/latest/specifications/binary-distribution-format/
PURE: Final = "py3-none-any"
# What is compiled in these makes them faster, and nothing else.
FASTER: Final = frozenset({"markupsafe"})
COMPILED: Final = (".so", ".pyd", ".dylib", ".c", ".pyi")
# Wheels are the same on whichever day they are packed: zip knows no earlier one.
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
FETCH_SECONDS: Final = 300.0


@dataclass(frozen=True)
class Wheel:
    """A wheel's `name` as a file, its `content`, and what it `requires`."""

    name: str
    content: bytes
    requires: tuple[Requirement, ...]


def for_browser(python: str) -> dict[str, str]:
    """Return what markers say of a browser's Python, such as "3.12"."""
    here = {name: str(value) for name, value in default_environment().items()}
    told = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "wasm32",
        "platform_python_implementation": "CPython",
        "platform_system": "Emscripten",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "emscripten",
        "extra": "",
    }
    return here | told


def vendored(
    wanted: Iterable[Requirement],
    python: str,
    *,
    but: Collection[str] = (),
) -> list[Wheel]:
    """Return wheels of all that `wanted` requires in a browser, without those named in `but`.

    Raises UsageError where one is compiled and nobody has a pure one.
    """
    environment, found = for_browser(python), dict[str, Wheel]()
    left = deque(wanted)
    while left:
        requirement = left.popleft()
        name = canonicalize_name(requirement.name)
        needed = requirement.marker is None or requirement.marker.evaluate(environment)
        if not needed or name in found or name in but:
            continue
        found[name] = _packed(requirement, python)
        left.extend(found[name].requires)
    return list(found.values())


def of_grader(requires: Iterable[str]) -> Wheel:
    """Return a wheel of the grader as it runs here, which asks for what it needs in a browser."""
    root = Path(grader.__file__).parent
    files = {
        f"{root.name}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    metadata = Message()
    metadata["Metadata-Version"] = "2.1"
    metadata["Name"] = DISTRIBUTION
    metadata["Version"] = __version__
    for each in requires:
        metadata["Requires-Dist"] = each
    info = f"{DISTRIBUTION.replace('-', '_')}-{__version__}.dist-info"
    files[f"{info}/METADATA"] = metadata.as_bytes()
    return _wheel(DISTRIBUTION, __version__, files, map(Requirement, requires))


def _packed(requirement: Requirement, python: str) -> Wheel:
    name = canonicalize_name(requirement.name)
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return _fetched(requirement, python)
    fits = requirement.specifier.contains(installed.version, prereleases=True)
    if fits and (name in FASTER or _is_pure(installed)):
        return _repacked(installed)
    return _fetched(requirement, python)


def _is_pure(installed: Distribution) -> bool:
    return "root-is-purelib: true" in (installed.read_text("WHEEL") or "").lower()


def _repacked(installed: Distribution) -> Wheel:
    """Return the wheel that an installed distribution came from, but for what it had compiled."""
    files = {}
    for path in installed.files or ():
        posix = PurePosixPath(path.as_posix())
        if _belongs(posix):
            files[posix.as_posix()] = Path(str(path.locate())).read_bytes()
    return _wheel(
        installed.metadata["Name"],
        installed.version,
        files,
        map(Requirement, installed.requires or ()),
    )


# What an installer adds to a wheel, and what is written anew.
_INSTALLERS: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json"})


def _belongs(path: PurePosixPath) -> bool:
    of_installer = path.parent.suffix == ".dist-info" and path.name in _INSTALLERS
    # Scripts and data files lie outside the folder of packages.
    outside = ".." in path.parts or path.is_absolute()
    return not (outside or of_installer or "__pycache__" in path.parts or path.suffix in COMPILED)


def _fetched(requirement: Requirement, python: str) -> Wheel:
    """Return the newest pure wheel that an index has. Raises UsageError where it has none."""
    asked = f"{requirement.name}{requirement.specifier}"
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--implementation", "py", "--abi", "none"]
        command += ["--platform", "any", "--python-version", python, "--dest", folder, asked]
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"{asked} did not arrive within {FETCH_SECONDS:g} s.") from None
        wheels = sorted(Path(folder).glob("*.whl"))
        if not wheels:
            said = next(reversed(ran.stderr.strip().splitlines()), "pip says nothing")
            raise UsageError(
                f"A browser needs {asked} as a pure wheel. None is installed here, and pip did not "
                f"get one: {said}"
            )
        content = wheels[0].read_bytes()
        return Wheel(wheels[0].name, content, tuple(_required(content)))


def _required(content: bytes) -> Iterator[Requirement]:
    """Yield what the metadata in a wheel require."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(path).decode("utf-8").partition("\n\n")[0].splitlines()
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "Requires-Dist":
            yield Requirement(value)


def _wheel(
    name: str, version: str, files: Mapping[str, bytes], requires: Iterable[Requirement]
) -> Wheel:
    told = canonicalize_name(name).replace("-", "_")
    # The folder's name is that of the metadata, however an installed one spells it.
    info = next(
        (path.partition("/")[0] for path in files if path.partition("/")[0].endswith(".dist-info")),
        f"{told}-{version}.dist-info",
    )
    whole = {
        **files,
        f"{info}/WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: {DISTRIBUTION}\nRoot-Is-Purelib: true\nTag: {PURE}\n"
        ).encode(),
    }
    record = "".join(f"{path},{_digest(data)},{len(data)}\n" for path, data in whole.items())
    whole[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in whole.items():
            archive.writestr(zipfile.ZipInfo(path, EPOCH), data, zipfile.ZIP_DEFLATED)
    return Wheel(f"{told}-{version}-{PURE}.whl", made.getvalue(), tuple(requires))


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={digest.decode()}"


def write(wheels: Iterable[Wheel], folder: Path) -> list[Path]:
    """Write wheels into a folder and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for each in wheels:
        # The name is read back by whoever installs it.
        parse_wheel_filename(each.name)
        write_atomically(folder / each.name, each.content)
        written.append(folder / each.name)
    return written
