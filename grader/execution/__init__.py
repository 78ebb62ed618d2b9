"""Running a notebook: which cells, how long, in which states it is kept, and what it was asked."""
