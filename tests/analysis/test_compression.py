"""Falls that were planted are found, where and as large as they are; level curves have none."""

import numpy as np
import pytest
from scipy import stats

from ibspec.analysis import compression
from ibspec.analysis.compression import ROUNDING, exceeds
from verification.planted import NOISE, falling, noisy, saturating

EPOCHS = np.arange(200.0)


def test_by_hand():
    """Up to 10 at epoch 14, down by 1 to the end; without noise, the mean of nine is exact on a line."""
    curve = np.r_[np.linspace(0, 10, 15), np.linspace(10, 9, 31)[1:]]
    found = compression(curve, np.arange(45.0))
    windows = np.convolve(curve, np.ones(9) / 9, mode="valid")
    assert found.bits == pytest.approx(windows.max() - windows[-1], rel=1e-12)
    assert found.onset == 4 + windows.argmax()
    assert found.peak == pytest.approx(windows.max(), rel=1e-15)
    assert found.standard_error == pytest.approx(np.sqrt((np.diff(curve) ** 2).mean() / 2 * 2 / 9), rel=1e-12)


def test_level_curves_raise_no_alarm():
    """Of 1000, 0: at five standard errors and 192 means, the bound of Boole is 5e-5 a curve."""
    assert 192 * stats.norm.sf(5) < 6e-5
    assert sum(compression(curve, EPOCHS).is_detected for curve in noisy(saturating(200), 1000, seed=0)) == 0


def test_falls_are_found():
    """Half a bit, 0.05 of noise: of 1000, 1000; C is right to five standard errors of a difference of means,
    and too large by what the maximum of noise adds: of 192 normal means, 3.5 standard deviations at most."""
    found = [compression(c, EPOCHS) for c in noisy(falling(200, fall=0.5, start=110), 1000, seed=1)]
    assert all(one.is_detected for one in found)
    bits = np.array([one.bits for one in found])
    error = NOISE * np.sqrt(2 / 9)
    assert abs(np.median(bits) - 0.5) < 3.5 * error
    assert (np.abs(bits - 0.5) < 8.5 * error).all()


def test_onset_of_a_curve_with_one_peak():
    """A tent with slopes of 0.05 a epoch: means nine apart differ by more than noise, so |error| <= 9."""
    tent = 5 - 0.05 * np.abs(EPOCHS - 70)
    onsets = [compression(curve, EPOCHS).onset for curve in noisy(tent, 100, seed=2, sd=0.02)]
    assert max(abs(onset - 70) for onset in onsets) <= 9


def test_rising_and_constant_curves_have_no_onset():
    for curve in (np.linspace(0, 3, 50), np.full(50, 7.3), np.full(50, 0.1) + 1e-13 * np.sin(np.arange(50))):
        found = compression(curve, np.arange(50.0))
        assert found.onset is None
        assert not found.is_detected
        assert 0 <= found.bits < 1e-12


def test_rounding_is_no_fall():
    """A drift by 1e-11 bits without any noise is far above five of its tiny standard errors."""
    found = compression(5 - 1e-11 * np.clip((np.arange(400) - 50) / 300, 0, 1), np.arange(400.0))
    assert found.bits > 5 * found.standard_error
    assert not found.is_detected


def test_epochs_tell_the_onset():
    curve = falling(200, fall=2.0, start=110)
    plain, spread = compression(curve, EPOCHS), compression(curve, EPOCHS**2)
    assert spread.onset == plain.onset**2
    assert spread.bits == plain.bits


def test_a_fall_is_larger_than_five_standard_errors_and_than_rounding():
    assert [exceeds(fall, 0.5) for fall in (2.4, 2.5, 2.6)] == [False, False, True]
    assert [exceeds(fall, 0.0) for fall in (0.0, ROUNDING, 2 * ROUNDING)] == [False, False, True]
