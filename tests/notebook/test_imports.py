"""Which modules a cell asks for, in whatever way it is written."""

import pytest

from grader.notebook.imports import Asked, modules


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("import a.b, c as d", [("a.b", "a"), ("c", "d")]),
        ("from a.b import c as d, e", [("a.b", "d e")]),
        ("def f():\n    if x:\n        import a", [("a", "a")]),
        ("import importlib\nimportlib.import_module('a.b')", [("importlib",) * 2, ("a.b", "")]),
        ("__import__('a')", [("a", "")]),
        ("from google import colab", [("google.colab", "colab")]),
        ("from google.colab import files", [("google.colab", "files")]),
        ("%time import a", [("a", "a")]),
        ("%%time\nimport a", [("a", "a")]),
        ("%%writefile a.py\nimport b", [("b", "")]),
        ("%%writefile a.txt\nimport b", []),
        ("%%bash\nimport b", []),
        ("from . import a\nfrom .b import c", []),
        ("import_module(name)\nx.load('a')", []),
        ("import a\ndef f(:", []),
    ],
)
def test_modules_are_told_with_their_names(source: str, asked: list[tuple[str, str]]) -> None:
    """Each way to ask for a module, with what is bound to it."""
    expected = [(module, frozenset(names.split())) for module, names in asked]
    assert [(each.module, each.names) for each in modules(source)] == expected


def test_whether_a_missing_module_is_handled_is_told() -> None:
    """In the body of a `try` that catches it, and nowhere else in it."""
    source = "try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c\nimport d"
    told = {each.module: each.caught for each in modules(source)}
    assert told == {"a": True, "b": False, "c": False, "d": False}


def test_names_that_the_source_does_not_tell_are_told_of() -> None:
    """A star import and a file that is run bind names that nobody sees."""
    assert modules("from a import *\n%run -i sub/helper.py 3") == (
        Asked("a", star=True),
        Asked("helper", star=True),
    )
