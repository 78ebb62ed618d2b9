"""What becomes of solutions, and of everything around them."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from grader.authoring.release.student_notebook import solution_lines, student_notebook
from grader.checks.manual import PLACEHOLDER
from tests.release.references import code, notebook


def released(source: str) -> str:
    """Return what students get of a code cell."""
    return str(student_notebook(code(source)).cells[0].source)


class TestSolutions:
    def test_solution_becomes_a_raise_that_names_the_task(self) -> None:
        """The comment above the marker is kept, and is the error's message."""
        assert released(
            "def f(x):\n"
            "    # Your code: double x.\n"
            "    ### BEGIN SOLUTION\n"
            "    return 2 * x\n"
            "    ### END SOLUTION\n"
            "print(f(1))"
        ) == (
            "def f(x):\n"
            "    # Your code: double x.\n"
            '    raise NotImplementedError("Your code: double x.")\n'
            "print(f(1))"
        )

    def test_task_may_take_several_lines(self) -> None:
        """A comment of several lines is one message."""
        source = "# Your code: first this,\n# then that.\n### BEGIN SOLUTION\n### END SOLUTION"
        assert 'NotImplementedError("Your code: first this, then that.")' in released(source)

    @pytest.mark.parametrize("task", ['say "hi"', r"a \ b", "it's", "naïve ∂L/∂x"])
    def test_task_survives_quoting(self, task: str) -> None:
        """Whatever the comment says, the raised message says it too."""
        source = released(f"# {task}\n### BEGIN SOLUTION\n### END SOLUTION")
        with pytest.raises(NotImplementedError) as raised:
            exec(source, {})  # noqa: S102 - running the released cell is the point
        assert str(raised.value) == f"Your code: {task}"

    def test_without_a_comment_there_is_still_a_message(self) -> None:
        """A solution after other code gets a message that fits anything."""
        source = "x = 1\n### BEGIN SOLUTION\ny = 2\n### END SOLUTION"
        assert (
            released(source)
            == 'x = 1\nraise NotImplementedError("Your code: write your code here")'
        )

    def test_several_solutions_in_a_cell(self) -> None:
        """Each is replaced at its own indentation, each with its own message."""
        assert released(
            "# one\n### BEGIN SOLUTION\na\n### END SOLUTION\n"
            "### BEGIN SOLUTION\nb\n### END SOLUTION\n"
            "if x:\n\t# two\n\t### BEGIN SOLUTION\n\tc\n\t### END SOLUTION"
        ) == (
            '# one\nraise NotImplementedError("Your code: one")\n'
            'raise NotImplementedError("Your code: write your code here")\n'
            'if x:\n\t# two\n\traise NotImplementedError("Your code: two")'
        )

    @pytest.mark.parametrize(
        "begin",
        [
            "###BEGIN SOLUTION",
            "#   BEGIN   SOLUTION   ",
            "### begin solution ###",
            "### BEGIN_SOLUTION",
            "### BEGIN SOLUTION\r",
            "<!-- BEGIN SOLUTION -->",
        ],
    )
    def test_odd_markers_are_markers(self, begin: str) -> None:
        """Spacing, case and the number of hashes do not matter."""
        source = f"{begin}\nsecret\n{begin.replace('BEGIN', 'END').replace('begin', 'end')}"
        assert "secret" not in released(source)
        assert solution_lines(code(source)) == {"secret"}

    def test_solution_in_a_markdown_cell(self) -> None:
        """A written answer is replaced by a placeholder."""
        cell = new_markdown_cell("Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION")
        (result,) = student_notebook(notebook(cell)).cells
        assert result.source == f"Why?\n\n{PLACEHOLDER}"

    @pytest.mark.parametrize("tag", ["solution", "instructor"])
    def test_tagged_cells_are_dropped(self, tag: str) -> None:
        """A cell for the instructor is left out whole, and its lines count as solution."""
        reference = notebook(
            new_code_cell("shared = 1\nsecret = 2", metadata={"tags": [tag, "other"]}),
            new_code_cell("shared = 1", metadata={"tags": ["other"]}),
        )
        assert [cell.source for cell in student_notebook(reference).cells] == ["shared = 1"]
        assert solution_lines(reference) == {"secret = 2"}

    def test_solution_lines_are_those_of_solutions_only(self) -> None:
        """Lines that also stand elsewhere, blank ones and mere brackets tell nothing."""
        source = "a = 1\n### BEGIN SOLUTION\n  a = 1\n\n  b = [\n  ]\n### END SOLUTION"
        assert solution_lines(code(source)) == {"b = ["}

    @given(
        st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 99), max_size=3)), max_size=6),
        st.sampled_from(["", "    ", "\t"]),
    )
    def test_nothing_inside_survives_and_everything_outside_does(
        self, parts: list[tuple[bool, list[int]]], indent: str
    ) -> None:
        """However solutions are spread over a cell, exactly they disappear."""
        lines: list[str] = []
        for is_solution, numbers in parts:
            prefix = "secret" if is_solution else "shown"
            block = [f"{indent}{prefix}_{number} = 0" for number in numbers]
            if is_solution:
                block = [f"{indent}### BEGIN SOLUTION", *block, f"{indent}### END SOLUTION"]
            lines += block
        result = released("\n".join(lines)).split("\n")
        assert not any("secret" in line or "SOLUTION" in line for line in result)
        shown = [line for line in lines if "shown" in line]
        assert [line for line in result if "shown" in line] == shown
        raised = [line for line in result if line.startswith(f"{indent}raise ")]
        assert len(raised) == sum(is_solution for is_solution, _ in parts)


class TestNotebook:
    def test_what_a_run_leaves_is_cleared(self) -> None:
        """Outputs, counts, times and widget states do not reach the students."""
        reference = code(
            "x",
            outputs=[new_output("stream", text="42")],
            execution_count=7,
            metadata={"execution": {"iopub.status.busy": "now"}, "tags": ["keep"]},
        )
        reference.metadata.update({"widgets": {"state": {}}, "grader": {"assignment": "a"}})
        result = student_notebook(reference)
        (cell,) = result.cells
        assert (cell.outputs, cell.execution_count) == ([], None)
        assert cell.metadata == {"tags": ["keep"]}
        assert result.metadata == {"grader": {"assignment": "a"}}

    def test_attachments_are_kept(self) -> None:
        """Pictures attached to a cell stay with it."""
        attachments = {"a.png": {"image/png": "aGVsbG8="}}
        cell = new_markdown_cell("![a](attachment:a.png)", attachments=attachments)
        assert student_notebook(notebook(cell)).cells[0].attachments == attachments

    def test_the_reference_stays_as_it_is(self) -> None:
        """Making a student notebook changes nothing in the notebook that is handed in."""
        reference = code(
            "### BEGIN SOLUTION\nx\n### END SOLUTION",
            execution_count=1,
            outputs=[new_output("stream", text="42")],
        )
        before = copy.deepcopy(reference)
        student_notebook(reference)
        assert reference == before
