"""The end of fitting on curves that rise as they are told to."""

import numpy as np
import pytest

from ibspec.analysis import end_of_fitting
from verification.planted import noisy

EPOCHS = np.arange(300.0)


def test_exponential_rise():
    """1 - exp(-e/40) reaches 90 % of its rise after 40 ln 10 = 92.1 epochs, counted from the first mean;
    smoothing scales the curve and shifts the start to epoch 4."""
    found = end_of_fitting(1 - np.exp(-EPOCHS / 40), EPOCHS)
    # the end has not quite saturated either: solve for the rise between the two means
    first, last = np.exp(-4 / 40), np.exp(-295 / 40)
    wanted = -40 * np.log(first - 0.9 * (first - last))
    assert found.end == np.ceil(wanted)
    assert found.rise == pytest.approx((first - last) * np.sinh(9 / 80) / np.sinh(1 / 80) / 9, rel=1e-9)


def test_noise_moves_it_little():
    """At the end the curve rises by 0.0025 an epoch and means are off by 0.007: some epochs."""
    ends = [end_of_fitting(c, EPOCHS).end for c in noisy(1 - np.exp(-EPOCHS / 40), 100, seed=0, sd=0.02)]
    assert abs(np.median(ends) - 96) < 10
    assert max(abs(end - 96) for end in ends) < 40


def test_a_layer_that_knows_the_label_has_no_fitting():
    found = [end_of_fitting(curve, EPOCHS) for curve in noisy(np.ones(300), 200, seed=1)]
    assert all(one.end is None for one in found)
    assert end_of_fitting(np.ones(300), EPOCHS).end is None


def test_falling_knowledge_is_no_fitting():
    found = end_of_fitting(np.exp(-EPOCHS / 40), EPOCHS)
    assert found.end is None
    assert found.rise < 0


def test_a_rise_beyond_the_end_counts_from_the_first_time():
    """Up to 2, back to 1: nine tenths of the final rise are passed on the way up."""
    curve = np.interp(EPOCHS, [0, 100, 200, 299], [0, 2, 1, 1])
    assert end_of_fitting(curve, EPOCHS).end == pytest.approx(45 + 0.1 * 4, abs=1)
