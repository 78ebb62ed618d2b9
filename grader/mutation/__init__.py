"""Mutants: references with one slip of the pen, made by a machine."""
