"""Attacks that are tests of the packages they are on: a rung makes no difference to them."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.notebooks import ROOT

BESIDE: Final[Mapping[str, Sequence[str]]] = {
    "asking/test_told_answers.py": (
        "test_no_question_hands_in_what_another_is_to_be_answered_with",
    ),
    "test_stable_numerics.py": (
        "test_what_a_gradient_is_asked_with_is_not_what_a_forward_pass_should_have_returned",
    ),
    "mending/test_bounds.py": (
        "test_what_cannot_be_written_anew_ends_no_grading",
        "test_a_thousand_guesses_give_no_points",
        "test_a_guess_is_not_given_with_a_slip",
        "test_checks_take_too_much_with_all_edits_as_often_as_with_one_answer",
    ),
    "mending/test_guesses.py": (
        "test_few_questions_are_guessed_and_give_nothing",
        "test_what_was_skipped_is_guessed_once",
    ),
    "mending/test_learning.py": (
        "test_another_definition_has_learnt_nothing_from_the_first",
        "test_a_mend_has_learnt_nothing_from_what_was_tried",
    ),
    "mending/test_search.py": ("test_judging_what_is_tried_takes_the_time_that_there_is_for_it",),
    "mending/test_marks.py": (
        "test_what_a_person_would_have_to_look_at_mends_nothing",
        "test_what_was_tried_is_gone_when_another_exercise_is_asked",
        "test_an_edit_that_hangs_ends_the_search_and_nothing_else",
        "test_edited_code_runs_nowhere_but_in_the_sandbox",
        "test_a_student_who_knows_of_edits_wins_nothing_by_it",
        "test_no_definition_ends_the_grading",
        "test_many_patches_of_a_class_are_gone_through_once",
    ),
    "release/test_gradescope_zip.py": (
        "test_a_link_is_passed_over",
        "test_what_is_handed_in_beside_a_notebook_is_neither_read_nor_run",
    ),
    "importing/test_whatever_comes.py": (
        "test_what_python_cannot_read_is_told_with_its_cell",
        "test_a_file_by_way_of_the_folder_above_is_none_beside_the_notebook",
        "test_tests_are_an_ordinary_file",
        "test_settings_of_any_kind_are_told_with_their_cell",
        "test_a_test_that_ends_python_is_left_to_a_person",
    ),
    "course/test_own_time.py": (
        "test_a_grader_without_end_costs_no_other_its_grade",
        "test_one_after_the_other_as_well",
    ),
    "notebook/test_laborious_notebooks.py": (
        "test_magics_that_run_each_other_are_not_followed",
        "test_exceptions_without_parentheses_are_gone_through_once",
    ),
    "similarity/test_plain_code.py": ("test_a_line_of_spaces_is_gone_through_once",),
    "collecting/test_hostile.py": (
        "test_names_that_no_file_system_takes",
        "test_a_file_called_as_another_platform_s_own",
        "test_a_user_name_that_ends_in_another_s",
        "test_archives_side_by_side_unpack_to_no_more_than_one_may",
        "test_archives_side_by_side_list_no_more_files_than_one_may",
        "test_more_archives_than_anybody_packs",
        "test_what_was_typed_in_at_blackboard_says_of_nobody_who_it_was",
        "test_a_full_disk_is_nobody_s_damage",
    ),
    "sandbox/test_folders.py": (
        "test_a_command_that_is_ended_leaves_nothing",
        "test_where_there_is_no_room_for_folders_nothing_is_left",
    ),
    "test_streams.py": (
        "test_a_full_standard_output_takes_no_grade",
        "test_who_stops_reading_takes_no_grade",
        "test_a_batch_goes_on_where_nobody_can_be_told",
    ),
    "gradebook/test_copies.py": (
        "test_who_copies_a_notebook_has_no_points_that_were_given_for_it",
    ),
    "gradebook/test_lists_of_students.py": ("test_a_student_s_own_list_is_nobody_s_word",),
    "review/test_queue.py": ("test_answers_that_are_equal_as_far_as_they_are_shown_are_not_equal",),
    "publishing/test_names.py": ("test_no_name_of_a_student_s_is_taken_for_the_platform_s",),
    "collecting/test_roster.py": ("test_a_table_of_any_shape_is_no_roster",),
    "course/test_rejudging.py": (
        "test_a_pipe_in_the_place_of_what_is_kept_costs_one_result",
        "test_a_recording_that_unpacks_to_too_much_is_told",
    ),
    "course/parts/test_parts.py": ("test_a_pipe_in_a_part_is_not_waited_for",),
    "course/test_results_folder.py": ("test_what_could_not_be_written_once_is_told_of_no_more",),
}

HEAD: Final = """
## Beside the rungs

These reach for the grader's own process, and are tests of the packages that they are on.

| attack | what is promised | in `tests/` |
| --- | --- | --- |
"""


def section() -> str:
    """Return the section of the page. Raises KeyError for a test that there is not."""
    rows = [
        f"| {name.removeprefix('test_').replace('_', ' ')} | {promise} | `{file}` |\n"
        for file, names in BESIDE.items()
        for name, promise in _promises(ROOT / "tests" / file, names)
    ]
    return HEAD + "".join(rows)


def _promises(path: Path, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each test with the first line of its docstring."""
    functions = {
        each.name: each
        for each in ast.parse(path.read_text("utf-8")).body
        if isinstance(each, ast.FunctionDef)
    }
    for name in names:
        yield name, (ast.get_docstring(functions[name]) or "").partition("\n")[0]
