"""Signal and noise from running sums."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from ibspec.dynamics import statistics
from ibspec.dynamics.statistics import Accumulated

ROUNDING = 1e-12
"""Relative: sums of a few thousand float64 terms."""


def accumulated(gradients, size=8):
    sums = Accumulated(size)
    for gradient in gradients:
        sums.add(torch.as_tensor(np.asarray(gradient)))
    return sums


def of_all(gradients, size=8):
    return accumulated(gradients, size).statistics({"all": slice(None)})["all"]


def test_two_gradients_by_hand():
    """(1, 2) and (3, 2): mean (2, 2), deviations (1, 0)."""
    found = of_all([[1.0, 2.0], [3.0, 2.0]])
    assert (found.mean_norm, found.std_norm, found.snr) == (8**0.5, 1.0, 8**0.5)
    assert (found.batch_size, found.batches, found.status) == (8, 2, "ok")


@pytest.mark.parametrize("batches", [2, 5, 63, 64, 65, 200])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_as_numpy_and_the_mean_square(batches, dtype):
    """E|g|^2 = |mu|^2 + |sigma|^2, and both as numpy has them, in float64 whatever comes."""
    drawn = torch.randn(batches, 30, generator=torch.Generator().manual_seed(batches), dtype=dtype)
    found, array = of_all(drawn), drawn.double().numpy()
    assert found.mean_norm == pytest.approx(np.linalg.norm(array.mean(axis=0)), rel=ROUNDING)
    assert found.std_norm == pytest.approx(np.linalg.norm(array.std(axis=0)), rel=ROUNDING)
    mean_square = (array**2).sum(axis=1).mean()
    assert found.mean_norm**2 + found.std_norm**2 == pytest.approx(mean_square, rel=ROUNDING)


def test_noise_far_below_the_mean():
    """1e8 + {0, 1, 2} / 1024, exact in float64: squares of 1e16 would leave nothing of the noise."""
    gradients = [[1e8 + step / 1024, -1e8] for step in (0, 1, 2, 2)]
    values = [Fraction(row[0]) for row in gradients]
    mean = sum(values) / 4
    variance = sum((value - mean) ** 2 for value in values) / 4
    assert of_all(gradients).std_norm == pytest.approx(float(variance) ** 0.5, rel=ROUNDING)


def test_a_first_gradient_far_from_the_others():
    """The worst to take differences to: sqrt(B) standard deviations off, which costs B = 1000 ulps."""
    far = np.concatenate([[1e9], np.arange(999) / 8])
    assert of_all(far[:, None]).std_norm == pytest.approx(far.std(), rel=1000 * 2**-52)


def test_equal_gradients_have_no_noise_and_nothing_is_divided():
    found = of_all([[0.1, 0.7]] * 3)
    assert (found.std_norm, found.status) == (0.0, "noiseless")
    assert np.isnan(found.snr)
    assert found.mean_norm == pytest.approx(0.5**0.5, rel=ROUNDING)


def test_one_gradient_has_no_noise():
    assert of_all([[1.0]]).status == "noiseless"


def test_stationary_point_without_noise():
    """0 / 0 is not divided either."""
    found = of_all([[0.0], [0.0]])
    assert np.isnan(found.snr)
    assert (found.mean_norm, found.status) == (0.0, "noiseless")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_diverged(value):
    found = of_all([[1.0, 1.0], [2.0, value]])
    assert np.isnan(found.snr)
    assert found.status == "not-finite"


def test_only_the_part_that_diverged_is_not_finite():
    sums = accumulated([[1.0, 1.0], [2.0, np.inf]])
    found = sums.statistics({"good": slice(0, 1), "bad": slice(1, 2)})
    assert (found["good"].status, found["bad"].status) == ("ok", "not-finite")


def test_squares_too_small_for_a_float():
    """Differences of 1e-170 have squares below the least float: no noise is left, and no root of less."""
    gradients = [[scale * 1e-162] for scale in (1.0, 1.1, 1.3, 0.7)]
    found = of_all(gradients)
    assert found.std_norm >= 0.0


def test_parts_are_those_of_the_whole():
    drawn = torch.randn(7, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    parts = {"run": slice(2, 5), "scattered": torch.tensor([0, 9, 4])}
    found = accumulated(drawn).statistics(parts)
    assert found["run"] == of_all(drawn[:, 2:5])
    assert found["scattered"] == of_all(drawn[:, [0, 9, 4]])


def test_what_was_added_may_change_later():
    gradient = torch.ones(2, dtype=torch.float64)
    sums = Accumulated(1)
    sums.add(gradient)
    gradient.zero_()
    sums.add(gradient)
    assert sums.statistics({"all": slice(None)})["all"].mean_norm == 0.5**0.5


def test_many_at_once_are_one_after_the_other(monkeypatch):
    drawn = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    one_by_one = of_all(drawn)
    for portion in (1, 4, 100):
        monkeypatch.setattr(statistics, "PORTION", portion)
        sums = Accumulated(8)
        sums.add_all(drawn[:5])
        sums.add_all(drawn[5:])
        found = sums.statistics({"all": slice(None)})["all"]
        assert found.snr == pytest.approx(one_by_one.snr, rel=ROUNDING)
        assert found.batches == 9


def test_no_gradient_yet():
    with pytest.raises(ValueError, match="at least one batch; got none"):
        Accumulated(3).statistics({"all": slice(None)})
