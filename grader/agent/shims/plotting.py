"""Keeping plots inline, whichever display the notebook asks for."""

from functools import wraps
from types import ModuleType
from typing import Any

from ..notes import note
from .import_hook import when_imported

QUIET_BACKENDS = frozenset({"agg", "cairo", "inline", "pdf", "pgf", "ps", "svg", "template"})
"""Backends of matplotlib that need neither a window nor a browser."""

INLINE = "module://matplotlib_inline.backend_inline"
"""The backend whose figures become outputs of the cell."""


def install(shell: Any) -> None:
    """Make `%matplotlib`, `%pylab` and `matplotlib.use` keep to what needs no display.

    `shell` is the IPython shell. matplotlib is not imported.
    """
    original = shell.enable_matplotlib

    @wraps(original)
    def enable_matplotlib(gui: str | None = None) -> Any:
        if gui not in (None, "auto", "inline"):
            note(f"`%matplotlib {gui}` was taken as `%matplotlib inline`")
        try:
            return original("inline")
        except ImportError as error:
            note(f"`%matplotlib` was ignored: {error}")
            return None, "inline"

    def matplotlib(line: str) -> None:
        """Draw plots inline, whatever display is asked for."""
        words = line.partition("#")[0].split()
        enable_matplotlib(next((word for word in words if not word.startswith("-")), None))

    shell.enable_matplotlib = enable_matplotlib
    shell.register_magic_function(matplotlib, "line", "matplotlib")
    when_imported("matplotlib", lambda module: _keep_quiet(module, "use", "backend"))
    when_imported(
        "matplotlib.pyplot", lambda module: _keep_quiet(module, "switch_backend", "newbackend")
    )
    when_imported("matplotlib.style", _keep_to_known_styles)


def _keep_to_known_styles(module: ModuleType) -> None:
    """Let `style.use` leave out styles that are not here, as those that other packages bring."""
    original = module.use

    @wraps(original)
    def use(style: Any) -> None:
        for each in [style] if isinstance(style, str | dict) else style:
            try:
                original(each)
            except OSError:
                note(f"the style {each!r} was left out: it is not installed")

    module.use = use  # type: ignore[attr-defined]  # it is the module's public function


def _keep_quiet(module: ModuleType, name: str, parameter: str) -> None:
    """Let the function `name` of `module` take an interactive backend as the inline one."""
    original = getattr(module, name)

    @wraps(original)
    def choose(*args: Any, **kwargs: Any) -> Any:
        backend = args[0] if args else kwargs.pop(parameter, None)
        if isinstance(backend, str) and not _is_quiet(backend):
            note(f"matplotlib's backend {backend!r} was taken as the inline one: no display here")
            backend = INLINE
        return original(backend, *args[1:], **kwargs)

    setattr(module, name, choose)


def _is_quiet(backend: str) -> bool:
    return backend.lower() in QUIET_BACKENDS or backend == INLINE
