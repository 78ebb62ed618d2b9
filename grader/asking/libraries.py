"""Objects of libraries in plain checks: as these have them where a check computes, else as data."""

import sys
from typing import Any

from grader.agent.held import held
from grader.agent.values import Described, Failure, Member, Record, Sparse, Tensor
from grader.asking.frames import as_pandas, is_pandas
from grader.asking.tensors import as_torch, is_tensor


def as_objects(value: Any) -> Any:
    """Return `value` with what is data of a library in it as that library has it."""
    return as_torch(as_pandas(_as_scipy(value)))


def _as_scipy(value: Any) -> Any:
    """Return `value` with the sparse matrices and arrays in it as scipy has them."""
    if type(value) is Sparse:
        try:
            return value.scipy()
        except ImportError:
            return value
    if type(value) in (list, tuple):
        return type(value)(map(_as_scipy, value))
    return {key: _as_scipy(each) for key, each in value.items()} if type(value) is dict else value


def _is_sparse(value: object) -> bool:
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(value))


def as_data(value: Any) -> Any:
    """Return `value` with the objects of libraries in it as data."""
    if is_tensor(value) or is_pandas(value) or _is_sparse(value):
        return held(value)
    if type(value) in (list, tuple):
        return type(value)(map(as_data, value))
    return {key: as_data(each) for key, each in value.items()} if type(value) is dict else value


def stays(value: Any) -> bool:
    """Whether something in an answer is an object of the notebook's: steps have to be taken there.

    So is a tensor that remembers what it was computed from, and what may have methods of its own.
    """
    if isinstance(value, Tensor):
        return value.requires_grad
    if type(value) in (list, tuple):
        return any(map(stays, value))
    if type(value) is dict:
        return any(map(stays, value.values()))
    return isinstance(value, Described | Record | Member | Failure)
