"""The JSON schema of a result, as it is published: `python -m grader.results.schema` writes it.

Pydantic makes it of the models; grading needs neither.
"""

import json
from pathlib import Path
from typing import Final

from grader.files import write_atomically
from grader.results.model import Result

SCHEMA_FILE: Final = Path(__file__).parents[1] / "result.schema.json"


def schema_text() -> str:
    """Return the JSON schema (draft 2020-12) of a result, as it is published."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only who develops the grader has it

    schema = TypeAdapter(Result).json_schema(mode="serialization")
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_atomically(SCHEMA_FILE, schema_text())
