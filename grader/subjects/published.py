"""Recorded answers as a subject: of the reference or of a mistake, in a student's repository."""

from collections.abc import Mapping, Sequence

import numpy as np

from grader.scenario import Outcome, Scenario, Transcript
from grader.verdicts import AfterSubmission


class Published:
    """Answers the scenarios whose keys are in `places`, from outcomes that many subjects share.

    The transcript at a place consists of the outcomes in `table` that `indices` lists from
    `starts[place]` to `starts[place + 1]`.
    """

    def __init__(
        self,
        places: Mapping[str, int],
        starts: np.ndarray,
        indices: np.ndarray,
        table: Sequence[Outcome],
    ) -> None:
        self._places = places
        self._starts = starts
        self._indices = indices
        self._table = table

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`. Raises AfterSubmission where none was recorded."""
        place = self._places.get(scenario.key)
        if place is None:
            raise AfterSubmission
        indices = self._indices[self._starts[place] : self._starts[place + 1]]
        return Transcript(scenario, tuple(self._table[index] for index in indices))
