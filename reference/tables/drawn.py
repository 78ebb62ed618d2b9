"""What questions bring along: sources that the notebook's process runs, and students may read."""

# Nobody has to walk through all of it, and whoever does is not kept waiting.
UNTIL_ASKED = '''
def until_asked():
    """Yield 0, 1, 2, ... to whoever takes a few, and raise for who takes all."""
    yield from range(1000)
    raise RuntimeError("You took 1000 items before you handed out 2 batches.")
'''

READ = '''
def read(axes):
    """Return the texts of axes, and the place and colour of each point that was drawn."""
    from matplotlib.colors import to_hex

    points = []
    for each in axes.collections:
        places, colours = each.get_offsets(), each.get_facecolors()
        if len(colours) == 0:
            colours = each.get_edgecolors()
        for index, (x, y) in enumerate(places):
            colour = to_hex(colours[index % len(colours)]) if len(colours) else ""
            points.append((round(float(x), 3), round(float(y), 3), colour))
    for each in axes.lines:
        for x, y in zip(each.get_xdata(), each.get_ydata()):
            points.append((round(float(x), 3), round(float(y), 3), to_hex(each.get_color())))
    texts = {"title": axes.get_title(), "xlabel": axes.get_xlabel(), "ylabel": axes.get_ylabel()}
    return {**texts, "points": points}
'''
