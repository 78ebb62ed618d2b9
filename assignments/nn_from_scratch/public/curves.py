"""The exercise `curves`: the loss and the accuracy as lines over the steps or epochs.

A line is told by the number that it ends with, held against the network as it was when the line
was drawn, and by the words near it. Where the two agree, or the words are silent, the line is
taken for what it shows; where they contradict each other, a person looks.
"""
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final
import numpy as np
from grader import CheckFailed, Exercise, NeedsReview, Submission, _, capital
from grader import Curve as Shown
from grader.checks.plots.drawings import judge_drawings
from grader.checks.plots.drawn_cells import LINES, Drawn
from grader.checks.plots.figures import Line, lines, marks
from grader.checks.training.classifier import Standing, standing
from .stand_ins import STAND_INS, STANDING
from .training import CLASSIFIER
curves = Exercise('curves', 'Learning curves', points=10, names=('network',))
WORDS: Final = {'accuracy': ('acc', 'точн', 'верных', 'правильных'), 'loss': ('loss', 'entropy', 'лосс', 'потер', 'ошибк', 'энтроп')}
_LOGARITHM: Final = re.compile('\\blog\\b|log10|\\bln\\b|логарифм')
ACCURACY_WITHIN: Final = 0.2
LOSS_WITHIN: Final = 2.0
NEARER: Final = 0.3
SHARE: Final = 1.5
GUESSES: Final = 0.2
HUGE: Final = 1000000000000.0
STRAIGHT: Final = 5

@dataclass(frozen=True)
class Curve:
    """A line that was drawn, and what it may be a curve of: "loss" or "accuracy".

    `called` is what the words near it name, None where that is neither or both; `near` holds how
    far it ends from where each kind should, as a part of what is allowed, up to 1; `trend` is the
    kind that goes its way, up or down. `fault` says why it can be no curve at all, `oddity` why
    only a person can tell.
    """
    called: str | None
    end: float = float('nan')
    near: Mapping[str, float] = field(default_factory=dict)
    trend: str = ''
    fault: str = ''
    oddity: str = ''

    @property
    def nearest(self) -> str | None:
        """The kind that its end is nearest to."""
        return min(self.near, key=lambda kind: self.near[kind], default=None)

    @property
    def likely(self) -> str | None:
        """What its numbers alone look like, None where that is neither or might be both."""
        if len(self.near) == 2 and abs(self.near['loss'] - self.near['accuracy']) < NEARER:
            return self.nearest if self.nearest == self.trend else None
        return self.nearest

    def shows(self, kind: str) -> bool:
        """Whether this is a curve of this kind beyond doubt."""
        if self.fault or self.oddity or kind not in self.near:
            return False
        if self.called is None:
            return self.likely == kind
        return self.called == kind and kind in (self.nearest, self.trend)

    def may_show(self, kind: str) -> bool:
        """Whether this may be a curve of this kind."""
        if self.fault:
            return False
        return kind in (self.called, self.likely) or (self.called is None and self.likely is None)

@np.errstate(all='ignore')
def curve(line: Line, expected: Standing | None) -> Curve:
    """Return what a line is, where the network stood as `expected` when it was drawn."""
    finite = np.abs(line.y) < HUGE
    x, y = (line.x[finite], line.y[finite])
    called = _called(line.words)
    if len(y) == 0:
        fault = _('has no finite number') if len(line.y) else _('has no points')
        return Curve(called, fault=fault)
    tenth = max(1, len(y) // 10)
    end = float(y[-tenth:].mean())
    return Curve(called, end, _near(y, end, expected) if expected else {}, trend='accuracy' if end > y[:tenth].mean() else 'loss', fault=_fault(line, x, y, expected), oddity=_oddity(x, y, len(line.y), expected))

def _called(words: Iterable[str]) -> str | None:
    """Return which kind the first words that name any do name, None for neither or both."""
    kinds: list[str] = next(filter(None, map(_named, words)), [])
    return kinds[0] if len(kinds) == 1 else None

def _named(words: str) -> list[str]:
    return [kind for kind, stems in WORDS.items() if any((stem in words for stem in stems))]

def _near(y: np.ndarray, end: float, expected: Standing) -> dict[str, float]:
    """Return how far from each kind a line ends, as a part of what is allowed, up to 1."""
    far = {}
    if y.min() >= 0 and y.max() <= 100:
        share = end / 100 if y.max() > SHARE else end
        far['accuracy'] = abs(share - expected.accuracy) / ACCURACY_WITHIN
    if y.min() >= 0 and end > 0 and (expected.loss > 0):
        far['loss'] = abs(float(np.log(end / expected.loss) / np.log(LOSS_WITHIN)))
    return {kind: distance for kind, distance in far.items() if distance <= 1}

def _fault(line: Line, x: np.ndarray, y: np.ndarray, expected: Standing | None) -> str:
    """Return why a line cannot be a curve, "" where it can."""
    if len(y) == 2 and np.ptp(x) == 0:
        return _('is vertical')
    guesses = expected is not None and expected.accuracy < GUESSES
    if len(y) > 1 and np.ptp(y) == 0 and (not guesses):
        return _('stays the same')
    if len(y) >= STRAIGHT and np.ptp(y) > 0 and (np.abs(np.diff(y, 2)).max() < 1e-06 * np.ptp(y)):
        return _('is perfectly straight')
    if y.min() < 0 and (not any((_LOGARITHM.search(words) for words in line.words))):
        return _('falls below 0')
    return ''

def _oddity(x: np.ndarray, y: np.ndarray, length: int, expected: Standing | None) -> str:
    """Return why only a person can tell whether a line is a curve, "" for no reason."""
    if len(y) == 1:
        return _('is a single point')
    if len(y) < length / 2:
        return _('has more gaps than numbers')
    if np.ptp(x) == 0 or np.any(np.diff(x) < 0):
        return _('goes back and forth instead of from step to step')
    if expected is None:
        return _('cannot be compared with the network, which gives no answer')
    if len(y) > 1 and np.ptp(y) == 0:
        return _('stays the same all the time')
    return ''

def _curves(submission: Submission, found: Drawn) -> Iterator[tuple[Curve, Standing | None, Line]]:
    """Yield every line that was drawn: what it is, and how the network stood when it was."""
    for cell in found.cells:
        for figure in cell.figures:
            for line in lines(figure):
                stood = STANDING if found.stood_in else standing(submission, CLASSIFIER, cell.index)
                yield (curve(line, stood), stood, line)

def find_curve(kind: str, submission: Submission, found: Drawn) -> None:
    """Return where a line shows the loss or the accuracy, whichever `kind` is.

    Raises NeedsReview where one may, CheckFailed where none does.
    """
    every = list(_curves(submission, found))
    place = found.place(LINES)
    if place is not None:
        submission.places[curves.id] = place
    for line, _stood, drawn in every:
        if line.shows(kind):
            submission.curves[kind] = Shown.of(kind, drawn.x, drawn.y)
            return
    for line, stood, _drawn in sorted(every, key=lambda each: kind != each[0].called):
        if line.may_show(kind):
            raise NeedsReview(_doubt(kind, line, stood))
    for cell in found.cells:
        called = {_called([words]) for figure in cell.figures for words in marks(figure)}
        if cell.concerns(LINES) and called & {kind, None}:
            raise NeedsReview(_('{cell} draws something without lines, such as bars or points, that may show the {kind}; a person will look at it.', cell=capital(cell.name), kind=_(kind)))
    raise found.nothing(LINES, _('the {kind} as a line', kind=_(kind)), _failed(kind, [line for line, *_rest in every]))

def _doubt(kind: str, line: Curve, stood: Standing | None) -> str:
    """Return what a person should look at in a line that may show this kind."""
    named = _('The line called {kind}', kind=_(kind)) if line.called == kind else _('A line that may be the {kind}', kind=_(kind))
    if line.oddity or stood is None:
        return _('{named} {oddity}; a person will look at it.', named=named, oddity=line.oddity)
    measured = {'accuracy': stood.accuracy, 'loss': stood.loss}[kind]
    if line.called == kind:
        found = _('{named} ends at {end:.3g}', named=named, end=line.end)
    else:
        found = _('Which of the lines shows the {kind} is not clear: one ends at {end:.3g}', kind=_(kind), end=line.end)
    return _("{found}, where the grader's own measurement leads one to expect {measured:.3g}. A person will look at it.", found=found, measured=measured)

def _failed(kind: str, every: list[Curve]) -> CheckFailed | None:
    """Return what is wrong with the lines that were drawn, None where there are none."""
    if not every:
        return None
    hint = _('Print the first and the last few numbers that you plot. Are they what you mean?')
    faulty = [line for line in every if line.fault]
    for line in faulty:
        if line.called == kind:
            return CheckFailed(_('The line called {kind} {fault}: it cannot be that.', kind=_(kind), fault=line.fault), hint=hint)
    if len(faulty) == len(every):
        message = _('None of the lines drawn after the training can be the {kind}', kind=_(kind))
        return CheckFailed(_('{message}: the first {fault}.', message=message, fault=faulty[0].fault), hint=hint)
    shown = 'loss' if kind == 'accuracy' else 'accuracy'
    return CheckFailed(_('The lines drawn after the training show the {shown}, none the {kind}.', shown=_(shown), kind=_(kind)))

@curves.check(points=5)
def loss_curve(submission: Submission) -> None:
    """A figure drawn after training shows the loss over the steps or epochs."""
    judge_drawings(submission, CLASSIFIER, STAND_INS, partial(find_curve, 'loss', submission))

@curves.check(points=5)
def accuracy_curve(submission: Submission) -> None:
    """A figure drawn after training shows the accuracy over the steps or epochs."""
    judge_drawings(submission, CLASSIFIER, STAND_INS, partial(find_curve, 'accuracy', submission))
