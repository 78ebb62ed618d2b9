"""A result, told in one format per module."""
