"""What an estimator says that it needs beside the activity: enough for a copy, and more for more."""

import pytest

from tests.estimators.examples import ALL, Example

SIZES = [(100, 1), (1000, 50), (10_000, 500)]


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.estimator.label)
def test_more_samples_and_more_units_need_more(example: Example) -> None:
    needed = example.estimator.working_memory
    for samples, units in SIZES:
        here = needed(samples, units)
        assert isinstance(here, int)
        assert here > 0
        assert needed(2 * samples, units) >= here
        assert needed(samples, 2 * units) >= here
    # So many that no other part counts: a copy of the activity, in its precision at least.
    assert needed(10**6, 10**4) >= 4 * 10**10
