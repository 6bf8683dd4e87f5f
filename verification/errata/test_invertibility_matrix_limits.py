"""Why a random matrix need not have an inverse, at first or after descent."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from verification import rational
from verification.descent import Problem, add, scale

NOT_A_ZERO = 1e-9
"""A 3 x 3 matrix whose law has a density of size 1 has a smallest singular value below this once in 10^9."""


def has_matching(mask) -> bool:
    """Whether some permutation meets only entries that are not masked: then det is no zero polynomial."""
    size = len(mask)
    return any(all(mask[i][j] for i, j in enumerate(order)) for order in permutations(range(size)))


@pytest.mark.claim(
    "invert.det-range",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §2.3.4, after eq. 2.10",
    says="As a determinant ranges over all reals, it takes each value, and so 0, with probability 0.",
)
def test_range_says_nothing(evidence):
    """An entry that is 0 in half of all draws and else normal: every value is possible, and 0 has 1/2.

    Corrected: with entries of a joint density, det is 0 almost surely only where it is the zero polynomial.
    """

    @given(size=st.integers(1, 4), data=st.data(), seed=st.integers(0, 2**32 - 1))
    def search(size, data, seed):
        mask = data.draw(npst.arrays(np.bool_, (size, size)))
        matrix = np.where(mask, np.random.default_rng(seed).standard_normal((size, size)), 0.0)
        evidence.case(mask=mask, seed=seed)
        singular = rational.determinant(matrix.tolist()) == 0
        assert singular != has_matching(mask), "corrected: det is 0 where it is the zero polynomial"
        target(float(mask.sum()))

    search()
    exact = {}
    for size in (1, 2, 3):
        masks = (np.arange(2 ** (size * size))[:, None] >> np.arange(size * size)) & 1
        exact[size] = float(np.mean([not has_matching(mask) for mask in masks.reshape(-1, size, size)]))
    evidence.equal((exact[1], exact[2]), (1 / 2, 9 / 16), within=0.0, what="P(det = 0)", unit="(probability)")
    rng = np.random.default_rng(0)
    draws = np.where(rng.random(10_000) < 0.5, 0.0, rng.standard_normal(10_000))
    share = float((draws == 0).mean())
    # Five standard errors of a share of one half in 10,000 draws.
    evidence.equal(share, 0.5, within=5 * 0.5 / 100, what="share of det = 0 in draws", unit="(share)")
    intervals = np.histogram(draws, bins=np.arange(-3.0, 3.5, 0.5))[0]
    evidence.at_most(1, int(intervals.min()), what="draws in each half unit from -3 to 3", unit="draws")
    evidence.differ(
        exact[1], 0.0, by=0.4, what="P(det = 0), 1 x 1", unit="(probability)",
        entry="0 with probability 1/2, else N(0, 1)", printed=0.0, by_size=tuple(exact.items()), drawn=share,
    )  # fmt: skip


def descend(problem, theta, rate, steps, batches):
    """Take steps of gradient descent, each on the rows that `batches` names."""
    for step in range(steps):
        rows = batches(step)
        part = Problem(problem.x[rows], problem.y[rows], problem.activation, theta)
        theta = add(theta, scale(-rate, part.gradient(theta)))
    return theta


@pytest.mark.claim(
    "invert.sgd-matrix",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a §0.1.2; grabauskas-2019-draft-b §0.1.2; grabauskas-2019 §2.3.4",
    says="Stochastic gradient descent keeps the weight matrices random, hence invertible.",
)
def test_descent_may_keep_matrices_singular(evidence):
    """Equal columns stay equal, in batches or not, and one step of the wrong size undoes a random start.

    Corrected: from a start with a density and for almost every rate, the matrix has full rank almost surely.
    """
    whole = slice(None)
    problem = Problem.random((3, 3, 1), samples=12, activation="tanh", seed=5)
    constant = tuple(torch.full_like(part, 0.3) for part in problem.start)
    spreads, moved = {}, {}
    for name, batches in (
        ("full batch", lambda step: whole),
        ("batches of 3", lambda step: torch.randint(12, (3,), generator=torch.Generator().manual_seed(step))),
    ):
        evidence.case(batches=name)
        after = descend(problem, constant, rate=0.5, steps=50, batches=batches)[0]
        spreads[name] = float((after - after[:, :1]).abs().max())
        moved[name] = float((after - 0.3).abs().max())
        # Equal columns get equal gradients; fifty steps may round each a little differently.
        evidence.equal(
            spreads[name], 0.0, within=50 * 1e-15, what=f"spread of columns, {name}", unit="weight"
        )
        rank = np.linalg.matrix_rank(after.numpy(), tol=NOT_A_ZERO)
        evidence.equal(rank, 1, within=0.0, what=f"rank of the 3 x 3 matrix, {name}", unit="(rank)")
        evidence.at_most(0.05, moved[name], what=f"how far the weights moved, {name}", unit="weight")

    # Loss |W|^2 / 2 with rate 1: every start, random as it may be, goes to 0 in one step.
    start = np.random.default_rng(1).standard_normal((3, 3))
    landed = float(np.abs(start - 1.0 * start).max())
    evidence.equal(landed, 0.0, within=0.0, what="after a step of rate 1 on |W|^2 / 2", unit="weight")

    @given(seed=st.integers(0, 2**20), rate=st.floats(0.01, 1.0), steps=st.integers(1, 3))
    def search(seed, rate, steps):
        random = Problem.random((3, 3, 2), samples=5, activation="tanh", seed=seed)
        evidence.case(seed=seed, rate=rate, steps=steps)
        after = descend(random, random.start, rate, steps, lambda step: whole)[0].numpy()
        least = float(np.linalg.svd(after, compute_uv=False)[-1])
        target(-least)
        evidence.at_most(NOT_A_ZERO, least, what="corrected: least singular value", unit="weight")

    search()
    evidence.counterexample(
        layer="3 x 3, tanh, all weights and biases 0.3 at first",
        steps=50,
        spread_of_columns=tuple(spreads.items()),
        largest_move=tuple(moved.items()),
        rank=1,
    )
    evidence.number(**{"rate 1 on |W|^2 / 2 from a random W: largest entry after one step": landed})
