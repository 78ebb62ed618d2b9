"""What questions bring along: sources that the notebook's process runs, and students may read."""

AS_MANY = '''
def as_many(most):
    """Yield 0, 1, 2, ... and raise for whoever wants more than `most`."""
    yield from range(most)
    raise RuntimeError("One more item was taken before the last batch was handed out.")
'''

READ = '''
def read(axes):
    """Return the colours of points that were drawn, by their places, and the texts."""
    from itertools import cycle
    from matplotlib.colors import to_hex

    drawn = {}
    for each in axes.collections:
        each.update_scalarmappable()  # Colours that are given as numbers are none before.
        colours = each.get_facecolors() if len(each.get_facecolors()) else each.get_edgecolors()
        drawn |= zip(map(tuple, each.get_offsets().tolist()), cycle(map(to_hex, colours)))
    for each in axes.lines:
        drawn |= dict.fromkeys(map(tuple, each.get_xydata().tolist()), to_hex(each.get_color()))
    return drawn, axes.get_title(), axes.get_xlabel().lower(), axes.get_ylabel().lower()
'''
