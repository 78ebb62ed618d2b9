"""Random numbers: repeatable, and different on purpose in another look."""

import subprocess
import sys

from tests.agent.processes import Run

UNSEEDED = """
import random, numpy as np
print(random.random(), random.Random().random(), np.random.rand(), np.random.default_rng().random(),
      np.random.SeedSequence().entropy, np.random.RandomState().rand(),
      np.random.PCG64().random_raw(), np.random.Generator(np.random.MT19937()).random())
np.random.seed(); random.seed()
print(np.random.rand(), random.random())
"""

SEEDED = """
random.seed(42); np.random.seed(42)
print(random.random(), random.Random(42).random(), np.random.rand(),
      np.random.default_rng(42).random(), np.random.default_rng([4, 2]).random(),
      np.random.SeedSequence(42).generate_state(1), np.random.PCG64(42).random_raw(),
      np.random.SeedSequence(42).spawn(2)[1].generate_state(1),
      np.random.RandomState(42).rand(), np.random.RandomState([4, 2]).rand())
"""


def look(seed: int, *, override: bool = False) -> str:
    """Return a cell that seeds everything anew."""
    return (
        f"from grader_agent.shims import seeds\nseeds.seed_everything({seed}, override={override})"
    )


def test_random_numbers_are_repeatable(run: Run) -> None:
    """A run that gives no seed draws the same numbers again, and others from another seed."""
    cells = (look(5), UNSEEDED, look(5), UNSEEDED, look(6), UNSEEDED)
    found = run(*cells)
    assert found.errors == [None] * 6
    assert found.printed == run(*cells).printed
    first, again, other = (found.printed[i].split() for i in (1, 3, 5))
    assert first == again
    assert not set(first) & set(other)
    assert len(set(first)) == len(first)


def test_seeds_of_the_student_count(run: Run) -> None:
    """What a student seeds draws what it draws anywhere, whatever our seed."""
    found = run(look(5), UNSEEDED, SEEDED, look(6), SEEDED)
    anywhere = subprocess.run(
        [sys.executable, "-c", f"import random, numpy as np\n{SEEDED}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.printed[2] == found.printed[4] == anywhere.stdout


def test_another_look_gives_other_draws(run: Run) -> None:
    """With `override` a student's seeds draw other numbers, always the same, until the next call.

    That holds for functions that the student has imported by name before.
    """
    bound = "import random, numpy as np\nfrom numpy.random import seed, default_rng, RandomState"
    again = f"{SEEDED}\nseed(42); print(np.random.rand(), default_rng(1).random())"
    seedings = [look(5), look(5, override=True), look(6, override=True), look(5, override=True)]
    seedings.append(look(7))
    found = run(bound, *(part for seeding in seedings for part in (seeding, again)))
    assert found.errors == [None] * len(found.errors)
    plain, shifted, other, shifted_again, plain_again = (
        text.split() for text in found.printed[2::2]
    )
    assert plain == plain_again
    assert shifted == shifted_again
    for draws in zip(plain, shifted, other, strict=True):
        assert len(set(draws)) == 3


def test_generators_survive_pickling(run: Run) -> None:
    """Generators made during another look can be stored and restored like any."""
    found = run(
        look(5, override=True),
        """
        import pickle, random, numpy as np
        for make in (np.random.RandomState, np.random.default_rng, random.Random):
            g = make(3)
            twin = pickle.loads(pickle.dumps(g))
            print((g.rand() == twin.rand()) if hasattr(g, 'rand') else g.random() == twin.random())
        old = np.random.RandomState(); old.set_state(np.random.RandomState(3).get_state())
        print(isinstance(np.random.mtrand._rand, np.random.RandomState), str(old))
        """,
    )
    assert found.errors == [None, None]
    assert found.printed[1] == "True\n" * 3 + "True RandomState(MT19937)\n"


def test_torch_is_seeded(run_forked: Run) -> None:
    """PyTorch draws the same again, keeps a student's seed, and shifts it in another look."""
    unseeded = "import torch; print(torch.rand(1).item(), torch.seed(), torch.rand(1).item())"
    seeded = "torch.manual_seed(42); print(torch.rand(1).item())"
    cells = [look(5), unseeded, seeded, look(5), unseeded, look(6), unseeded, seeded]
    cells += [look(5, override=True), seeded, look(5, override=True), seeded]
    found = run_forked(*cells)
    assert found.errors == [None] * len(cells)
    assert found.printed[1] == found.printed[4] != found.printed[6]
    assert found.printed[9] == found.printed[11] != found.printed[2]
    assert found.printed[2] == found.printed[7] == "0.8822692632675171\n"
