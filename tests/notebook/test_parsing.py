"""Cells that are not plain Python: with magics, broken, or no code at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.notebook.names import Names, analyse
from grader.notebook.parsing import parsed_anew, syntax

NOTHING = Names()


class TestMagics:
    @pytest.mark.parametrize(
        ("source", "binds", "uses"),
        [
            ("%matplotlib inline\na = b", "a", "b"),
            ("!pip install x\na = !ls {b}", "a", ""),
            ("%time a = f(b)", "a", "b f"),
            ("for i in c:\n    %time a = f(i)", "a i", "c f i"),
            ("a = %timeit -o -n 10 f(b)", "a", "b f"),
            ("%timeit -n1 x = f(b)", "", "b f"),
            ("%time a =", "", ""),
            ("a?\nb = 1", "b", ""),
            ("%%time\na = b", "a", "b"),
            ("%%capture out --no-stderr\n%%time\na = b", "a out", "b"),
            ("%%timeit\na = b", "", "b"),
            ("%%time\na = ", "", ""),
            ("%%bash\na=1", "", ""),
            ("%%writefile a.py\na = 1", "", ""),
            ("%%unknown\na = 1", "", ""),
            ("%%javascript\nelement.x = 1", "", ""),
        ],
    )
    def test_magics_and_shell_commands(self, source: str, binds: str, uses: str) -> None:
        """Magics do not keep a cell from being read, and Python in them counts."""
        names = analyse(source)
        assert sorted(names.binds) == sorted(binds.split())
        assert sorted(names.uses) == sorted(uses.split())


TOKENS = [
    *("def", "class", "lambda", "import", "from", "as", "if", "else", "for", "in", "while", "try"),
    *("except", "raise", "return", "yield", "await", "async", "global", "nonlocal", "with", "del"),
    *("match", "case", "_", "x", "y", "é", "1", "0x", "'a'", '"""', "f'{x}'", "[", "]", "(", ")"),
    *("{", "}", ":", ",", ".", ";", "*", "**", "=", ":=", "+=", "->", "@", "#", "\\", " ", "\t"),
    *("\n", "\n\n", "\n    ", "\r", "\0", "\ud800", "%", "%%", "%%time", "%%capture", "%time"),
    *("%run", "!", "!ls", "?", "??", ">>>", "In[1]:"),
]


class TestUnparsable:
    @pytest.mark.parametrize(
        "source",
        ["a = (1", "print 'x'", "a = 1\nreturn a", "a = 1\0", "a = '\ud800'", "a = 1\nbreak",
         "nonlocal a", "def f(:\n  <your code>", "a = " + "(" * 500],
    )  # fmt: skip
    def test_it_does_nothing(self, source: str) -> None:
        """A cell that Python refuses to compile defines and uses nothing."""
        assert analyse(source) == NOTHING

    def test_more_magics_than_ipython_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A cell on which IPython itself gives up does nothing either."""
        monkeypatch.setattr("IPython.core.inputtransformer2.TRANSFORM_LOOP_LIMIT", 5)
        assert analyse("%cd\n" * 6 + "a = 1") == NOTHING

    def test_long_expressions_are_no_trouble(self) -> None:
        """A sum of many terms is read as the compiler reads it."""
        assert analyse("a = " + " + ".join(["b"] * 700)).uses == {"b"}

    @given(st.text())
    def test_any_text(self, source: str) -> None:
        """No text makes the analysis fail."""
        assert isinstance(analyse(source), Names)

    @settings(deadline=None, max_examples=300)
    @given(
        st.lists(
            st.sampled_from(TOKENS),
            max_size=20,
        ),
        st.sampled_from(["", " "]),
    )
    def test_any_tokens(self, tokens: list[str], between: str) -> None:
        """No soup of tokens makes it fail, and needs are among what the cell mentions."""
        names = analyse(between.join(tokens))
        assert names.needs | names.needs_later <= names.binds | names.uses


def test_syntax_is_told_of_numbers_of_any_length() -> None:
    """A number that Python writes in no tens does not keep two sources from being compared."""
    number = "0x" + "f" * 6000
    one, other, longer = (
        parsed_anew(source) for source in (f"x = {number}", f"x  =  {number} #", f"x = {number}f")
    )
    assert one is not None
    assert other is not None
    assert longer is not None
    assert syntax(one) == syntax(other) != syntax(longer)
