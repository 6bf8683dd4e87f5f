"""Three events that share a clock, or do not."""

import math

import numpy as np
import pytest

from ibspec.analysis import holm, simultaneity
from ibspec.core.errors import SampleSizeError, ShapeError


def times(seeds, rng, *, common, own=0.15):
    """Log times of three events: a clock of each seed, and each event's own spread about it."""
    return 10 ** (2 + common * rng.standard_normal(seeds) + own * rng.standard_normal((3, seeds)))


def chances(seeds, common, trials=200, seed=0):
    rng = np.random.default_rng(seed)
    return np.array(
        [simultaneity(*times(seeds, rng, common=common), rng, permutations=199).chance for _ in range(trials)]
    )


def within(share, wanted, trials):
    """Whether a share of trials is the wanted one: four binomial standard deviations."""
    return abs(share - wanted) <= 4 * math.sqrt(wanted * (1 - wanted) / trials)


@pytest.mark.parametrize(("seeds", "power"), [(10, 0.69), (20, 0.91), (30, 0.98)])
def test_power(seeds, power):
    """Reference numbers of an independent simulation, clock and own spread 0.15 decades."""
    assert within((chances(seeds, 0.15) <= 0.05).mean(), power, 200)


@pytest.mark.parametrize("seeds", [10, 20])
def test_size(seeds):
    """Without a common clock a permutation test is exact: 5 % at 5 %."""
    assert within((chances(seeds, 0.0) <= 0.05).mean(), 0.05, 200)


def test_by_hand():
    """Two seeds: the ranges are log10 4 and log10 2."""
    found = simultaneity([1.0, 10.0], [2.0, 20.0], [4.0, 10.0], np.random.default_rng(0))
    assert found.mean_range == pytest.approx((math.log10(4) + math.log10(2)) / 2, rel=1e-12)
    assert found.median_range == pytest.approx(found.mean_range, rel=1e-12)
    # of the four ways to pair, only the one observed is so small
    assert found.chance == pytest.approx(1 / 4, abs=4 * math.sqrt(3 / 16 / 1999))
    assert (found.seeds, found.left_out) == (2, 0)
    assert not found.is_simultaneous


def test_a_common_clock_has_no_power():
    """All seeds alike: simultaneous, and every permutation is as small."""
    found = simultaneity(np.full(20, 5.0), np.full(20, 5.0), np.full(20, 6.0), np.random.default_rng(0))
    assert found.is_simultaneous
    assert found.chance == 1.0


def test_units_do_not_matter():
    rng = np.random.default_rng(1)
    three = times(12, rng, common=0.2)
    one, other = (simultaneity(*(three * unit), np.random.default_rng(2)) for unit in (1.0, 137.0))
    assert one.chance == other.chance
    assert one.mean_range == pytest.approx(other.mean_range, rel=1e-12)


def test_seeds_without_an_event_are_left_out():
    found = simultaneity([1.0, 2.0, np.nan], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], np.random.default_rng(0))
    assert (found.seeds, found.left_out) == (2, 1)
    with pytest.raises(SampleSizeError, match=r"2 seeds or more with all three events; got 1 of 2"):
        simultaneity([1.0, np.nan], [1.0, 2.0], [1.0, 2.0], np.random.default_rng(0))


def test_bad_times():
    rng = np.random.default_rng(0)
    with pytest.raises(ShapeError, match=r"above zero; got 0\."):
        simultaneity([0.0, 1.0], [1.0, 2.0], [1.0, 2.0], rng)
    with pytest.raises(ShapeError, match=r"\(2,\), \(3,\)"):
        simultaneity([1.0, 1.0], [1.0, 2.0, 3.0], [1.0, 2.0], rng)


def test_holm_by_hand():
    """0.01 x 3, 0.02 x 2, 0.04 x 1, never falling."""
    assert holm(np.array([0.04, 0.01, 0.02])).tolist() == pytest.approx([0.04, 0.03, 0.04], rel=1e-12)
    assert holm(np.array([0.5, 0.9])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []
