"""The exercise `predictions`: images with what the network says they are and what they are.

An image is recognised in the data set, which tells its true label, and the network is asked for
this very image, which tells the predicted one. Both must be found in the texts at the image.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from grader import (
    MOST_EXAMPLES,
    CheckFailed,
    Example,
    Exercise,
    NeedsReview,
    Submission,
    _,
    capital,
)
from grader.checks.plots.drawings import judge_drawings
from grader.checks.plots.drawn_cells import IMAGES, Cell, Drawn
from grader.checks.plots.figures import marks, pictures
from grader.checks.plots.image_match import UNLIKE, Match, recognise
from grader.checks.training.classifier import answers

from .captions import CLASSES, Fit, Shown, fit
from .stand_ins import STAND_INS
from .training import CLASSIFIER

predictions = Exercise("predictions", "Example predictions", points=10, names=("network",))

SIDE: Final = 28
LABELS: Final = frozenset(range(len(CLASSES)))


@dataclass(frozen=True)
class Group:
    """Pictures that were drawn together: one figure's, or those of all figures with only one."""

    cell: Cell
    shown: tuple[Shown, ...]

    @property
    def recognised(self) -> list[Shown]:
        """Those that show an image of the data set."""
        return [each for each in self.shown if each.match.same]


def groups(submission: Submission, found: Drawn) -> list[Group]:
    """Return all pictures that were drawn."""
    known = submission.remembered.setdefault("pictures", {})
    if found.stood_in not in known:
        known[found.stood_in] = [
            group for cell in found.cells for group in _groups(submission, cell, found.stood_in)
        ]
    every: list[Group] = known[found.stood_in]
    return every


def _groups(submission: Submission, cell: Cell, stood_in: bool) -> Iterator[Group]:
    figures = [list(pictures(figure)) for figure in cell.figures]
    drawn = [picture for figure in figures for picture in figure]
    matches = recognise([each.image for each in drawn], submission.datasets[CLASSIFIER.data])
    # What a stand-in network says is of no account.
    guesses = [None] * len(drawn) if stood_in else _guesses(submission, cell, matches)
    shown = map(Shown, drawn, matches, guesses)
    singles: list[Shown] = []
    for figure in figures:
        held = [next(shown) for _each in figure]
        if len(held) == 1:
            singles += held
        elif held:
            yield Group(cell, tuple(held))
    if singles:
        yield Group(cell, tuple(singles))


def _guesses(
    submission: Submission, cell: Cell, matches: list[Match]
) -> Sequence[frozenset[int] | None]:
    """Return what the network says of each image that was recognised, as the cell left it."""
    images = [match.image for match in matches if match.same and match.image is not None]
    if not images:
        return [frozenset()] * len(matches)
    every = answers(submission, CLASSIFIER, cell.index, np.stack(images))
    labels = np.array([logits.argmax(axis=1) for logits in every], int).reshape(-1, len(images))
    said = iter(frozenset(column.tolist()) & LABELS for column in labels.T)
    return [next(said) if match.same else frozenset() for match in matches]


@predictions.check(points=4)
def shows_images(submission: Submission) -> None:
    """A figure drawn after training shows images of the data set."""
    judge_drawings(submission, CLASSIFIER, STAND_INS, partial(find_images, submission))


@predictions.check(points=6, needs=shows_images)
def shows_labels(submission: Submission) -> None:
    """Each image is shown with the predicted and the true label."""
    judge_drawings(submission, CLASSIFIER, STAND_INS, partial(find_labels, submission))


def find_images(submission: Submission, found: Drawn) -> None:
    """Return where an image of the data set was drawn.

    Raises NeedsReview where one may have been, CheckFailed where none was.
    """
    every = groups(submission, found)
    place = found.place(IMAGES)
    if place is not None:
        submission.places[predictions.id] = place
    recognised = [each for group in every for each in group.recognised]
    if recognised:
        submission.examples[:] = map(_kept, recognised[:MOST_EXAMPLES])
        return
    shown = [each for group in every for each in group.shown]
    if any(map(_may_be_image, shown)):
        raise NeedsReview(
            _(
                "Images were drawn, but none of them is recognised as one of the data set's as "
                "they are; a person will look at them."
            )
        )
    for cell in found.cells:
        meshes = any(True for figure in cell.figures for _words in marks(figure))
        if meshes and IMAGES.looks_drawn(cell.source):
            raise NeedsReview(
                _(
                    "{cell} draws something that is no image for matplotlib; a person will look "
                    "at it.",
                    cell=capital(cell.name),
                )
            )
    failed = CheckFailed(_("Images were drawn after the training, but none that the data set has."))
    raise found.nothing(IMAGES, _("images of the data set"), failed if shown else None)


def _kept(shown: Shown) -> Example:
    """Return a picture for the reports. Ways of feeding the network that disagree tell nothing."""
    said = shown.guesses or ()
    predicted = CLASSES[next(iter(said))] if len(said) == 1 else None
    if shown.match.image is None:
        raise TypeError("a recognised picture has its image")
    return Example.of(shown.match.image, predicted=predicted, true=CLASSES[shown.match.label])


def _may_be_image(shown: Shown) -> bool:
    shape = shown.picture.image.shape[:2]
    if shape == (len(CLASSES), len(CLASSES)):
        return False  # a confusion matrix
    return shape != (SIDE, SIDE) or shown.match.likeness >= UNLIKE


def find_labels(submission: Submission, found: Drawn) -> None:
    """Return where each image of one group has its predicted and its true label.

    Raises NeedsReview where that may be so, CheckFailed where it is not.
    """
    failed: CheckFailed | None = None
    doubt: NeedsReview | None = None
    told = any(
        cell.told and not cell.training and CLASSIFIER.network in cell.source
        for cell in found.cells
    )
    for group in groups(submission, found):
        fits = [(fit(each), each) for each in group.recognised]
        counts = Counter(each for each, _shown in fits)
        if not fits:
            continue
        if counts["right"] == len(fits):
            return
        if counts["wrong label"] * 2 >= len(fits):
            failed = failed or _wrong(fits)
        elif counts["right"] or counts["unclear"]:
            doubt = doubt or _unclear(fits)
        elif told:
            doubt = doubt or NeedsReview(
                _(
                    "The images do not have two labels each, but something is printed that may "
                    "tell them; a person will look at it."
                )
            )
        else:
            failed = failed or _lacking(fits)
    raise doubt or failed or found.nothing(IMAGES, _("images of the data set with labels"))


Fits = list[tuple[Fit, Shown]]


def _example(fits: Fits, *wanted: Fit) -> str:
    """Return the first image that fits so, in words."""
    shown = next(shown for each, shown in fits if each in wanted)
    caption = " ".join(shown.picture.caption.split())
    caption = (
        _('is captioned "{caption}"', caption=caption[:80]) if caption else _("has no caption")
    )
    guesses = _(" or ").join(CLASSES[label] for label in sorted(shown.guesses or ()))
    taken = _(", which the network takes for {guesses},", guesses=guesses) if guesses else ""
    return _(
        "an image of the class {classes}{taken} {caption}",
        classes=CLASSES[shown.match.label],
        taken=taken,
        caption=caption,
    )


def _wrong(fits: Fits) -> CheckFailed:
    return CheckFailed(
        _(
            "The images do not have their true labels: {example}.",
            example=_example(fits, "wrong label"),
        ),
        hint=_("Do the images and the labels come from the same batch, and in the same order?"),
    )


def _unclear(fits: Fits) -> NeedsReview:
    example = _example(fits, "unclear", "wrong label", "one label", "no label")
    return NeedsReview(
        _(
            "Whether the images have their predicted and their true labels needs a look: "
            "{example}.",
            example=example,
        )
    )


def _lacking(fits: Fits) -> CheckFailed:
    if any(each == "one label" for each, _shown in fits):
        return CheckFailed(
            _(
                "The images have one label each: {example}. The predicted and the true one are "
                "asked for.",
                example=_example(fits, "one label"),
            ),
            hint=_("How can a reader tell from one picture whether the network was right?"),
        )
    return CheckFailed(_("The images are shown without labels."))
