"""Whoever can turn a scenario into a transcript."""
