"""What a folder of results holds, told in the language of each result."""

from dataclasses import replace

from grader.course.kept import Twins
from tests.reports.examples import check, exercise, result


def test_a_file_that_is_not_its_own_is_noted_in_the_result_s_language() -> None:
    """As all other notes for the instructor are."""
    graded = replace(result(exercise(check("passed"))), language="ru")
    noted = Twins({"anna": ("boris",)}, frozenset({"anna"})).noted("anna", graded)
    assert [each.text for each in noted.integrity] == [
        "Файл байт в байт совпадает с файлом: `boris`.",
        "Файл байт в байт совпадает с эталонным решением самого задания.",
    ]
