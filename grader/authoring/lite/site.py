"""Building the site: JupyterLite with the Pyodide kernel, a released folder, and every wheel.

Whoever opens it loads files from the server that it lies on and, unless the site brings its own
Pyodide, from the address that the kernel's package names. No other address is asked: JupyterLite's
way to the package index is closed.
"""

import html
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from grader.authoring.lite.wheels import Wheel, write
from grader.errors import UsageError
from grader.extras import belonging, installing

# One document a page, and the list of files.
APPS: Final = ("notebooks", "tree")
PLUGIN: Final = "@jupyterlite/pyodide-kernel-extension"
LOCK: Final = "pyodide-lock.json"
# What the versions of JupyterLite in the extra `lite` load, where they are told of no other.
PYTHON: Final = "3.12"
BUILD_SECONDS: Final = 600.0
# By it a folder is known as a site that may be replaced.
CONFIG: Final = "jupyter-lite.json"


@dataclass(frozen=True)
class Pyodide:
    """Where the page takes Python from: a `folder` that is copied, or an `address`, or neither.

    Without either it is the address that JupyterLite's kernel names.
    """

    folder: Path | None = None
    address: str = ""

    @property
    def python(self) -> str:
        """The version of its Python, such as "3.12". Raises UsageError."""
        if self.folder is None:
            return PYTHON
        path = self.folder / LOCK
        try:
            version = json.loads(path.read_text("utf-8"))["info"]["python"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{path} says of no Python ({error}). Name the folder of a Pyodide distribution, "
                f"which holds pyodide.js and {LOCK}."
            ) from error
        return ".".join(str(version).split(".")[:2])


def pyodide_from(told: str | None) -> Pyodide:
    """Return the Pyodide that is meant by a folder or an address. Raises UsageError."""
    if told is None:
        return Pyodide()
    if told.startswith("https://") and told.endswith((".js", ".mjs")):
        return Pyodide(address=told)
    if (Path(told) / LOCK).is_file() and (Path(told) / "pyodide.js").is_file():
        return Pyodide(Path(told).resolve())
    raise UsageError(
        f"--pyodide {told}: name the folder of a Pyodide distribution, which holds pyodide.js and "
        f"{LOCK}, or the address of a pyodide.js: https://…/pyodide.js."
    )


def require_jupyterlite() -> None:
    """Raise UsageError where what builds the site is not installed."""
    needed = ("jupyterlite_core", "jupyterlite_pyodide_kernel", "jupyter_server")
    if any(find_spec(name) is None for name in needed):
        raise UsageError(
            f"A site for browsers is built by JupyterLite: `{installing(belonging('lite'))}`."
        )


@dataclass(frozen=True)
class Page:
    """A notebook of the site, by its path there, with the `title` and `language` of its link."""

    path: str
    title: str
    language: str


def build(
    out: Path,
    contents: Path,
    wheels: Sequence[Wheel],
    pages: Sequence[Page],
    pyodide: Pyodide,
) -> None:
    """Write into the folder `out` a site with the files below `contents`.

    A site that is there is replaced. Raises UsageError where JupyterLite cannot build.
    """
    with TemporaryDirectory(dir=_existing(out.absolute().parent)) as folder:
        work, made = Path(folder), Path(folder) / "site"
        write(wheels, work / "pypi")
        if pyodide.folder is not None:
            shutil.copytree(pyodide.folder, work / "static" / "pyodide")
        _write_json(work / CONFIG, _page_config(pyodide))
        _write_json(work / "jupyter_lite_config.json", _build_config(contents, made))
        _run(work)
        (made / "index.html").write_text(_index(pages), "utf-8")
        _replace(out, made)


def _page_config(pyodide: Pyodide) -> dict[str, Any]:
    kernel: dict[str, Any] = {"disablePyPIFallback": True}
    if pyodide.address:
        kernel["pyodideUrl"] = pyodide.address
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "notebook-grader",
            "litePluginSettings": {f"{PLUGIN}:kernel": kernel},
        },
    }


def _build_config(contents: Path, made: Path) -> dict[str, Any]:
    extension = Path(sys.prefix, "share", "jupyter", "labextensions", PLUGIN)
    return {
        "LiteBuildConfig": {
            "apps": list(APPS),
            "contents": [str(contents)],
            "federated_extensions": [str(extension)],
            # What else the instructor has installed for Jupyter is no part of the site.
            "ignore_sys_prefix": ["federated_extensions"],
            "ignore_contents": [],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": str(made),
            # The first moment that a zip file knows, for files that are the same every time.
            "source_date_epoch": 315532800,
        }
    }


def _run(work: Path) -> None:
    """Run JupyterLite's builder. Raises UsageError with what it says last."""
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", "."]
    # Settings of the instructor's own Jupyter are nothing of the site's.
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(work / "no-settings")}
    try:
        ran = subprocess.run(
            command,
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"JupyterLite has built no site in {BUILD_SECONDS:g} s.") from None
    if ran.returncode:
        said = "\n".join(f"{ran.stdout}\n{ran.stderr}".strip().splitlines()[-10:])
        raise UsageError(f"JupyterLite could not build the site. It says:\n{said}")


def _index(pages: Sequence[Page]) -> str:
    """Return the first page of the site: the notebook itself, or a choice of languages.

    The pages below it look there for what JupyterLite knows as the root of the site.
    """
    links = "\n".join(
        f'<li><a lang="{each.language}" href="{_address(each)}">{html.escape(each.title)}</a></li>'
        for each in pages
    )
    only = len(pages) == 1
    forward = f'<meta http-equiv="refresh" content="0; url={_address(pages[0])}">\n' if only else ""
    return f"""<!DOCTYPE html>
<html lang="{pages[0].language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(pages[0].title)}</title>
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{{}}</script>
{forward}<style>body {{ font: 1.25rem/1.6 system-ui, sans-serif; margin: 15vh auto; width: 20em }}
ul {{ list-style: none; padding: 0 }}</style>
</head>
<body><ul>
{links}
</ul></body>
</html>
"""


def _address(page: Page) -> str:
    return html.escape(f"notebooks/index.html?path={page.path}")


def require_replaceable(out: Path) -> None:
    """Raise UsageError where `out` is neither free nor a site."""
    if out.exists() and not (out.is_dir() and ((out / CONFIG).is_file() or not any(out.iterdir()))):
        raise UsageError(f"{out} is there already and is no site. Name another folder.")


def _existing(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made a folder ({error.strerror}).") from error
    return folder


def _replace(out: Path, made: Path) -> None:
    """Put the site that was made where an earlier one may be."""
    former = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        if out.exists():
            out.rename(former)
        made.rename(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}).") from error
    shutil.rmtree(former, ignore_errors=True)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2), "utf-8")
