"""The local page on which persons decide what waits for them in a gradebook."""

from grader.errors import UsageError
from grader.extras import belonging, installing

try:
    import starlette as _starlette
    import uvicorn as _uvicorn
except ModuleNotFoundError as _error:
    raise UsageError(
        f"The page for reviews needs {_error.name}, which is not installed here: "
        f"`{installing(belonging('course'))}`."
    ) from _error

__all__: list[str] = []
del _starlette, _uvicorn
