"""Asking the public checks from inside a notebook: for the student's own use, it never counts."""
