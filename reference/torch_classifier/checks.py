"""The exercises, in the order of the notebook."""

from .loops import evaluation, training
from .parts import dataset, loss, model, optimizer
from .trained import trained

exercises = [dataset, loss, model, optimizer, training, evaluation, trained]
