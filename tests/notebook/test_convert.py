"""A notebook as a node that nbclient executes."""

import nbformat
from nbclient import NotebookClient

from grader.notebook.convert import executable
from grader.notebook.reading import read
from tests.notebook.files import CODE, PROSE, Write, sources


class TestExecutable:
    def test_same_cells_nothing_else(self, write: Write) -> None:
        """The node is valid, and has the sources and ids at the same indices and no more."""
        tagged = CODE | {"metadata": {"tags": ["skip-execution"]}, "execution_count": 3}
        notebook = read(write(PROSE, None, tagged, CODE, metadata={"kernelspec": {"name": "cnn"}}))
        node = executable(notebook)
        nbformat.validate(node)
        assert (node.nbformat, node.nbformat_minor) == (4, 5)
        assert [cell.source for cell in node.cells] == sources(notebook)
        assert [cell.cell_type for cell in node.cells] == [cell.kind for cell in notebook.cells]
        assert [cell.id for cell in node.cells] == [cell.id for cell in notebook.cells]
        assert all(not cell.metadata for cell in node.cells)
        assert all(not cell.get("outputs") for cell in node.cells)
        assert node.metadata.kernelspec.name == "python3"

    def test_each_node_is_fresh(self, write: Write) -> None:
        """What happens to one node is seen neither in the notebook nor in another node."""
        notebook = read(write(CODE))
        executable(notebook).cells[0].source = "changed"
        assert executable(notebook).cells[0].source == "x = 1"

    def test_nbclient_executes_it(self, write: Write) -> None:
        """A notebook of an unknown kernel, with a cell tagged to be skipped, runs whole."""
        tagged = CODE | {"metadata": {"tags": ["skip-execution"]}}
        path = write(
            tagged, PROSE, CODE | {"source": "x + 1"}, metadata={"kernelspec": {"name": "cnn"}}
        )
        node = NotebookClient(executable(read(path)), timeout=120).execute()
        assert node.cells[2].outputs[0].data["text/plain"] == "2"
