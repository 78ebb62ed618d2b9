"""All that honest notebooks do with a machine, in cells that fail where they cannot.

`python -m tests.sandbox.honest RUNG` runs them cold and forked from a fork server, and prints
how each cell ended, so that they can be run by another user.
"""

import json
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from grader.execution.plan import Plan
from grader.execution.run import run
from grader.notebook.reading import read
from grader.sandbox.box import Box
from grader.sandbox.forkserver import ForkClient, ServerCache, ServerSpec
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung
from tests.tiny_assignment import write

CELLS: Final = {
    "imports": "import os, sys\nimport numpy as np\nimport torch",
    "threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda n: n * n, range(10))) == 285
    """,
    "pool": """
        import multiprocessing
        def square(n):
            return n * n
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert sum(pool.map(square, range(10))) == 285
    """,
    "processes": """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
            assert sum(pool.map(square, range(10))) == 285
    """,
    "locks": """
        context = multiprocessing.get_context("fork")
        queue, lock, ready = context.Queue(), context.RLock(), context.Event()
        def child():
            with lock, lock:
                queue.put(os.getpid())
            ready.set()
        process = context.Process(target=child)
        process.start()
        assert queue.get(timeout=20) == process.pid and ready.wait(20)
        process.join()
    """,
    "program": """
        import subprocess
        done = subprocess.run(["echo", "here"], capture_output=True, text=True, check=True)
        assert done.stdout == "here\\n"
    """,
    "database": """
        import sqlite3
        for place in (":memory:", "grades.db"):
            with sqlite3.connect(place) as database:
                database.execute("create table t (n integer)")
                database.executemany("insert into t values (?)", [(n,) for n in range(9)])
                ordered = database.execute("select n from t order by n desc").fetchall()
                assert ordered[0] == (8,)
    """,
    "temporary files": """
        import tempfile
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
            file.write(b"x" * 10**6)
            assert os.access(folder, os.W_OK)
        assert tempfile.gettempdir() == os.environ["TMPDIR"]
    """,
    "mapped file": """
        mapped = np.memmap("numbers.bin", np.float64, "w+", shape=(1000, 10))
        mapped[:] = 1
        mapped.flush()
        assert np.fromfile("numbers.bin").sum() == 10_000
    """,
    "asynchronous": """
        import asyncio
        async def later():
            await asyncio.sleep(0.01)
            return 1
        assert await asyncio.gather(later(), later()) == [1, 1]
        reader = await asyncio.create_subprocess_exec("echo", "1", stdout=asyncio.subprocess.PIPE)
        assert (await reader.communicate())[0] == b"1\\n"
    """,
    "animation": """
        import matplotlib.pyplot as plt
        from matplotlib.animation import FuncAnimation
        figure, axes = plt.subplots()
        (line,) = axes.plot([0, 1], [0, 1])
        film = FuncAnimation(figure, lambda n: line.set_data([0, n], [0, n]), frames=3)
        assert len(film.to_jshtml()) > 1000
        plt.close(figure)
    """,
    "loader": """
        from torch.utils.data import DataLoader, TensorDataset
        data = TensorDataset(torch.arange(64.0).reshape(32, 2), torch.arange(32))
        for workers in (2, 0):
            loader = DataLoader(data, batch_size=8, num_workers=workers)
            assert sum(float(x.sum()) for x, _labels in loader) == 2016
    """,
    "large array": """
        large = np.ones(200_000_000)
        assert large[::1000].sum() == 200_000
        del large
    """,
    "language": """
        import locale
        locale.setlocale(locale.LC_ALL, "")
        assert locale.getpreferredencoding().lower().replace("-", "") == "utf8"
        with open("umlauts.txt", "w") as file:
            file.write("äöü ж")
        assert open("umlauts.txt").read() == "äöü ж"
    """,
    "joined": """
        try:
            from joblib import Parallel, delayed
        except ImportError:
            pass
        else:
            assert sum(Parallel(2)(delayed(abs)(n) for n in range(10))) == 45
    """,
}


def ends(rung: Rung, server: ForkClient | None) -> dict[str, str]:
    """Return the error of each cell that ends in one, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "n.ipynb")
        write(path, list(CELLS.values()))
        limits = Limits(cell_seconds=120)
        with Box({}, rung=rung, limits=limits, server=server) as box:
            ran = run(read(path), Plan(cells=tuple(range(len(CELLS)))), BoxKernels(box))
            ran.close()
    named = zip(CELLS, ran.cells(), strict=True)
    return {name: f"{end.status}: {end.error}" for name, end in named if end.status != "ok"}


if __name__ == "__main__":
    asked = Rung(int(sys.argv[1]))
    with closing(ServerCache()) as kept:
        modules = ("numpy", "torchvision", "matplotlib.pyplot")
        process = kept.get(ServerSpec(modules=modules, rung=asked, limits=Limits()))
        told = {"cold": ends(asked, None), "forked": ends(asked, process)}
    print(json.dumps(told))  # noqa: T201
