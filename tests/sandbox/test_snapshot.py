"""What snapshots promise: a frozen state that answers, and goes on answering after a crash."""

import socket
from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from grader.agent.wire import encode, receive
from grader.sandbox.snapshot import BATCH
from grader.scenario import Get, Make, Raised, Scenario, Stopped, Value
from tests.serving import Served, call, gone, outcomes, values, wait_until

NOTEBOOK = """
count = 0

def double(x):
    return 2 * x

def flags(x):
    return [x.flags.c_contiguous, x.flags.f_contiguous, x.flags.writeable]

def add():
    global count
    count += 1
    return count

def go_on():
    add()

def who():
    return [os.getpid(), os.getppid()]

def hang():
    while True:
        pass

def sleep():
    time.sleep(10**6)

def refuse_to_end():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hang()

def leave():
    os._exit(0)

def abort():
    os.abort()

def crash():
    ctypes.string_at(0)

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def kill_keeper():
    os.kill(os.getppid(), signal.SIGKILL)
    return "done"

def exit():
    raise SystemExit

def interrupt():
    raise KeyboardInterrupt
"""

RAN = Stopped("it ran on and on, and was ended after 0.3 s of processor time")
SLEPT = Stopped("it slept or waited, and was ended after 0.3 s of that")
HANGS = {"hang": RAN, "sleep": SLEPT, "refuse_to_end": RAN}
CRASHES = ["leave", "abort", "crash", "kill"]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Return a process that has run the notebook."""
    with Served(NOTEBOOK) as served:
        yield served


def test_questions_are_answered_in_their_order(served: Served) -> None:
    """However many there are, each gets the answer to itself."""
    asked = [call("double", i) for i in range(2 * BATCH + 3)]
    found = outcomes(served.snapshot(), *asked)
    assert values(found) == [2 * i for i in range(len(asked))]


def test_nothing_asked_is_nothing_answered(served: Served) -> None:
    """Without a scenario no process is started."""
    assert outcomes(served.snapshot()) == []


@pytest.mark.parametrize("trouble", HANGS)
def test_a_question_that_hangs_costs_itself(served: Served, trouble: str) -> None:
    """It is `Stopped` after its time, with the reason; those around it are answered."""
    asked = [call("double", 1), call(trouble), call("double", 2), call("double", 3)]
    found = outcomes(served.snapshot(), *asked, seconds=0.3)
    assert found[1] == HANGS[trouble]
    assert values([found[0], *found[2:]]) == [2, 4, 6]


@pytest.mark.parametrize("trouble", CRASHES)
def test_a_question_that_crashes_costs_itself(served: Served, trouble: str) -> None:
    """It is `Stopped` at once; those before it and after it are answered."""
    asked = [call("double", 1), call(trouble), call(trouble), call("double", 2)]
    found = outcomes(served.snapshot(), *asked)
    assert found[1] == found[2] == Stopped("the process that runs your code died")
    assert values([found[0], found[3]]) == [2, 4]


@pytest.mark.parametrize(
    ("trouble", "error"), [("exit", "SystemExit"), ("interrupt", "KeyboardInterrupt")]
)
def test_what_only_asks_to_end_is_an_exception(served: Served, trouble: str, error: str) -> None:
    """Python's own ways to end a program are answers like any other."""
    found = outcomes(served.snapshot(), call(trouble), call("double", 2))
    assert isinstance(found[0], Raised)
    assert found[0].error == error
    assert values(found[1:]) == [4]


def test_the_state_is_frozen(served: Served) -> None:
    """Neither what the process does later nor what questions do changes what is answered."""
    first = served.snapshot()
    second = served.snapshot()
    (before,), (after,) = (values(outcomes(each, call("add"))) for each in (first, second))
    assert after == before + 1
    for snapshot, answer in ((first, before), (second, after)):
        snapshot.reset()
        assert values(outcomes(snapshot, call("add"))) == [answer]


def test_a_crash_forgets_what_was_answered_before(served: Served) -> None:
    """The process that takes over starts from the frozen state."""
    snapshot = served.snapshot()
    asked = [call("add"), call("add"), call("crash"), call("add")]
    found = outcomes(snapshot, *asked)
    one, two, again = values([*found[:2], found[3]])
    assert (two, again) == (one + 1, one)


def test_the_process_that_was_asked_goes_on(served: Served) -> None:
    """A snapshot is nobody's child, and its crashes are nobody's else."""
    outcomes(served.snapshot(), call("crash"))
    assert served.process.poll() is None
    assert values(outcomes(served.snapshot(), call("double", 4))) == [8]


@pytest.mark.parametrize("trouble", ["", *HANGS])
def test_closing_ends_every_process(served: Served, trouble: str) -> None:
    """Keeper and answerer are gone, also where a question is in the middle of a loop."""
    snapshot = served.snapshot()
    asked = [call("who"), *([call(trouble)] if trouble else [])]
    answers = snapshot.ask(asked, seconds=60)
    outcome = next(answers).outcomes[-1]
    assert isinstance(outcome, Value)
    assert not gone(outcome.value[1:])
    snapshot.close()
    wait_until(lambda: gone(outcome.value))


def test_a_hanging_process_is_gone_once_it_is_given_up(served: Served) -> None:
    """What is `Stopped` is ended, while the snapshot lives on."""
    snapshot = served.snapshot()
    found = outcomes(snapshot, call("who"), call("refuse_to_end"), call("who"), seconds=0.3)
    (first, keeper), (second, same) = values([found[0], found[2]])
    assert keeper == same
    assert first != second
    wait_until(lambda: not psutil.pid_exists(first))
    assert not gone([keeper, second])


def test_a_keeper_that_is_let_go_ends_what_it_started(served: Served) -> None:
    """Where only the way to the keeper is closed, as by a grader that dies, nothing is left."""
    channel = served.channel()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        socket.send_fds(channel, [b"c"], [theirs.fileno()])
        ours.sendall(encode([call("who").plain, call("hang").plain]))
        ((_, pids, _, _),) = receive(ours)
        channel.close()
        wait_until(lambda: gone(pids))


def test_questions_after_closing_are_stopped(served: Served) -> None:
    """A closed snapshot answers nothing, and says so."""
    snapshot = served.snapshot()
    snapshot.close()
    assert outcomes(snapshot, call("double", 1)) == [
        Stopped("the process that runs your code died")
    ]
    snapshot.close()


def test_a_killed_keeper_stops_every_question(served: Served) -> None:
    """Student code that kills what it was forked from ends its own answers, and nothing else."""
    snapshot = served.snapshot()
    outcomes(snapshot, call("kill_keeper"))
    snapshot.reset()
    found = outcomes(snapshot, *[call("double", i) for i in range(3)])
    assert found == [Stopped("the process that runs your code died")] * 3


def test_the_rest_of_an_abandoned_batch_is_not_mistaken_for_later_answers(served: Served) -> None:
    """Whoever stops listening may ask again, and gets the answer to what was asked."""
    snapshot = served.snapshot()
    for transcript in snapshot.ask([call("double", i) for i in range(10)], seconds=60):
        assert isinstance(transcript.outcomes[-1], Value)
        break
    assert values(outcomes(snapshot, call("double", 50))) == [100]


def test_arrays_keep_their_layout_on_the_way(served: Served) -> None:
    """A question's arrays arrive as they were made: layout and writability are part of it."""
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    y = np.arange(12.0).reshape(2, 6)[:, ::2]
    y.flags.writeable = False
    found = values(outcomes(served.snapshot(), call("flags", x), call("flags", y)))
    assert found == [[False, True, True], [False, False, False]]


@pytest.mark.parametrize(
    "habit",
    [
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "signal.signal(signal.SIGCHLD, lambda *_: os.waitpid(-1, os.WNOHANG))",
        "signal.signal(signal.SIGINT, signal.SIG_DFL)",
        "os.setpgid(0, 0)",
    ],
)
def test_a_notebook_may_do_with_its_children_what_it_likes(habit: str) -> None:
    """Handlers of the notebook's own disturb neither it nor the snapshot."""
    with Served(NOTEBOOK + habit) as served:
        snapshot = served.snapshot()
        found = outcomes(snapshot, call("double", 1), call("crash"), call("double", 2))
        assert [type(each) for each in found] == [Value, Stopped, Value]
        assert values(outcomes(served.snapshot(), call("double", 3))) == [6]


def test_objects_are_made_and_read_across_the_wire(served: Served) -> None:
    """A scenario of several steps comes back with one outcome for each."""
    scenario = Scenario(
        Make("time", "double", [2]), Get("real", "time", "real"), Get("no", "time", "no")
    )
    (transcript,) = served.snapshot().ask([scenario], seconds=60)
    assert [type(each) for each in transcript.outcomes] == [Value, Value, Raised]
