"""Grades machine-learning notebooks by asking questions of what the student wrote."""

__version__ = "0.1.0"
