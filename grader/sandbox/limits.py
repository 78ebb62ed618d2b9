"""What one submission may take, and what is said where it takes more."""

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, PositiveInt

MEBIBYTE = 2**20


class Limits(BaseModel):
    """The limits of one submission, settable for each assignment in `[limits]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cell_seconds: PositiveFloat = 600.0
    """Wall time of one cell."""
    total_seconds: PositiveFloat = 1800.0
    """Wall time of the whole notebook."""
    answer_seconds: PositiveFloat = 10.0
    """Wall time of the answer to one question."""
    cpu_seconds: PositiveInt = 3600
    """CPU time of one process."""
    memory_bytes: PositiveInt = 6 * 1024 * MEBIBYTE
    """Memory of all processes together (proportional set size)."""
    processes: PositiveInt = 256
    """Processes and threads together."""
    open_files: PositiveInt = 1024
    """Open files of one process."""
    disk_bytes: PositiveInt = 1024 * MEBIBYTE
    """Size of one file, and of each folder that can be written to."""
    output_bytes: NonNegativeInt = 8 * MEBIBYTE
    """Output of one cell."""
    total_output_bytes: NonNegativeInt = 64 * MEBIBYTE
    """Output of all cells together."""
