"""Bombs that go off when a function is asked, and may cost what it is worth."""

from typing import Final

from tests.attacks.attack import Bomb

ANSWERS: Final = tuple(
    Bomb(
        name=f"{name} in an answer",
        must_not=must_not,
        code=f"import os, sys, time\ndef double(n):\n    {code}",
        told=told,
        costs=frozenset({"double"}),
    )
    for name, must_not, code, told in (
        (
            "forks",
            "the processes that other answers need",
            "while True:\n        try: os.fork()\n        except OSError: time.sleep(0.01)",
            "ran on and on|slept or waited|no answer within|died",
        ),
        (
            "memory",
            "more memory than the limit",
            "held = [b'x' * 2**24 for _ in range(40) if not time.sleep(0.01)]",
            "limit of memory: over 400 MiB",
        ),
        (
            "a loop",
            "more time than the limit",
            "while True: pass",
            "ran on and on|no answer within",
        ),
        (
            "a huge array",
            "more of the grader's memory than an answer may take",
            "import numpy as np; return np.broadcast_to(np.float64(1), (2**14, 2**14))",
            "over",
        ),
        (
            "deep lists",
            "the grader, by an answer that is nested beyond measure",
            "deep = []\n    for _ in range(10**5): deep = [deep]\n    return deep",
            "nested|RecursionError",
        ),
        ("an exit", "more than its own process", "os._exit(0)", "died"),
        (
            "an endless text",
            "the grader, by an exception whose text does not end",
            "raise type('E' * 10**6, (Exception,), {})('x' * 10**8)",
            "EEEE",
        ),
    )
)
