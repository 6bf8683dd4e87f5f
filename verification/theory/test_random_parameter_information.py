"""I(X;T) when the parameters are random too: by enumeration, by quadrature, and what knowing them adds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import integrate, stats

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Width
from verification.information import ROUNDING, entropy, information
from verification.strategies import laws

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

QUADRATURE = 1e-8
"""Bits: what is asked of the integrals, which are smooth and decay like exp(-z^2 / 2)."""

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""


def parts(joint):
    """I(X;T), I(X;T|θ), I(X;(T,θ)) and I(X;θ|T) of a joint law with axes θ, x, t; each from its own sums."""
    about_x = information(joint.sum(axis=0))
    given_theta = sum(table.sum() * information(table / table.sum()) for table in joint if table.sum() > 0)
    pair = information(joint.transpose(1, 2, 0).reshape(joint.shape[1], -1))
    given_t = sum(
        table.sum() * information(table / table.sum())
        for table in joint.transpose(2, 1, 0)
        if table.sum() > 0
    )
    return about_x, float(given_theta), pair, float(given_t)


def joint_law(of_theta, of_x, table, symbols):
    """The law of θ, x and t = table[θ, x], with θ and x independent."""
    joint = np.zeros((len(of_theta), len(of_x), symbols))
    for theta, x in np.ndindex(table.shape):
        joint[theta, x, table[theta, x]] = of_theta[theta] * of_x[x]
    return joint


@pytest.mark.claim(
    "theta.conditioning",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1.2; grabauskas-2019-draft-b §0.1.2; grabauskas-2019 §2.3.4",
    says="With θ independent of X and T a function of both, I(X;T) ≤ I(X;T|θ) = I(X;(T,θ)) = E H(F_θ(X)), "
    "and the difference is I(X;θ|T).",
)
def test_knowing_the_parameters(evidence):
    """Searched over laws and tables of functions; a θ that depends on X breaks it."""

    @given(of_theta=laws(4), of_x=laws(4), data=st.data())
    def search(of_theta, of_x, data):
        rows = st.lists(st.integers(0, 3), min_size=len(of_x), max_size=len(of_x))
        table = np.array(data.draw(st.lists(rows, min_size=len(of_theta), max_size=len(of_theta))))
        evidence.case(of_theta=of_theta, of_x=of_x, table=table)
        joint = joint_law(of_theta, of_x, table, 4)
        about_x, given_theta, pair, given_t = parts(joint)
        mean = sum(p * entropy(np.bincount(row, of_x)) for p, row in zip(of_theta, table, strict=True))
        target(evidence.at_most(about_x, given_theta, within=ROUNDING, what="I(X;T) <= I(X;T|theta)"))
        evidence.equal(pair, given_theta, within=ROUNDING, what="I(X;(T,theta)) and I(X;T|theta)")
        evidence.equal(float(mean), given_theta, within=ROUNDING, what="E H(F(X)) and I(X;T|theta)")
        evidence.equal(given_theta - about_x, given_t, within=ROUNDING, what="difference and I(X;theta|T)")

    search()
    leaked = np.zeros((2, 2, 2))
    leaked[0, 0, 0] = leaked[1, 1, 1] = 0.5  # θ = X = T
    about_x, given_theta, _, _ = parts(leaked)
    evidence.equal((about_x, given_theta), (1.0, 0.0), within=ROUNDING, what="broken: theta = X")
    evidence.number(**{"broken by θ = X, T = θ: I(X;T), I(X;T|θ)": (about_x, given_theta)})


def enumerate_net(slopes, offsets, inputs, clipped):
    """All equally likely triples: θ as a number, x, and t = w x + b, perhaps clipped to [-1, 1]."""
    rows = [(theta, x, w * x + b) for theta, (w, b) in enumerate(product(slopes, offsets)) for x in inputs]
    theta, x, t = np.array(rows).T
    return theta, x, np.clip(t, -1, 1) if clipped else t


def measure_net(slopes, offsets, inputs, clipped):
    """I(X;T) by the estimator, from all pairs, and I(X;T|θ) as the mean over θ."""
    theta, x, t = enumerate_net(slopes, offsets, inputs, clipped)
    every = EXACT.estimate(t, Probe(x=x)).i_xt
    each = [EXACT.estimate(t[theta == one], Probe(x=x[theta == one])).i_xt for one in np.unique(theta)]
    return every, float(np.mean(each))


@pytest.mark.claim(
    "theta.discrete-net",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019-draft-a eq. 19; grabauskas-2019-draft-b eq. 19",
    says="For T = w X + b with w and b uniform on whole numbers, linear or clipped, counting all cases gives "
    "I(X;T) and I(X;T|θ) exactly.",
)
def test_enumerated_nets(evidence):
    """The estimator on all pairs agrees with the joint law by the book; clipping can only lose."""
    whole = st.lists(st.integers(-3, 3), min_size=1, max_size=4, unique=True)

    @given(slopes=whole, offsets=whole, inputs=whole)
    def search(slopes, offsets, inputs):
        evidence.case(w=slopes, b=offsets, x=inputs)
        found, worst = {}, 0.0
        for clipped in (False, True):
            columns = enumerate_net(slopes, offsets, inputs, clipped)
            theta, x, t = (np.unique(column, return_inverse=True)[1] for column in columns)
            joint = np.zeros((theta.max() + 1, x.max() + 1, t.max() + 1))
            joint[theta, x, t] = 1 / len(t)
            found[clipped] = measure_net(slopes, offsets, inputs, clipped)
            book = parts(joint)[:2]
            worst = max(
                worst, evidence.equal(found[clipped], book, within=ROUNDING, what="counted, by the book")
            )
        target(worst)
        evidence.at_most(found[True][0], found[False][0], within=ROUNDING, what="clipped <= linear")

    search()
    for slopes, offsets, inputs, clipped, reference in (
        ((0, 1, 2), (-1, 0, 1), (-1, 1), False, (0.417210, 0.666667)),
        ((0, 1, 2), (-1, 0, 1), (-1, 1), True, (0.317588, None)),
        ((-1, 0, 1), (-1, 0, 1), (-1, 1), False, (0.0, None)),
        ((-1, 1), (0,), (0, 1), False, (1.0, None)),
        ((1, 2), (0, 1), (0, 1, 2, 3), False, (1.233459, 2.0)),
        ((1, 2), (0, 1), (0, 1, 2, 3), True, (0.293564, 0.405639)),
    ):
        found = measure_net(slopes, offsets, inputs, clipped)
        name = f"w in {slopes}, b in {offsets}, x in {inputs}{', clipped' * clipped}"
        for value, truth in zip(found, reference, strict=True):
            if truth is not None:
                evidence.equal(value, truth, within=SIX_PLACES, what=name)
        evidence.number(**{f"{name}: I(X;T), I(X;T|θ)": found})


def gaussian_bits(a, variance_x, variance_b):
    """I(X; aX + b) of independent Gaussians."""
    return 0.5 * np.log2(1 + a * a * variance_x / variance_b)


def sign_bits(s):
    """I(X; X + b), X = 1 or -1 and b ~ N(0, s^2): 1 - E log2(1 + exp(-2 (1 + s Z) / s^2))."""

    def lost(z):
        return np.logaddexp(0.0, -2 * (1 + s * z) / s**2) / np.log(2) * stats.norm.pdf(z)

    return 1 - integrate.quad(lost, -12, 12, points=[-1 / s] if s > 0.1 else None, epsabs=1e-11, limit=200)[0]


def sign_bits_by_entropies(s):
    """The same as h(X + b) - h(b)."""

    def density(t):
        return stats.norm.pdf(t, [1, -1], s).mean()

    def surprise(t):
        return -density(t) * np.log2(density(t))

    reach = 1 + 12 * s  # the density is above 1e-40 here, so that its logarithm exists
    total = 2 * integrate.quad(surprise, 0, reach, points=[1.0], epsabs=1e-11, limit=200)[0]
    return total - 0.5 * np.log2(2 * np.pi * np.e * s * s)


@pytest.mark.claim(
    "theta.linear-gaussian",
    kind="identity",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1.2; grabauskas-2019-draft-b §0.1.2",
    says="For T = a X + b with independent Gaussian X and b, I(X;T) = ½ log₂(1 + a² var X / var b), more "
    "than for X = ±1 of the same variance.",
)
def test_gaussian_channel(evidence):
    """Integrals of two kinds, the reference numbers, and kernel bounds around the noisy two-point layer."""
    references = {
        0.25: (2.043731, 0.999865),
        0.5: (1.160964, 0.912822),
        1: (0.5, 0.485944),
        2: (0.160964, 0.160747),
    }
    for s, (of_gaussian, of_signs) in references.items():
        evidence.case(s=s)
        evidence.equal(
            gaussian_bits(1, 1, s * s), of_gaussian, within=SIX_PLACES, what=f"Gaussian X, s = {s}"
        )
        signs = sign_bits(s)
        evidence.equal(signs, of_signs, within=SIX_PLACES, what=f"X = 1 or -1, s = {s}")
        evidence.equal(signs, sign_bits_by_entropies(s), within=QUADRATURE, what="two integrals")
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)  # exact for the quadratic log-ratio
        x, b = nodes[:, None], s * nodes[None, :]
        ratio = stats.norm.logpdf(x + b, x, s) - stats.norm.logpdf(x + b, 0, np.hypot(1, s))
        mean = (np.outer(weights, weights) * ratio).sum() / weights.sum() ** 2 / np.log(2)
        evidence.equal(mean, of_gaussian, within=SIX_PLACES, what="mean log ratio of Gaussians")

    @given(s=st.floats(0.2, 4.0), a=st.floats(0.5, 2.0))
    def search(s, a):
        evidence.case(s=s, a=a)
        signs = sign_bits(s / a)
        bound = float(gaussian_bits(a, 1, s * s))
        target(evidence.at_most(signs, min(1.0, bound), within=QUADRATURE, what="X = 1 or -1 <= Gaussian X"))
        t = a * np.array([1.0, -1.0])
        low, high = Kde(noise_variance=s * s).estimate(t, Probe(x=t)).i_xt_bounds
        evidence.at_most(low, signs, within=QUADRATURE, what="kernel bound from below")
        evidence.at_most(signs, high, within=QUADRATURE, what="kernel bound from above")

    search()
    evidence.number(**{"s: Gaussian X, X = 1 or -1": tuple((s, *pair) for s, pair in references.items())})
