"""Information of continuous variables: as an integral, where there is a density, and where it is infinite."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import stats

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Width
from verification.information import ROUNDING, empirical, entropy, information
from verification.kernels import kernel_entropy
from verification.strategies import laws, real_rows

QUADRATURE = 1e-8
"""Bits: sums over a grid of normal densities, which converge faster than any power of the step."""

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

REACH = 9.0
"""Standard deviations integrated over: the density is below 1e-18 outside."""


def integrated_information(rho: float, scale: float) -> float:
    """The double integral of p log2 [p / (p_x p_y)] for normal X and Y = scale times a normal, by a grid.

    The narrowest direction has a standard deviation of sqrt(1 - |rho|), at least 0.22; steps of a tenth
    leave an error of about exp(-2 (pi 0.22 / 0.1)^2) = 1e-41.
    """
    x = np.arange(-REACH, REACH, 0.1)[:, None]
    y = scale * x.T
    residual = (y / scale - rho * x) ** 2 / (1 - rho**2)
    both = np.exp(-(x**2 + residual) / 2) / (2 * np.pi * scale * np.sqrt(1 - rho**2))
    product = stats.norm.pdf(x) * stats.norm.pdf(y, scale=scale)
    cells = both > 1e-300  # 0 log 0 = 0
    ratio = np.log2(both[cells] / product[cells])
    return float((both[cells] * ratio).sum() * 0.1 * 0.1 * scale)


def normal_partition(rho: float, parts: int) -> np.ndarray:
    """The joint law of two normal variables, each cut into so many equally likely parts."""
    cuts = stats.norm.ppf(np.arange(1, parts) / parts)
    edges = np.concatenate([[-REACH], cuts, [REACH]])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    x = middle[:, None] + half[:, None] * nodes
    below = stats.norm.cdf((np.r_[-np.inf, cuts, np.inf] - rho * x[..., None]) / np.sqrt(1 - rho**2))
    return np.einsum("n,pn,pny->py", weights, half[:, None] * stats.norm.pdf(x), np.diff(below))


@pytest.mark.claim(
    "mi.continuous-integral",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eq. 3.4; grabauskas-2019-draft-b eq. 23; candidate-8240R-2019 §2.2.4",
    says="Where X and Y have a joint density, the double integral of p log [p / (p p)] is I(X;Y).",
)
def test_double_integral(evidence):
    """-log2(1 - r^2) / 2 for normal variables; partitions approach it from below; T = X has no density."""

    def closed(rho):
        return -np.log2(1 - rho**2) / 2

    @given(rho=st.floats(-0.95, 0.95), scale=st.sampled_from([0.01, 1.0, 30.0]))
    def search(rho, scale):
        evidence.case(rho=rho, scale=scale)
        integral = integrated_information(rho, scale)
        target(evidence.equal(integral, closed(rho), within=QUADRATURE, what="integral and closed form"))

    search()
    evidence.equal(integrated_information(0.5, 1.0), 0.2075187496, within=QUADRATURE, what="r = 0.5")
    half = np.sqrt(0.5)
    evidence.equal(integrated_information(half, 1.0), 0.5, within=QUADRATURE, what="X plus a unit normal")
    parts = [2, 4, 8, 16]
    for rho in (0.5, -0.9):
        reached = [information(normal_partition(rho, k)) for k in parts]
        for fewer, more in zip(reached, [*reached[1:], closed(rho)], strict=True):
            evidence.at_most(fewer, more, within=QUADRATURE, what="partitions approach from below")
        evidence.number(**{f"r = {rho}: I of 2, 4, 8, 16 parts each": reached, f"r = {rho}: I": closed(rho)})
    singular = [information(np.eye(k) / k) for k in parts]  # T = X: all mass on the diagonal
    evidence.equal(singular, np.log2(parts), within=ROUNDING, what="partitions of T = X")
    assert singular[-1] - singular[0] > 1, "broken: for T = X partitions must grow without limit"
    evidence.number(**{"broken by T = X, no density: I of 2, 4, 8, 16 parts": singular})


@pytest.mark.claim(
    "mi.infinite-continuous",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.3",
    says="For continuous X, I(X;g(X)) is infinite, unless g(X) is discrete: then it is H(g(X)).",
)
def test_infinite_or_entropy(evidence):
    """X uniform on [0, 1]: ever finer cells for ReLU to any power; step functions stay where they are."""
    levels = np.arange(1, 13)
    words = (np.arange(4096) + 0.5) / 4096  # one point for each cell of 12 bits

    def cells_of(dead, power, parts):
        """The law of g(X) = max(X - dead, 0)^power in {0} and `parts` cells with edges g(...)."""
        edges = np.maximum(dead + (1 - dead) * np.arange(parts + 1) / parts - dead, 0.0) ** power
        return np.concatenate([[dead], np.diff(dead + edges ** (1 / power))])

    @given(dead=st.floats(0.0, 0.999), power=st.floats(0.25, 4.0), law=laws(8))
    def search(dead, power, law):
        evidence.case(dead=dead, power=power)
        atom = entropy(np.array([dead, 1 - dead]))
        found = [entropy(cells_of(dead, power, 2**level)) for level in levels]
        # Powers and roots cost 1e-15 of an edge each; 4096 of them with logarithms up to 50 bits.
        worst = evidence.equal(found, atom + (1 - dead) * levels, within=1e-9, what="h(dead) + (1 - dead) m")
        ends = np.cumsum(law)
        steps = np.minimum(np.searchsorted(ends, words, side="right"), len(law) - 1)
        evidence.case(steps=steps)
        for level in (1, 4, 12):
            cut = information(empirical(np.floor(words * 2**level), steps))
            most = entropy(np.bincount(steps) / len(words))
            evidence.at_most(cut, most, within=ROUNDING, what="discrete g(X): I <= H(g(X))")
            if level == 12:
                evidence.equal(cut, most, within=ROUNDING, what="discrete g(X): fine cells reach H(g(X))")
        target(worst)

    search()
    identity, step, dead_relu = [], [], []
    for level in levels:
        cells = Binning(cells=Width(2.0 ** -int(level)))
        probe = Probe(x=words)
        identity.append(cells.estimate(words, probe).i_xt)
        step.append(cells.estimate((words > 0.5) * 1.0, probe).i_xt)
        dead_relu.append(cells.estimate(np.maximum(words - 1, 0), probe).i_xt)
    evidence.equal(identity, levels, within=0.0, what="g = identity, 2^m cells: m bits")
    evidence.equal(step, np.ones(12), within=0.0, what="broken: a step stays at 1 bit")
    evidence.equal(dead_relu, np.zeros(12), within=0.0, what="broken: a dead layer stays at 0")
    evidence.number(**{"broken by a discrete g(X), 2^12 cells: step, dead layer": (step[-1], dead_relu[-1])})

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.plot(levels, identity, "o-", color="#0072B2", label="identity")
        axes.plot(levels, 1 + levels / 2, "^-", color="#009E73", label="ReLU, half of the inputs dead")
        axes.plot(levels, step, "s-", color="#D55E00", label="step at 1/2")
        axes.plot(levels, dead_relu, "x-", color="#595959", label="ReLU, all inputs dead")
        axes.set(xlabel="cells of the part that moves, as a power of 2", ylabel="I of the cells in bits")
        axes.legend(frameon=False)

    evidence.draw(draw, "Information between X, uniform on [0, 1], and a function of it in ever finer cells.")


@pytest.mark.claim(
    "entropy.differential-scale",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 §2.2.2; grabauskas-2019 eq. 2.6; implied by both",
    says="Differential entropy changes with the scale, h(cX) = h(X) + log |c| in each dimension, while "
    "information does not.",
)
def test_scale(evidence):
    """Activity and noise scaled together: the entropy moves by d log2 |c|, the estimator's bounds stay."""

    @given(
        t=real_rows(), scale=st.floats(0.1, 30), sign=st.sampled_from([-1, 1]), variance=st.floats(0.05, 2)
    )
    def search(t, scale, sign, variance):
        evidence.case(t=t, scale=sign * scale, variance=variance)
        scaled = sign * scale * t
        shift = t.shape[1] * np.log2(scale)
        before, after = kernel_entropy(t, variance), kernel_entropy(scaled, scale**2 * variance)
        target(evidence.equal(after, before + shift, within=KDE_ROUNDING, what="h(cA) = h(A) + d log2 |c|"))
        probe = Probe(x=np.arange(len(t)))
        one = Kde(noise_variance=variance).estimate(t, probe)
        other = Kde(noise_variance=scale**2 * variance).estimate(scaled, probe)
        evidence.equal(other.i_xt_bounds, one.i_xt_bounds, within=KDE_ROUNDING, what="bounds of I")

    search()
    t = np.random.default_rng(0).normal(size=(40, 5))
    shift = (kernel_entropy(3 * t, 9 * 0.1) - kernel_entropy(t, 0.1)) * np.log(2)
    evidence.equal(shift, 5.493061443, within=KDE_ROUNDING, what="c = 3, d = 5", unit="nats")
    evidence.differ(shift, 0.0, by=1.0, what="entropy taken for information", unit="nats")
    evidence.number(**{"h(3A) - h(A) in nats, 5 units": float(shift)})
