"""`%check` on the system that this is, whether it has forks or not."""

from tests.inline.test_forkless import HANGING, WRONG, run, said, sources

CHECK = "%load_ext grader\n%check linear relu"


def test_right_wrong_and_endless_code_is_told() -> None:
    """A later check is of what is defined by then, and a question that hangs costs only itself."""
    _numpy, _layer, linear, relu = sources({})
    endless = sources(HANGING)[-1]
    told = run([*sources(WRONG), CHECK, linear, endless, CHECK, relu, CHECK], forkless=False)
    wrong, hanging, right = (said(told[place])["text/plain"] for place in (4, 7, 9))
    assert "✗  The Linear layer" in wrong
    assert "✗  The ReLU layer" in wrong
    assert "40 / 40" in hanging
    assert "gave no answer" in hanging
    assert "40 / 40" in right
    assert "20 / 20" in right
