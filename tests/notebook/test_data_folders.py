"""Where a notebook reads its data from, told from its cells."""

import pytest

from grader.notebook.data_folders import roots


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("FashionMNIST('./data', train=True)", ("./data",)),
        ("torchvision.datasets.FashionMNIST(root='a', train=True)", ("a",)),
        ("FashionMNIST('a'); FashionMNIST('b'); FashionMNIST('a')", ("a", "b")),
        ("where = 'a'\ndef load():\n    return FashionMNIST(where, download=True)", ("a",)),
        ("where = Path('a')\nFashionMNIST(root=where)", ("a",)),
        ("FashionMNIST(pathlib.Path('a'))", ("a",)),
        ("FashionMNIST()", ()),
        ("FashionMNIST(somewhere())", ()),
        ("MNIST('a')", ()),
        ("%matplotlib inline\nFashionMNIST('a')", ("a",)),
        ("this is no Python", ()),
    ],
)
def test_the_folders_that_a_data_set_is_read_from(source: str, told: tuple[str, ...]) -> None:
    """As they are written, each once, whichever way the class is named and called."""
    assert roots([source], "FashionMNIST") == told


def test_a_variable_may_be_of_an_earlier_cell() -> None:
    """Cells share their names."""
    assert roots(["root = 'a'", "FashionMNIST(root)"], "FashionMNIST") == ("a",)
