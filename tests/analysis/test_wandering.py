"""Paths whose way of moving is known: they diffuse, drift, or stay about a point."""

import numpy as np
import pytest
from scipy import stats

from ibspec.analysis import (
    Interval,
    displacement_exponent,
    displacements,
    ljung_box,
    relative_steps,
    wander,
    wandering,
)
from ibspec.analysis.wandering import default_lags

MOMENTS, PARAMETERS = 200, 300


def noise(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def diffusion(seed=0):
    return 100.0 + np.cumsum(noise(seed, MOMENTS, PARAMETERS), axis=0)


def drift():
    return 100.0 + np.arange(MOMENTS)[:, None] * noise(1, PARAMETERS)


def confined():
    return 100.0 + noise(2, MOMENTS, PARAMETERS)


def exponent(path):
    return displacement_exponent(path, np.random.default_rng(9))


def test_diffusion_has_exponent_one():
    """With 300 free directions the mean square is within 2 % of its expectation at every lag."""
    found = exponent(diffusion())
    assert found.value == pytest.approx(1.0, abs=0.05)
    assert found.low < found.value < found.high
    assert found.is_within(0.9, 1.1)


def test_the_interval_holds_the_truth_mostly():
    """21 walks: at 95 % one miss is expected, and blocks of few displacements make it too narrow."""
    hits = 0
    for seed in range(21):
        found = exponent(diffusion(seed))
        hits += found.low <= 1.0 <= found.high
    assert hits >= 14


def test_drift_has_exponent_two():
    assert exponent(drift()) == Interval(*(pytest.approx(2.0, abs=1e-9),) * 3)


def test_a_path_that_rests_has_an_interval_of_what_moves():
    """Blocks that all fall into the rest have no slope, and are left out: nothing infinite comes of them."""
    rests = np.concatenate([diffusion()[:40], np.repeat(diffusion()[39:40], 160, axis=0)])
    with np.errstate(all="raise"):
        found = exponent(rests)
    assert all(map(np.isfinite, (found.low, found.value, found.high)))


@pytest.mark.parametrize(("moments", "lags"), [(200, 50), (203, 50), (12, 3), (11, 2), (4, 2)])
def test_lags_reach_a_quarter_of_the_path(moments, lags):
    path = diffusion()[:moments]
    wanted = displacement_exponent(path, np.random.default_rng(9), most=lags)
    assert exponent(path) == wanted
    assert default_lags(moments) == lags


def test_lags_may_be_chosen():
    path = np.cumsum(diffusion(), axis=0)
    found = wander(path, np.random.default_rng(9), most=7)
    assert found.exponent == displacement_exponent(path, np.random.default_rng(9), most=7)
    assert found.exponent != wander(path, np.random.default_rng(9)).exponent


def test_what_lies_at_the_limits_is_within():
    assert Interval(0.5, 0.0, 1.0).is_within(0.0, 1.0)
    assert not Interval(0.5, 0.0, 1.0).is_within(0.001, 1.0)
    assert not Interval(0.5, 0.0, 1.0).is_within(0.0, 0.999)


def test_what_stays_has_exponent_zero():
    found = exponent(confined())
    assert abs(found.value) < 0.01
    assert found.is_within(-0.05, 0.05)


def test_a_pull_gives_an_exponent_in_between():
    """Pulled back by 5 % each time, the mean square displacement is proportional to 1 - 0.95^lag."""
    rng, path = np.random.default_rng(3), [np.zeros(PARAMETERS)]
    for _ in range(MOMENTS - 1):
        path.append(0.95 * path[-1] + rng.standard_normal(PARAMETERS))
    lag = np.arange(1, 51)
    expected = np.polyfit(np.log(lag), np.log(1 - 0.95**lag), 1)[0]
    assert exponent(np.array(path)[20:]).value == pytest.approx(expected, abs=0.1)


def test_displacements_by_hand():
    path = np.array([[0.0], [1.0], [3.0], [6.0]])
    assert displacements(path, 2).tolist() == [[1.0, 9.0], [4.0, 25.0]]


@pytest.mark.parametrize("block", [1, 2, 2**20])
def test_relative_steps_by_hand(block, monkeypatch):
    """However many parameters are looked at at once."""
    monkeypatch.setattr(wandering, "BLOCK", block)
    path = np.array([[3.0, 4.0], [3.0, 9.0], [3.0, 9.0], [9.0, 1.0]])
    assert relative_steps(path).tolist() == [1.0, 0.0, pytest.approx((100 / 90) ** 0.5)]


def test_ljung_box_by_hand():
    """Numbers 1, -1, 1, -1: r_1 = -3/4, r_2 = 2/4."""
    statistic, chance = ljung_box(np.array([1.0, -1.0, 1.0, -1.0]), 2)
    assert statistic == pytest.approx(4 * 6 * (9 / 16 / 3 + 1 / 4 / 2), rel=1e-12)
    assert chance == pytest.approx(stats.chi2.sf(7.5, 2), rel=1e-12)


def test_ljung_box_keeps_its_level():
    """Of 2000 series of independent numbers, 5 % are called dependent: within 4 standard errors."""
    chances = [ljung_box(row, 10)[1] for row in noise(4, 2000, 100)]
    assert np.mean(np.array(chances) < 0.05) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / 2000) ** 0.5)


@pytest.mark.parametrize(("path", "dependent", "lag_one"), [(diffusion(), 0.05, 0.0), (confined(), 1, -0.5)])
def test_steps_that_remember(path, dependent, lag_one):
    """Steps between independent points have a correlation of -1/2, in all parameters."""
    found = wander(path, np.random.default_rng(0))
    # 4 standard errors of a share of 300, and of a correlation of 60,000 pairs.
    assert found.dependent == pytest.approx(dependent, abs=4 * (0.05 * 0.95 / PARAMETERS) ** 0.5)
    assert found.lag_one == pytest.approx(lag_one, abs=4 / 60_000**0.5)


def test_only_diffusion_is_called_brownian():
    rng = np.random.default_rng(0)
    assert wander(diffusion(), rng).is_brownian
    assert not wander(confined(), rng).is_brownian
    assert not wander(drift(), rng).is_brownian


def test_sleeping_parameters_are_left_out():
    """A unit that is never active gives its weights no steps: that is no sign of independence."""
    path = diffusion()
    asleep = np.concatenate([path, np.ones((MOMENTS, 7))], axis=1)
    one, other = (wander(each, np.random.default_rng(0)) for each in (path, asleep))
    assert one.dependent == other.dependent
    assert one.exponent.value == pytest.approx(other.exponent.value, abs=1e-12)  # sums in another order


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: displacements(np.zeros((3, 2)), 3), "within the path; got 3 of 3"),
        (lambda: exponent(np.zeros((20, 2))), "comes back"),
        (lambda: exponent(np.arange(20.0)[:, None] % 2), "comes back"),
        (lambda: ljung_box(np.arange(4.0), 4), "wanted from 1 to 3 lags for 4 numbers; got 4"),
        (lambda: ljung_box(np.ones(4), 1), "does not vary"),
    ],
)
def test_what_has_no_answer_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_parameters_that_are_read_in_portions_add_up(monkeypatch):
    path = diffusion()[:40]
    whole, moved = wander(path, np.random.default_rng(9)), displacements(path, 10)
    monkeypatch.setattr("ibspec.analysis.wandering.BLOCK", 7)
    parts = wander(path, np.random.default_rng(9))
    assert parts.lag_one == pytest.approx(whole.lag_one, rel=1e-9)
    assert parts.dependent == whole.dependent
    assert parts.exponent.value == pytest.approx(whole.exponent.value, rel=1e-9)
    np.testing.assert_allclose(displacements(path, 10), moved, rtol=1e-12)


def test_lags_as_long_as_the_path():
    """Twelve moments have eleven steps, of which nine lags have a correlation with two terms or more."""
    found = wander(diffusion()[:12], np.random.default_rng(9), most=11)
    assert 0 <= found.dependent <= 1
