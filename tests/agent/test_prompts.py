"""`input()` and `getpass()`, where nobody answers."""

from tests.agent.processes import Run


def test_nobody_answers(run: Run) -> None:
    """`input()` and `getpass()` return an empty string, noted once."""
    ask = """
        from getpass import getpass
        print([input('name? '), getpass(), getpass(prompt='key')])
    """
    found = run(ask, ask)
    assert found.printed == ["['', '', '']\n"] * 2
    assert found.noted("nobody") == [0]


def test_waiting_for_an_answer_ends(run: Run) -> None:
    """A loop that asks until it is answered ends with EOFError, in each cell anew."""
    found = run("while input() != 'q':\n    pass", "print(repr(input()))")
    assert found.errors[0] == "EOFError: nobody answers input() while a notebook is graded"
    assert found.printed[1] == "''\n"
