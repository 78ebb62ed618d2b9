"""A student repository made from a reference: the notebook, the public checks, recorded answers."""
