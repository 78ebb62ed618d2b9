"""Figures: kept until they have been described, and described within bounds."""

from tests.agent.processes import Run

PLOT = (
    "from grader_agent.figures import count, describe; import matplotlib.pyplot as plt, numpy as np"
)


def test_a_figure_is_described(run_forked: Run) -> None:
    """Titles, labels, legends, texts, lines and images are told as plain data."""
    found = run_forked(
        PLOT,
        """
        fig, (a, b) = plt.subplots(1, 2)
        a.plot([1, 2, 3], [4, 5, 6], label='loss'); a.axhline(5)
        a.set(title='Curves', xlabel='step', ylabel='loss'); a.legend(); a.text(0, 0, 'note')
        a.set_title('left', loc='left'); a.scatter([1], [2]); a.bar([1, 2], [3, 4])
        b.imshow(np.full((4, 5), 7, np.uint8)); b.imshow(np.ones((4, 5, 3)) / 2)
        b.plot(['x', 'y'], np.ma.masked_equal([1, 2], 2))
        fig.suptitle('All'); fig.text(0, 0, 'foot'); fig.legend(['whole'])
        [f] = describe()
        a, b = f['axes']
        print(f['suptitle'], f['texts'], [a[k] for k in ('title', 'xlabel', 'ylabel')])
        print(a['legend'], a['texts'], a['collections'], a['patches'])
        print([(line['label'], line['length']) for line in a['lines']])
        print(a['lines'][0]['x'], a['lines'][0]['y'], a['lines'][0]['x'].dtype)
        print([(i.shape, i.dtype.name, float(i.max())) for i in b['images']], b['lines'][0]['y'])
        """,
    )
    assert found.errors == [None, None]
    assert found.printed[1].splitlines() == [
        "All ['foot', 'whole'] ['Curves', 'step', 'loss']",
        "['loss'] ['left', 'note'] 1 2",
        "[('loss', 3), ('_child1', 2)]",
        "[1. 2. 3.] [4. 5. 6.] float64",
        "[((4, 5), 'uint8', 7.0), ((4, 5, 3), 'float64', 0.5)] [ 1. nan]",
    ]


def test_regular_meshes_are_images(run_forked: Run) -> None:
    """A grid of equal rectangles is told as an image; a colour bar or an uneven grid is not."""
    found = run_forked(
        PLOT,
        """
        fig, (a, b, c) = plt.subplots(1, 3)
        fig.colorbar(a.pcolormesh(np.arange(80.).reshape(8, 10)), ax=a)
        b.pcolormesh(np.arange(9) ** 2, np.arange(9), np.ones((8, 8)))
        c.pcolormesh(np.ones((2, 2)))
        [f] = describe()
        print([[i.shape for i in axes['images']] for axes in f['axes']])
        print(f['axes'][0]['images'][0][1, 0])
        """,
    )
    assert found.errors == [None, None]
    assert found.printed[1].splitlines() == ["[[(8, 10)], [], [], []]", "10.0"]


def test_closed_figures_are_kept_for_their_cell(run_forked: Run) -> None:
    """A figure that was shown and closed counts until the next cell, or when it is drawn again."""
    tell = "print(count(), [d['suptitle'] for d in describe()])"
    found = run_forked(
        PLOT,
        f"""
        f = plt.figure(); f.suptitle('a'); plt.close()
        g = plt.figure(); g.suptitle('b'); plt.show(); plt.close('all')
        {tell}
        """,
        f"import gc; _ = gc.collect(); {tell}",
        f"f.suptitle('again'); f.savefig('f.png'); {tell}",
    )
    assert found.printed[1:] == ["2 ['a', 'b']\n", "0 []\n", "1 ['again']\n"]


def test_figures_are_bounded(run_forked: Run) -> None:
    """Too many figures, axes, lines, points and characters are cut, long lines evenly."""
    found = run_forked(
        PLOT,
        """
        for i in range(50): plt.Figure().suptitle(str(i))
        print(count(), describe()[0]['suptitle'])
        """,
        """
        y = np.arange(500_000.0)
        plt.plot(y); plt.title('t' * 1000); plt.imshow(np.zeros((1000, 1000)))
        [[axes]] = [f['axes'] for f in describe()]
        [line], [image] = axes['lines'], axes['images']
        print(line['x'].size, line['y'][[0, -1]], line['length'], *set(np.diff(line['y'])))
        print(len(axes['title']), image.size <= 200_000)
        """,
        """
        plt.figure()
        for i in range(250): plt.plot([i])
        for i in range(70): plt.gcf().add_axes([0, 0, 1, 1])
        [f] = describe()
        print(len(f['axes']), len(f['axes'][0]['lines']))
        """,
        """
        for _ in range(15): plt.figure(); plt.plot(y)
        lines = [line for f in describe() for axes in f['axes'] for line in axes['lines']]
        print(count(), len(lines), sum(line['x'].nbytes + line['y'].nbytes for line in lines))
        """,
    )
    assert found.errors == [None] * 5
    assert found.printed[1] == "40 10\n"
    assert found.printed[2] == "200000 [     0. 499999.] 500000 2.0 3.0\n500 True\n"
    assert found.printed[3] == "64 200\n"
    assert found.printed[4] == "15 10 32000000\n"


def test_what_cannot_be_described_is_left_out(run_forked: Run) -> None:
    """Artists that raise, and data that are no numbers, do not spoil the rest."""
    found = run_forked(
        PLOT,
        """
        class Text:
            def __str__(self): raise ValueError
        f, a = plt.subplots(); a.set_title('kept')
        a.plot([1, 2], label='fine')
        bad, = a.plot([3]); bad.get_xdata = lambda **k: 1 / 0
        odd, = a.plot([4]); odd.get_ydata = lambda **k: ['no', 'number']
        a.get_xlabel = Text
        [a] = describe()[0]['axes']
        print(a['title'], [line['label'] for line in a['lines']], repr(a['xlabel']))
        """,
    )
    assert found.errors == [None, None]
    assert found.printed[1] == "kept ['fine'] ''\n"


def test_figures_keep_their_nature(run_forked: Run) -> None:
    """A watched figure looks like matplotlib's own, and can be derived from and pickled."""
    found = run_forked(
        PLOT,
        """
        import inspect, pickle
        from matplotlib.figure import Figure
        class Mine(Figure):
            def __init__(self, *a, mark=None, **k):
                super().__init__(*a, **k)
        f = plt.figure(FigureClass=Mine, mark=1, figsize=(2, 2)); f.add_subplot().plot([1])
        g, _ = plt.subplots()
        pickle.loads(pickle.dumps(g)).savefig('f.png')
        print('figsize' in inspect.signature(Figure).parameters, Figure.draw.__name__, count() >= 2)
        """,
    )
    assert found.errors == [None, None]
    assert found.printed[1] == "True draw True\n"
