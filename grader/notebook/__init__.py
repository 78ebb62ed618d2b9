"""A notebook as plain values, and what its cells do with names, told from the sources alone.

`opening`, `sniffing`, `reading`: from a file that may be anything to a `Notebook`.
`convert`: such a notebook as nbclient executes it.

`transforming`, `parsing`: a cell as Python, after IPython's own transformation, and its magics.
`newer_syntax`, `strings`: whether a cell that does not parse is of a newer Python.
`statements`: what single statements are: definitions, constants, setup, imports.
`scopes`: what names are read and bound, scope by scope and in the order of execution.
`names`: all of that for one cell, as a `Names`.
`imports`: which modules cells ask for.
`data_folders`: from which folders they read a data set.
`cell_map`: which cell of a notebook defines what.
"""
