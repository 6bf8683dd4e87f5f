"""The chain rule over the relevant and the irrelevant part of the input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Probe, ShapeError
from ibspec.estimators import Binning, Width
from ibspec.estimators.exact import Exact

ROUNDING = 1e-12
"""Bits: sums of c log c over a few hundred whole counts."""


@given(
    seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 80), symbols=st.integers(1, 5), noisy=st.booleans()
)
def test_the_parts_add_up(seed, rows, symbols, noisy):
    rng = np.random.default_rng(seed)
    relevant, rest = rng.integers(0, symbols, (2, rows))
    t = (relevant + 2 * rest + noisy * rng.integers(0, 2, rows))[:, None]
    probe = Probe(ids=np.stack([relevant, rest], axis=1), relevant=relevant)
    for found in (Exact().estimate(t, probe), Binning(cells=Width(1.0)).estimate(t.astype(float), probe)):
        first, second = found.extras["i_relevant_t"], found.extras["i_irrelevant_t_given_relevant"]
        assert first + second == pytest.approx(found.i_xt, abs=ROUNDING)
        assert min(first, second) >= -ROUNDING


def test_four_bits_by_hand():
    """T copies the one relevant bit and one of three others: one bit of each."""
    bits = (np.arange(16)[:, None] >> np.arange(4)) & 1
    found = Exact().estimate(bits[:, :2], Probe(x=bits, relevant=bits[:, 0]))
    assert found.i_xt == pytest.approx(2.0, abs=ROUNDING)
    assert found.extras == pytest.approx({"i_relevant_t": 1.0, "i_irrelevant_t_given_relevant": 1.0})


def test_without_known_parts_nothing_is_said():
    assert Exact().estimate(np.arange(4)[:, None], Probe(ids=np.arange(4))).extras == {}


def test_as_many_parts_as_rows():
    with pytest.raises(ShapeError, match="'relevant': 3"):
        Probe(ids=np.arange(4), relevant=np.arange(3))
