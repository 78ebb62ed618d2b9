"""How much a JSON text holds, told before it is decoded."""

import re
from itertools import islice
from typing import AnyStr

# A text, whose end is looked for once however long it is, or what stands before a value.
_TEXT_OR_MARK = r'"(?:[^"\\]++|\\.)*+"|[,\[{]'
_IN_TEXT = re.compile(_TEXT_OR_MARK, re.DOTALL)
_IN_BYTES = re.compile(_TEXT_OR_MARK.encode("ascii"), re.DOTALL)


def has_many(text: AnyStr, most: int) -> bool:
    """Whether a JSON text, or its bytes in UTF-8, may hold `most` values or more.

    Each takes some ten bytes to some hundred once it is decoded, and one or two before.
    """
    # A comma, a bracket or a brace goes with each value but one; those in texts count too.
    if isinstance(text, str):
        if sum(map(text.count, ",[{")) < most:
            return False
        marks = (found for found in _IN_TEXT.finditer(text) if not found[0].startswith('"'))
        return next(islice(marks, most, None), None) is not None
    if sum(map(text.count, (b",", b"[", b"{"))) < most:
        return False
    raw = (found for found in _IN_BYTES.finditer(text) if not found[0].startswith(b'"'))
    return next(islice(raw, most, None), None) is not None
