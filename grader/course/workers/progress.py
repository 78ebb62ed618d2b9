"""Showing how far grading has come: on a terminal as it goes, elsewhere now and then a line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from grader.reports.github import say
from grader.text import one_line

# How often a line is written where there is no terminal to draw on.
LINE_SECONDS: Final = 60.0


@contextmanager
def one(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """Show what is done with one notebook; what is yielded takes each new step."""
    text = one_line(text)
    if not console.is_terminal:
        say(console, text)
        said = time.monotonic()

        def line(now: str) -> None:
            nonlocal said
            if time.monotonic() - said > LINE_SECONDS:
                said = time.monotonic()
                say(console, f"  {now}")

        yield line
        return
    columns: list[Any] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(text, total=None)
        yield lambda now: progress.reset(task, description=f"{text}: {one_line(now)}")


@contextmanager
def many(console: Console, total: int, done: int) -> Iterator[Callable[[str], None]]:
    """Show how many of `total` are done; what is yielded takes the name of each that ends."""
    started, count = time.monotonic(), done

    def rate() -> str:
        return f"{60 * (count - done) / max(1e-9, time.monotonic() - started):.1f} a minute"

    if not console.is_terminal:
        said = started

        def line(name: str) -> None:
            nonlocal said, count
            count += 1
            if time.monotonic() - said > LINE_SECONDS or count == total:
                said = time.monotonic()
                say(console, f"{count} of {total} done, {rate()}; the last was {one_line(name)}")

        yield line
        return
    columns: list[Any] = [
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, completed=done)

        def step(name: str) -> None:
            nonlocal count
            count += 1
            progress.update(task, advance=1, description=one_line(f"{rate()}, {name}"))

        yield step
