"""Breaks of power laws: found where planted, not found where there is none."""

import math

import numpy as np
import pytest

from ibspec.analysis import even_in_log, first_crossing, kink, snr_drop
from ibspec.analysis.broken_line import BIC_GAIN, BrokenLine, _largest_share, fit_broken_line
from ibspec.core.errors import SampleSizeError, ShapeError
from verification.planted import alike, noisy

STEPS = np.logspace(0, 3, 120)
LOGS = np.log10(STEPS)


def rng():
    return np.random.default_rng(0)


def broken(at=1.5, before=-0.2, after=-1.2):
    return 0.3 + before * LOGS + (after - before) * np.maximum(0, LOGS - at)


def test_exact_break():
    """Without noise, the break is known to half the distance of candidates, the exponents nearly so."""
    found = kink(10 ** broken(), STEPS, rng())
    assert abs(math.log10(found.step) - 1.5) <= (LOGS[-5] - LOGS[4]) / 99 / 2
    assert found.before == pytest.approx(-0.2, abs=0.02)
    assert found.after == pytest.approx(-1.2, abs=0.02)
    assert found.is_accepted
    assert found.chance == 1 / 1000, "the least that 999 draws can show"
    assert kink(10 ** broken(), STEPS, rng(), resamples=49).chance == 1 / 50


def test_fit_agrees_with_least_squares():
    """By NumPy's, one break at a time."""
    y = noisy(broken(), 1, seed=3, sd=0.1)[0]
    found = fit_broken_line(LOGS, y, rng())
    breaks = np.linspace(LOGS[4], LOGS[-5], 100)
    squares, slopes = [], []
    for at in breaks:
        design = np.stack([np.ones(120), LOGS, np.maximum(0, LOGS - at)], axis=1)
        beta, rest, *_ = np.linalg.lstsq(design, y, rcond=None)
        squares.append(rest[0])
        slopes.append(beta)
    best = int(np.argmin(squares))
    assert found.at == breaks[best]
    assert (found.before, found.after) == pytest.approx((slopes[best][1], sum(slopes[best][1:])), rel=1e-9)
    one = np.polyfit(LOGS, y, 1, full=True)[1][0]
    gain = 120 * math.log(one / squares[best]) - 2 * math.log(120)
    assert found.bic_gain == pytest.approx(gain, rel=1e-9)


def test_draws_are_judged_beside_their_own_line():
    """What a line takes off a draw is no residual of it: adding one changes nothing."""
    line, _ = np.linalg.qr(np.stack([np.ones(120), LOGS], axis=1))
    hinge = np.maximum(0, LOGS - 1.5)[:, None]
    hinge -= line @ (line.T @ hinge)
    hinge /= np.linalg.norm(hinge)
    drawn = noisy(np.zeros(120), 3, seed=0)
    plain = _largest_share(drawn, line, hinge, "any")
    assert _largest_share(drawn + 5 - LOGS, line, hinge, "any") == pytest.approx(plain, rel=1e-9)


def test_known_breaks_are_found():
    """A turn of 1.0 with noise of 0.05 in log10: within 0.1 decades, every one accepted."""
    for seed, at in enumerate((1.0, 1.5, 2.0)):
        for y in noisy(broken(at), 10, seed):
            found = kink(10**y, STEPS, rng(), resamples=199)
            assert abs(math.log10(found.step) - at) < 0.1
            assert found.is_accepted


@pytest.mark.parametrize("points", [2, 7, 60])
def test_places_that_lie_evenly_are_the_nearest_ones(points):
    """To each of so many moments, even in the logarithm, the step that is nearest to it."""
    assert even_in_log(np.arange(1, 1001), 4).tolist() == [0, 9, 99, 999]
    steps = np.sort(rng().choice(np.arange(1, 5000), 80, replace=False))
    logs = np.log10(steps)
    wanted = np.linspace(logs[0], logs[-1], points)
    nearest = {int(np.abs(logs - each).argmin()) for each in wanted}
    assert even_in_log(steps, points).tolist() == sorted(nearest)


def test_power_laws_have_none():
    """Of 1000 with independent noise, at most 1 %; those that BIC stops need no draw."""
    gains = [
        fit_broken_line(LOGS, y, rng(), resamples=0).bic_gain > BIC_GAIN
        for y in noisy(0.3 - 0.5 * LOGS, 1000, seed=1)
    ]
    assert sum(gains) <= 10


def test_blocks_stop_what_looks_like_a_break():
    """Noise with correlation 0.8 deceives BIC in many curves (a naive F-test at 5 % in 75 %); with the blocks
    fewer than a third of these are left."""
    curves = 0.3 - 0.5 * LOGS + 0.05 * alike(120, 60, 2, 0.8)
    found = [fit_broken_line(LOGS, y, rng(), resamples=199) for y in curves]
    deceived = sum(one.bic_gain > BIC_GAIN for one in found)
    assert deceived > 10
    assert sum(one.is_accepted for one in found) < deceived / 3


def test_the_chance_is_uniform_where_there_is_no_break():
    """Of 100 power laws with independent noise, 30 % have p <= 0.3, within 4 standard deviations."""
    small = sum(
        fit_broken_line(LOGS, y, np.random.default_rng(seed), resamples=99).chance <= 0.3
        for seed, y in enumerate(noisy(-0.5 * LOGS, 100, seed=5))
    )
    assert abs(small - 30) <= 4 * math.sqrt(100 * 0.3 * 0.7)


def test_turns_that_are_asked_for():
    """Up at 1, down at 2: the larger turn is up, the one down is found when asked for."""
    y = 1.5 * np.maximum(0, LOGS - 1) - 0.6 * np.maximum(0, LOGS - 2.2)
    assert kink(10**y, STEPS, rng()).after > kink(10**y, STEPS, rng()).before
    down = kink(10 ** (y - 0.9 * np.maximum(0, LOGS - 1)), STEPS, rng(), falling=True)
    assert down.after < down.before


def test_nothing_turns():
    """An exact power law leaves no residual; a convex one never turns down."""
    assert kink(STEPS**-0.5, STEPS, rng()) is None
    assert kink(np.full(120, 2.0), STEPS, rng()) is None
    assert kink(10 ** (LOGS**2), STEPS, rng(), falling=True) is None


def test_snr_drops_at_both_readings():
    """High until step 10, then falling as 1/step: it passes 1 at step 30."""
    drop = snr_drop(3 * np.minimum(1, 10 / STEPS), STEPS, rng())
    assert math.log10(drop.turn.step) == pytest.approx(1.0, abs=0.02)
    assert drop.crossing == STEPS[STEPS > 30][0]


def test_a_ratio_that_bounces_drops_where_it_turns_down():
    """It turns up by 1.5 at step 4 and down by 1 at step 160: a drop is the second."""
    y = -0.5 * LOGS + 1.5 * np.maximum(0, LOGS - 0.6) - np.maximum(0, LOGS - 2.2)
    turn = snr_drop(10**y, STEPS, rng()).turn
    assert turn is not None
    assert turn.after < turn.before


@pytest.mark.parametrize(
    ("gain", "chance", "accepted"),
    [(11, 0.005, True), (9, 0.005, False), (11, 0.02, False), (10, 0.005, False), (11, 0.01, False)],
)
def test_a_break_needs_both(gain, chance, accepted):
    assert BrokenLine(1.0, 0.0, -1.0, float(gain), chance).is_accepted is accepted


def test_a_ratio_that_stays_on_one_side_crosses_nothing():
    assert first_crossing(np.array([0.5, 0.4, 0.3]), np.array([1.0, 2.0, 3.0])) is None
    assert first_crossing(np.array([1.5, 1.4, 1.0]), np.array([1.0, 2.0, 3.0])) is None
    assert first_crossing(np.array([0.5, 1.0, 0.3]), np.array([1.0, 2.0, 3.0])) == 3.0


def test_bad_input():
    with pytest.raises(ShapeError, match=r"above zero; the least is -1"):
        kink(np.r_[np.ones(19), -1.0], np.arange(1.0, 21), rng())
    with pytest.raises(ShapeError, match=r"above zero; the least is 0"):
        kink(np.r_[np.ones(19), 0.0], np.arange(1.0, 21), rng())
    with pytest.raises(ShapeError, match=r"above zero; got 0\."):
        kink(np.ones(20), np.arange(20.0), rng())
    with pytest.raises(SampleSizeError, match=r"needs 11 points, 5 on either side; got 10"):
        kink(np.arange(1.0, 11), np.arange(1.0, 11), rng())


def test_even_in_log():
    """Every epoch of 10,000: about as many in each decade once there are enough to choose from."""
    steps = np.arange(1.0, 10_001)
    chosen = steps[even_in_log(steps, 200)]
    assert chosen[0] == 1
    assert chosen[-1] == 10_000
    counts = np.histogram(np.log10(chosen), [1, 2, 3, 4])[0]
    assert counts.min() >= 35
    assert counts.max() <= 52
    assert (np.diff(chosen) > 0).all()
    assert even_in_log(np.array([3.0])).tolist() == [0]


def test_draws_are_judged_by_the_turn_that_is_asked_for():
    """A draw that turns up by a whole hinge: it has no share where the turn is to be down."""
    line, _ = np.linalg.qr(np.stack([np.ones(120), LOGS], axis=1))
    hinge = np.maximum(0, LOGS - 1.5)[:, None]
    hinge -= line @ (line.T @ hinge)
    hinge /= np.linalg.norm(hinge)
    up = hinge.T
    assert _largest_share(up, line, hinge, "any") == pytest.approx(1.0, rel=1e-9)
    assert _largest_share(up, line, hinge, "down") == 0.0
    assert _largest_share(-up, line, hinge, "down") == pytest.approx(1.0, rel=1e-9)
