"""Matrix-based entropies of order alpha: what holds at every order."""

import math

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators.kernel_widths import Fixed
from ibspec.estimators.renyi import Renyi
from verification.strategies_kernels import spread_rows

ORDERS = st.sampled_from([0.5, 1.0, 1.01, 1.5, 2.0, 3.0, 10.0])

SIGMAS = st.sampled_from([0.1, 0.5, 1.0, 3.0])

EPS = float(np.finfo(np.float64).eps)


def rounding(samples: int, alpha: float) -> float:
    """Bits: each of n eigenvalues is off by n eps; below order 1 those that should be 0 count as powers."""
    noise = samples * EPS
    lifted = samples * noise**alpha / ((1 - alpha) * math.log(2)) if alpha < 1 else 0.0
    return 1e-11 + lifted


def entropies(t, x, alpha, sigma):
    """S of T, of X and of both, by the software under test, and the information that it states."""
    estimate = Renyi(alpha=alpha, width=Fixed(sigma=sigma)).estimate(t, Probe(x=x))
    return (*(estimate.extras[name] for name in ("s_t", "s_x", "s_xt")), estimate.i_xt)


@st.composite
def pairs(draw):
    """Rows of T and of X, equally many: some equal, some near one another."""
    t = draw(spread_rows(least=2))
    x = draw(spread_rows(least=len(t), most=len(t)))
    return t, x


@pytest.mark.claim(
    "renyi.bounds",
    kind="theorem",
    expected="holds",
    source="Sánchez Giraldo, Rao & Príncipe (2015), IEEE Trans. Inf. Theory 61, §IV; at order 1, the "
    "subadditivity of von Neumann's entropy (Araki & Lieb 1970)",
    says="At every order, 0 ≤ S(A) ≤ log2 n and max(S(A), S(B)) ≤ S(A,B), so that I ≤ min(S(A), S(B)); "
    "shifts, turns and the order of rows change nothing; at order 1, I ≥ 0.",
)
def test_bounds(evidence):
    """Random rows at random widths and orders."""

    @given(rows=pairs(), alpha=ORDERS, sigma=SIGMAS, seed=st.integers(0, 2**32 - 1))
    def search(rows, alpha, sigma, seed):
        t, x = rows
        evidence.case(t=t, x=x, alpha=alpha, sigma=sigma)
        within = rounding(len(t), alpha)
        s_t, s_x, s_xt, information = entropies(t, x, alpha, sigma)
        for s in (s_t, s_x, s_xt):
            evidence.at_most(0.0, s, within=within, what="0 <= S")
            evidence.at_most(s, math.log2(len(t)), within=within, what="S <= log2 n")
        worst = evidence.at_most(max(s_t, s_x), s_xt, within=within, what="max(S(A), S(B)) <= S(A,B)")
        evidence.at_most(information, min(s_t, s_x), within=2 * within, what="I <= min(S(A), S(B))")
        at_one = entropies(t, x, 1.0, sigma)[-1]
        worst = max(
            worst, evidence.at_most(0.0, at_one, within=rounding(len(t), 1.0), what="0 <= I, order 1")
        )
        target(worst)
        rng = np.random.default_rng(seed)
        turn = np.linalg.qr(rng.standard_normal((t.shape[1],) * 2))[0]
        order = rng.permutation(len(t))
        moved = entropies((t @ turn + 1.0)[order], x[order], alpha, sigma)
        # Turning rounds distances by 1e-15, which moves each eigenvalue as much again.
        evidence.equal(
            moved, (s_t, s_x, s_xt, information), within=1e-9 + 4 * within, what="turned, reordered"
        )
        alone = entropies(t, np.zeros(len(t)), alpha, sigma)
        evidence.equal(alone[2], s_t, within=2 * within, what="joined with a constant")

    search()
