"""What a code cell does with the names of the notebook, told from its source alone.

`parsing`: a cell as Python, after IPython's own transformation, and the magics in it.
`statements`: what single statements are: definitions, constants, setup, imports.
`scopes`: what names are read and bound, scope by scope and in the order of execution.
`analysis`: all of that for one cell, as a `Names`.
"""
