"""The known mistakes, the unusual right solutions, and the changes that are no mistake."""

from . import (
    mistakes_activations,
    mistakes_cross_entropy,
    mistakes_dropout,
    mistakes_softmax,
    variants_layers,
    variants_rows,
)
from .equivalents import equivalents

__all__ = ["equivalents", "mistakes", "variants"]

mistakes = [
    *mistakes_softmax.mistakes,
    *mistakes_cross_entropy.mistakes,
    *mistakes_activations.mistakes,
    *mistakes_dropout.mistakes,
]

variants = [*variants_rows.variants, *variants_layers.variants]
