"""Reading captions: whether they give an image's predicted and its true label."""
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal
from grader import DATASETS
from grader.checks.plots.figures import Picture, mentions, other_words
from grader.checks.plots.image_match import Match
from .training import CLASSIFIER
CLASSES: Final = DATASETS[CLASSIFIER.data].classes
ROLES: Final = {'predicted': ('pred', 'guess', 'net', 'model', 'output', 'предск', 'прогноз', 'сет', 'модел'), 'true': ('true', 'truth', 'real', 'actual', 'target', 'gt', 'истин', 'правд', 'настоящ')}
CAPTIONS: Final = (*(stem for stems in ROLES.values() for stem in stems), *('label', 'class', 'image', 'img', 'pic', 'example', 'sample', 'test', 'train', 'index', 'idx'), *('prob', 'conf', 'score', 'ground', 'hat', 'vs', 'and', 'is', 'was', 'of', 'the', 'for'), *('tensor', 'array', 'int', 'метк', 'класс', 'картин', 'изобр', 'пример', 'тест', 'ответ'), *('вероятн', 'номер', 'это'))
MOST_LABELS: Final = 4
Fit = Literal['right', 'unclear', 'wrong label', 'one label', 'no label']

@dataclass(frozen=True)
class Shown:
    """A picture, the image of the data set that it is most like, and the network's word on that.

    `guesses` are the labels that the network gives the image, one for each way of feeding it;
    None where any will do, because the network was a stand-in.
    """
    picture: Picture
    match: Match
    guesses: frozenset[int] | None

def fit(shown: Shown) -> Fit:
    """Return how the texts at an image fit its true label and the network's guess."""
    truth, guesses, caption = (shown.match.label, shown.guesses, shown.picture.caption)
    if shown.picture.shared:
        return 'unclear'
    named = mentions(caption, CLASSES)
    labels = {mention.label for mention in named}
    if len(labels) > MOST_LABELS:
        return 'unclear'
    forms = Counter(((mention.label, mention.named) for mention in named))
    twice = {label for (label, _), count in forms.items() if count > 1}
    roles = _roles(caption)
    if roles is not None:
        if truth in roles['true']:
            return 'right' if guesses is None or guesses & roles['predicted'] else 'unclear'
    elif truth in labels:
        if guesses is None:
            numbers = Counter((is_name for _, is_name in forms.elements()))
            pair = any((numbers[is_name] > 1 for label, is_name in forms if label == truth))
        else:
            pair = truth in guesses and truth in twice or bool(guesses - {truth} & labels)
        if pair:
            return 'right'
        if len(labels) > 1 or twice:
            return 'unclear'
    if other_words(caption, CLASSES, CAPTIONS):
        return 'unclear'
    if roles is not None or len(labels) > 1 or twice:
        return 'wrong label'
    if len(mentions(shown.picture.around, CLASSES)) > 1:
        return 'unclear'
    return 'one label' if named else 'no label'

def _roles(caption: str) -> dict[str, set[int]] | None:
    """Return which labels follow a word for "predicted", and which one for "true".

    None where a caption does not have both, or begins with a label.
    """
    text = caption.casefold()
    words = [(word.start(), role) for word in re.finditer('[^\\W\\d_]+', text) for role, stems in ROLES.items() if word[0].startswith(stems)]
    found: dict[str, set[int]] = {role: set() for role in ROLES}
    for mention in mentions(text, CLASSES):
        before = [role for start, role in words if start < mention.start]
        if not before:
            return None
        found[before[-1]].add(mention.label)
    return found if all(found.values()) else None
