"""The third assignment: a classifier in PyTorch, part by part."""
