"""What a test cell may use when it runs outside the student's process: a check for each kind."""

from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.authoring.importing.command import import_
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.grading import scores
from tests.importing.sources import checks, code, graded, solved, text, write

SOLUTION = '''def scale(a, factor=2):
    """Return a times factor."""
    ### BEGIN SOLUTION
    return a * factor
    ### END SOLUTION

def normalise(a):
    ### BEGIN SOLUTION
    a /= a.sum()
    ### END SOLUTION

def apply(function, values):
    ### BEGIN SOLUTION
    return [function(each) for each in values]
    ### END SOLUTION

def describe(name):
    ### BEGIN SOLUTION
    print(f"Hello {name}")
    ### END SOLUTION

def root(x):
    ### BEGIN SOLUTION
    if x < 0:
        raise ValueError("negative")
    return x**0.5
    ### END SOLUTION

class Stack:
    """A stack."""
    ### BEGIN SOLUTION
    limit = 10
    def __init__(self):
        self.items = []
    def push(self, item):
        self.items.append(item)
        return self
    def __len__(self):
        return len(self.items)
    def __getitem__(self, place):
        return self.items[place]
    def __eq__(self, other):
        return self.items == other.items
    def __contains__(self, item):
        return item in self.items
    ### END SOLUTION

class Named(Stack):
    ### BEGIN SOLUTION
    pass
    ### END SOLUTION

### BEGIN SOLUTION
answer = 42
words = ["one", "two"]
greeting = "Hello"
graph = sparse.coo_matrix(np.eye(3))
table = pd.DataFrame({"x": [1, 2], "y": [3.0, 4.0]})
model = nn.Linear(3, 2)
def numbers():
    yield from range(5)
def noise(n):
    return np.random.rand(n)
def sort(values):
    values.sort()
### END SOLUTION'''

# What the issue of test cells is about, and a cell that needs it.
ROWS = {
    "arrays": "assert np.allclose(scale(np.ones(3)), 2)\n"
    "np.testing.assert_array_equal(scale(np.arange(3)), [0, 2, 4])",
    "plain values": "assert answer == 42\nassert words == ['one', 'two'] and len(words) == 2",
    "calls with values": "assert scale(3) == 6\nassert scale(3, factor=3) == 9",
    "objects": "stack = Stack()\nstack.push(1).push(2)\nassert stack.items == [1, 2]",
    "state of an earlier test": "stack.push(3)\nassert len(stack) == 3",
    "tensors": "out = model(torch.ones(1, 3))\nassert out.shape == (1, 2)\n"
    "assert torch.allclose(out, torch.ones(1, 3) @ model.weight.T + model.bias)",
    "frames": "assert list(table.columns) == ['x', 'y']\nassert table['x'].sum() == 3\n"
    "pd.testing.assert_frame_equal(table, pd.DataFrame({'x': [1, 2], 'y': [3.0, 4.0]}))",
    "index and iteration": "s = Stack().push(5)\nassert s[0] == 5\nassert [x for x in s] == [5]",
    "equality of objects": "assert Stack().push(1) == Stack().push(1)\n"
    "assert not Stack() == Stack().push(1)",
    "exact types": "assert type(answer) == int\nassert type(Stack()) is Stack\n"
    "assert type(model) == nn.Linear\nassert isinstance(Named(), Stack)",
    "objects as arguments": "other = Stack().push(Stack())\nassert len(other[0]) == 0",
    "library objects": "assert isinstance(model, nn.Module)\n"
    "assert sum(p.numel() for p in model.parameters()) == 8",
    "callbacks": "assert apply(lambda x: x + 1, [1, 2]) == [2, 3]\n"
    "def twice(x):\n    return 2 * x\nassert apply(twice, [3]) == [6]\n"
    "assert apply(np.sqrt, [4.0]) == [2.0]",
    "signatures": "import inspect\nassert list(inspect.signature(scale).parameters) == "
    "['a', 'factor']\nassert scale.__doc__ == 'Return a times factor.'\n"
    "assert scale.__name__ == 'scale'",
    "autograd": "x = torch.ones(3, requires_grad=True)\ny = scale(x).sum()\ny.backward()\n"
    "assert torch.equal(x.grad, torch.full((3,), 2.0))",
    "classes as values": "kinds = {'stack': Stack}\nassert len(kinds['stack']()) == 0\n"
    "assert Stack.limit == 10",
    "setting attributes": "s = Stack()\ns.items = [7]\nassert s[0] == 7",
    "names": "assert 'answer' in dir()\nassert 'answer' in globals()",
    "seeds": "np.random.seed(3)\nfirst = noise(4)\nnp.random.seed(3)\n"
    "assert np.array_equal(first, noise(4))",
    "identity": "s = Stack()\nassert s.push(1) is s\nassert Stack() is not s",
    "own objects back": "given = [1, 2]\nassert apply(lambda x: x, [given])[0] == given",
    "exceptions by try": "try:\n    root(-1)\nexcept ValueError as e:\n"
    "    assert 'negative' in str(e)\nelse:\n    assert False",
    "exceptions by raises": "import pytest\nwith pytest.raises(ValueError):\n    root(-1)",
    "exceptions by numpy": "np.testing.assert_raises(ValueError, root, -1)",
    "generators": "assert list(numbers()) == [0, 1, 2, 3, 4]\nassert next(iter(numbers())) == 0",
    "in place": "a = np.array([1.0, 3.0])\nb = a.copy()\nnormalise(a)\n"
    "np.testing.assert_allclose(a, b / 4)",
    "lists in place": "values = [3, 1]\nsort(values)\nassert values == [1, 3]",
    "membership": "s = Stack().push(3)\nassert 3 in s\nassert 4 not in s\nassert 'one' in words",
    "patterns": "import re\nassert re.match(r'^He', greeting)\nassert re.sub('l', '', greeting) == "
    "'Heo'\nassert ', '.join([greeting, greeting]) == 'Hello, Hello'",
    "sparse matrices": "from scipy import sparse\nassert isinstance(graph, sparse.coo_matrix)\n"
    "assert np.allclose(graph.toarray(), np.eye(3)) and graph.tocsr()[0, 0] == 1",
    "run by its name": "if __name__ == '__main__':\n    assert scale(2) == 4",
    "hashes": "from hashlib import sha1\n"
    "assert sha1(str(answer).encode()).hexdigest() == "
    "'92cfceb39d57d914ed8b14d0e37643de0797ae56'",
    "formatting": "assert f'{answer:05d}' == '00042'\nassert str(answer) + '!' == '42!'\n"
    "assert '%d' % answer == '42'",
    "loops": "for n in range(3):\n    for f in (1, 2):\n        assert scale(n, f) == n * f",
    "printed text": "import io, contextlib\nout = io.StringIO()\n"
    "with contextlib.redirect_stdout(out):\n    describe('Ann')\n"
    "assert out.getvalue() == 'Hello Ann\\n'",
    "copies": "import copy\ns = Stack().push(1)\nassert copy.deepcopy(s) == s",
    "nose": "from nose.tools import assert_equal\nassert_equal(scale(2), 4)",
    "unittest": "from unittest import TestCase\nt = TestCase()\nt.assertEqual(scale(2), 4)\n"
    "t.assertAlmostEqual(root(2.0), 1.41421356, places=6)\n"
    "t.assertRaises(ValueError, root, -1)",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where an assignment with a test of every kind was brought to."""
    folder = tmp_path_factory.mktemp("rows")
    cells = [
        text("# Everything"),
        code(
            "import numpy as np\nimport pandas as pd\nimport torch\nfrom scipy import sparse\n"
            "from torch import nn"
        ),
        solved(SOLUTION, "everything"),
        *(graded(source, name, 1) for name, source in ROWS.items()),
    ]
    source = write(folder / "rows.ipynb", cells)
    import_(source, (), None, folder / "reference")
    return folder


@pytest.mark.parametrize("row", ROWS)
def test_a_test_may_use(folder: Path, row: str) -> None:
    """It is taken over, and holds for the solution."""
    assert f"\n@everything.check(points=1)\ndef {row.replace(' ', '_')}(code):" in checks(
        folder, "rows"
    )


def test_a_real_notebook_gets_all_of_them(folder: Path) -> None:
    """The solution's own process answers as the grader's own does."""
    path = folder / "reference" / "rows" / "solution.ipynb"
    result = grade(read(path), load(path.parent), Options())
    (exercise,) = result.exercises
    assert [(c.id, c.message) for c in exercise.checks if c.status != "passed"] == []
    assert scores(result) == {"everything": len(ROWS)}
