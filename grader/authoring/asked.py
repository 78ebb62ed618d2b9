"""What an assignment's exercises must ask before anything of them is proven or released."""

from grader.assignment.model import CHECKS, Assignment
from grader.errors import AssignmentError


def require_asked(assignment: Assignment) -> None:
    """Raise AssignmentError where none of an exercise's checks asks anything of the notebook.

    Such an exercise looks like one about the notebook as a whole, which is not asked here: what
    is wrong with its checks would be met by students first.
    """
    for exercise in assignment.exercises:
        if exercise.asks_nothing:
            checks = ", ".join(f"`{check.id}`" for check in exercise.checks)
            raise AssignmentError(
                f"{assignment.sources / CHECKS}: no check of the exercise `{exercise.id}` does "
                f"anything with `code`, which stands for the notebook ({checks}). Call what "
                "students write on it, as in `code.function(x)`, and mind the spelling."
            )
