"""What distances are taken of: rows of one epoch in a fixed order, in bits or in shares of H."""

import math

import numpy as np
import pytest

from ibspec.core import Probe, SpecError
from ibspec.results import Measurement
from ibspec.schedules import DeltaExact, information_of, scale_of

X = np.arange(8)[:, None]
HALF = np.arange(8) % 2

SHARES, BITS = DeltaExact(delta=0.1), DeltaExact(delta=0.1, normalised=False)


def row(depth: int, estimator: str, i_xt: float | None, i_ty: float | None) -> Measurement:
    return Measurement(0, 3, depth, f"layer{depth}", "whole", estimator, 8, i_xt=i_xt, i_ty=i_ty)


def test_what_differences_are_divided_by():
    assert scale_of(SHARES, Probe(x=X, y=HALF)) == (3.0, 1.0)
    assert scale_of(BITS, Probe(x=X, y=HALF)) == (1.0, 1.0)
    assert scale_of(SHARES, Probe(x=X, y=np.arange(8) % 4)) == (3.0, 2.0)


def test_labels_that_have_no_entropy_leave_the_second_in_bits():
    """Real numbers; their I(T;Y) is missing or in bits."""
    assert scale_of(SHARES, Probe(x=X, y=HALF + 0.5)) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, np.zeros(8, dtype=np.int64), r"H\(Y\) of the probe, which is 0 as all its labels are the same"),
        (np.zeros((8, 1)), HALF, r"H\(X\) of the probe, which is 0 as all its inputs are the same"),
    ],
)
def test_shares_of_nothing_are_refused(x, y, message):
    with pytest.raises(SpecError, match=message):
        scale_of(SHARES, Probe(x=x, y=y))
    assert scale_of(BITS, Probe(x=x, y=y)) == (1.0, 1.0)


def test_order_and_missing_numbers():
    rows = [row(1, "a", 3.0, 0.5), row(0, "b", 6.0, None), row(0, "a", None, 1.0)]
    wanted = [math.nan, 1.0, 2.0, math.nan, 1.0, 0.5]
    for order in (rows, rows[::-1]):
        np.testing.assert_array_equal(information_of(order, (3.0, 1.0)), wanted)
    assert information_of([], (1.0, 1.0)).shape == (0,)
