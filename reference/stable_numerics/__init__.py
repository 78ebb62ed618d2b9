"""The second assignment: softmax, cross-entropy, smooth activations and dropout, made robust."""
