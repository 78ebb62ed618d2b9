"""The messages between the grader and the process that runs student code.

A message is a tree of values; docs/values.md has the table of them. On the wire it is a frame: two
lengths, the tree as JSON, and the bytes of arrays one after the other. Nothing else can be
expressed, so decoding can neither run code nor build an object of anybody else's making.

In JSON a scalar stands for itself and everything else is a list that begins with a tag, so that no
value can be mistaken for a tag. What objects of libraries hold stands behind the tag "v" and the
name of one of the classes in `values`, which check what they are given.

An array arrives with the memory layout and the writability it was sent with: a layer has to cope
with both, so questions must be able to carry them.
"""

from ..values import Described, Ref
from .arrays import DTYPES, MAX_DIMENSIONS, strided
from .frames import HEADER, decode, encode, joined, preceded, receive, tell, told, weighed
from .limits import (
    ANSWER_LIMITS,
    DEFAULT_LIMITS,
    Budget,
    Limits,
    UnsendableError,
    WireError,
    answer_limits,
)

__all__ = [
    "ANSWER_LIMITS",
    "DEFAULT_LIMITS",
    "DTYPES",
    "HEADER",
    "MAX_DIMENSIONS",
    "Budget",
    "Described",
    "Limits",
    "Ref",
    "UnsendableError",
    "WireError",
    "answer_limits",
    "decode",
    "encode",
    "joined",
    "preceded",
    "receive",
    "strided",
    "tell",
    "told",
    "weighed",
]
