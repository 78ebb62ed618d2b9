"""What bounds the work of looking through a cell."""


class TooLaboriousError(RuntimeError):
    """A cell needs more work than any honest one does."""
