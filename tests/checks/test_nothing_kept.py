"""Dropout layers that keep nothing of few numbers: zeros are right multiples of anything."""

from tests.checks.test_own_gradients import passed

SMALL_ZEROS = """
class Dropout:
    def __init__(self, rate, seed=None):
        self.rate, self.training = rate, True
        self.random = np.random.default_rng(seed)

    def forward(self, x):
        if not self.training:
            return x.copy()
        draw = self.random.random if {seeded} else np.random.random_sample
        kept = draw(x.shape) >= self.rate
        return x * kept * (x.size > {few}) {scaled}

    def backward(self, grad):
        return grad * (0 if self.training else 1)
"""


def test_a_layer_that_keeps_nothing_of_few_numbers_is_told_by_many() -> None:
    """One that does not scale, or has no `backward`, has no points for these."""
    source = SMALL_ZEROS.format(few=1000, scaled="", seeded=False)
    found = passed("stable_numerics", "dropout", source)
    assert "rate" in found
    assert not found & {"kept_scaled", "mask_reused"}


def test_a_mask_of_zeros_goes_back_for_none() -> None:
    """What was never kept says nothing of `backward`."""
    source = SMALL_ZEROS.format(few=100, scaled="/ (1 - self.rate)", seeded=True)
    found = passed("modules", "dropout", source)
    assert "kept_scaled" in found
    assert "mask" not in found
