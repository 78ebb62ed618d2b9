"""The known mistakes, the unusual right solutions, and the changes that are no mistake."""

from . import (
    mistakes_bias,
    mistakes_forward,
    mistakes_gradients,
    mistakes_input,
    mistakes_relu_gradient,
    mistakes_relu_state,
    mistakes_relu_values,
    mistakes_start,
    mistakes_state,
    mistakes_update,
    mistakes_weights,
    variants_classes,
    variants_linear,
    variants_relu,
)
from .equivalents import equivalents

__all__ = ["equivalents", "mistakes", "variants"]

mistakes = [
    *mistakes_start.mistakes,
    *mistakes_bias.mistakes,
    *mistakes_forward.mistakes,
    *mistakes_weights.mistakes,
    *mistakes_gradients.mistakes,
    *mistakes_input.mistakes,
    *mistakes_update.mistakes,
    *mistakes_state.mistakes,
    *mistakes_relu_values.mistakes,
    *mistakes_relu_gradient.mistakes,
    *mistakes_relu_state.mistakes,
]

variants = [
    *variants_linear.variants,
    *variants_classes.variants,
    *variants_relu.variants,
]
