"""Information from ranks: what maps leave as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import GaussianCopula

SVD = 1e-9
"""Bits: angles between columns of unit length, each off by 1e-15, near no limit here."""


def ranked(t, x):
    """I(X;T) in bits by the software under test."""
    return GaussianCopula().estimate(t, Probe(x=x)).i_xt


def onto(columns, rng):
    """Each column by a rising map, which is any numbers in the order of its values."""
    mapped = np.empty_like(columns)
    for own, column in zip(mapped.T, columns.T, strict=True):
        values = np.sort(np.ldexp(rng.standard_normal(len(column)), rng.integers(-40, 40)))
        own[np.argsort(column)] = values
    return mapped


@pytest.mark.claim(
    "copula.maps",
    kind="theorem",
    expected="holds",
    source="Ince et al. (2017), Human Brain Mapping 38, 1541-1573, section 2",
    says="Information from normal scores is the same, to the last digit, after rising maps of any columns, "
    "and to rounding after falling ones.",
)
def test_maps_of_columns(evidence):
    """Any values in the same order; where a map makes two rows equal, the number changes."""

    @given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 3))
    def search(seed, columns):
        rng = np.random.default_rng(seed)
        samples = int(rng.integers(12, 50))
        x = rng.standard_normal((samples, columns))
        t = rng.choice([0.0, 1.0, 5.0]) * x + rng.standard_normal((samples, columns))
        evidence.case(x=x, t=t)
        one = ranked(t, x)
        evidence.equal(ranked(onto(t, rng), onto(x, rng)), one, within=0.0, what="rising maps")
        evidence.equal(ranked(-onto(t, rng), x), one, within=SVD, what="falling maps")

    search()
    x = np.random.default_rng(0).standard_normal((200, 1))
    t = x + 0.5 * np.random.default_rng(1).standard_normal((200, 1))
    evidence.differ(ranked(np.maximum(t, 0.0), x), ranked(t, x), by=0.05, what="a map that is not injective")
