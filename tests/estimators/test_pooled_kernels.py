"""Kernel bounds on several nets together: against all pairs, and against an integral."""

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from ibspec import Activity
from ibspec.core import Probe
from ibspec.estimators import AsIfRandom, Kde
from ibspec.estimators.pooled_kernels import bound_together

SUMS = 1e-12
"""Bits: kernel sums of a few hundred terms in another order, each wrong by about 1e-16."""


def all_pairs(rows, groups, variance, v):
    """Mean over groups, by size, of -mean_i log2 mean_j exp(-|t_i - t_j|^2 / (2 v variance)) in a group."""
    total = 0.0
    for group in np.unique(groups):
        t = rows[groups == group]
        squares = ((t[:, None] - t[None]) ** 2).sum(-1)
        kernel = np.exp(-squares / (2 * v * variance)).mean(axis=1)
        total -= len(t) / len(rows) * np.log2(kernel).mean()
    return total


@pytest.mark.parametrize("rows", [7, 60, 300])
def test_all_pairs_by_hand(rows):
    """With equal inputs, uneven classes, and more rows of an input than a block has."""
    rng = np.random.default_rng(rows)
    nets, variance = 8, 0.3
    ids = rng.integers(0, 3 if rows == 300 else rows, rows)
    probe = Probe(y=rng.integers(0, 3, rows) ** 2, ids=ids)
    table = rng.normal(size=(nets, rows, 2))
    session = AsIfRandom(under=Kde(noise_variance=variance), window=nets).session("layer", probe)
    for epoch, t in enumerate(table):
        session.add(Activity(torch.from_numpy(t), "layer", epoch=epoch))
    (dated,) = session.finish()
    found, flat = dated.estimate, table.reshape(-1, 2)
    none, x, y = (np.tile(each, nets) for each in (np.zeros(rows), ids, probe.classes))
    up = {name: all_pairs(flat, given, variance, 1) for name, given in (("", none), ("x", x), ("y", y))}
    low = {name: all_pairs(flat, given, variance, 4) for name, given in (("", none), ("x", x), ("y", y))}
    assert found.i_xt == pytest.approx(up[""] - up["x"], abs=SUMS)
    assert found.i_ty == pytest.approx(up[""] - up["y"], abs=SUMS)
    assert found.i_xt_bounds == pytest.approx((low[""] - up["x"], up[""] - low["x"]), abs=SUMS)
    assert found.i_ty_bounds == pytest.approx((low[""] - up["y"], up[""] - low["y"]), abs=SUMS)
    single = np.mean([all_pairs(t, none[:rows], variance, 1) - all_pairs(t, ids, variance, 1) for t in table])
    assert found.extras["i_xt_single_mean"] == pytest.approx(single, abs=SUMS)


@pytest.mark.parametrize("noise", [0.2, 0.5, 1.0])
def test_bounds_hold_the_information_of_the_mixture(noise):
    """Two inputs and three nets, in one dimension: I(X;T+Z) by an integral over the mixtures."""
    means = np.array([[0.0, 2.0], [0.5, 1.0], [-1.0, 0.2]])  # a net a row

    def surprise(t, members):
        density = stats.norm.pdf(t, members, noise).mean()
        return -density * np.log2(density) if density > 0 else 0.0

    def entropy(members):
        return integrate.quad(surprise, -12, 13, args=(members,), limit=500, epsabs=1e-10, points=[0, 1, 2])[
            0
        ]

    truth = entropy(means.ravel()) - (entropy(means[:, 0]) + entropy(means[:, 1])) / 2
    rows = torch.from_numpy(means.reshape(-1, 1))
    found, _ = bound_together(rows, Probe(x=[[0.0], [1.0]]), noise**2)
    low, high = found.i_xt_bounds
    assert low < truth < high
    assert low <= found.i_xt <= high


def test_the_headline_is_no_bound_but_the_pair_is():
    """A difference of two upper bounds may lie above or below; the mixed terms do not."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = torch.from_numpy(rng.normal(size=(24, 1)) * 10.0 ** rng.uniform(-1, 1))
        found, distinct = bound_together(rows, Probe(ids=np.arange(6)), 0.25)
        assert found.i_xt_bounds[0] <= found.i_xt <= found.i_xt_bounds[1]
        assert (distinct >= 1 - SUMS).all()
        assert (distinct <= 4 + SUMS).all()


def test_far_apart_kernels_count_cells():
    """With noise that blurs nothing and nets that repeat themselves, kernels count as cells do."""
    t = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 3.0, 2.0]]).reshape(-1, 1)
    found, distinct = bound_together(torch.from_numpy(1000 * t), Probe(y=[0, 0, 1, 1]), 1.0)
    # X = 0, 1 are told at once, 2 and 3 not from each other: 2 - 1/2 bits
    assert found.i_xt == pytest.approx(1.5, abs=SUMS)
    assert found.i_xt_bounds == pytest.approx((1.5, 1.5), abs=SUMS)
    assert found.i_ty == pytest.approx(1.0, abs=SUMS)
    assert distinct == pytest.approx([1, 1, 2, 2], abs=SUMS)
