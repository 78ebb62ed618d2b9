"""The classic layers and a scalar autograd: checks, known mistakes, and the solution."""
