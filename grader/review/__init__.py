"""The local page on which persons decide what waits for them in a gradebook."""

from grader.extras import importing

with importing("course", "The page for reviews needs"):
    import starlette as _starlette
    import uvicorn as _uvicorn

__all__: list[str] = []
del _starlette, _uvicorn
