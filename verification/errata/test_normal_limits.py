"""Information as if variables were normal, or had a normal copula, is no lower bound."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from ibspec.core import Probe
from ibspec.estimators import GaussianCopula

SAMPLES, SEEDS = 2000, 10

NOISE = 0.1

ASKED = 0.02
"""Bits of bias that scores of so many rows may have: normal quantiles of ranks have less spread."""


def normal_wherever_one_looks(rng):
    """X = (A, S A) with a fair sign S, T = X + noise: every column normal, X and T not."""
    a, sign = rng.standard_normal(SAMPLES), rng.choice([-1.0, 1.0], SAMPLES)
    x = np.column_stack([a, sign * a])
    return x, x + NOISE * rng.standard_normal((SAMPLES, 2))


def with_uniform_noise(reach, steps=200_000):
    """I(X;X+U) in bits of a normal X and U uniform on [-reach, reach]: h(X+U) - log2 (2 reach)."""
    t = np.linspace(-9 - reach, 9 + reach, steps)
    density = (ndtr(t + reach) - ndtr(t - reach)) / (2 * reach)
    seen = density > 0
    step = t[1] - t[0]
    return float(-(density[seen] * np.log2(density[seen])).sum() * step) - math.log2(2 * reach)


@pytest.mark.claim(
    "copula.bound",
    kind="extension",
    expected="refuted",
    source="Ince et al. (2017), Human Brain Mapping 38, 1541-1573, section 2: a lower bound, read for "
    "several columns on both sides",
    says="Information from normal scores is, in the population, at most I(X;T).",
)
def test_two_columns_on_both_sides(evidence):
    """A normal X of the same covariance would know more of T: the noise's capacity.

    I(X;T) ≤ I(S;T) + I(X;T|S) ≤ 1 + log2(1 + 2 / s^2) / 2, as T given S is normal; scores find the
    covariance of X, which is the identity, and with it log2(1 + 1 / s^2).
    """
    limit = 1 + math.log2(1 + 2 / NOISE**2) / 2
    scored = math.log2(1 + 1 / NOISE**2)
    found = []
    for seed in range(SEEDS):
        x, t = normal_wherever_one_looks(np.random.default_rng(seed))
        found.append(GaussianCopula().estimate(t, Probe(x=x)).i_xt)
    mean, error = float(np.mean(found)), float(np.std(found, ddof=1)) / math.sqrt(SEEDS)
    evidence.equal(mean, scored, within=4 * error + ASKED, what="scores see the covariance alone")
    evidence.differ(
        mean, limit, by=1.0, what="scores and the most that T can tell",
        X="(A, S A), A normal, S a fair sign", T=f"X + {NOISE} times normal noise",
        at_most_bits=limit, information_from_scores=mean,
    )  # fmt: skip
    assert mean > limit, "the counterexample must lie above the information"
    for reach in (0.1, 0.3, 1.0, 3.0, 10.0):
        as_if_normal = math.log2(1 + 3 / reach**2) / 2
        true = with_uniform_noise(reach)
        evidence.at_most(as_if_normal, true, within=1e-6, what="corrected: X normal, one column each")
