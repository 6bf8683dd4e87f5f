"""The data processing inequality where parameters are random, and where noise is added to be measured."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import integrate

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Width
from verification.information import ROUNDING, information
from verification.strategies import laws, real_rows

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


def joint_with(x_law, parameters_law, table) -> np.ndarray:
    """The joint law of X and a layer, table[x, parameters], for parameters independent of X."""
    joint = np.zeros((len(x_law), int(table.max()) + 1))
    x, parameters = np.indices(table.shape)
    np.add.at(joint, (x, table), x_law[x] * parameters_law[parameters])
    return joint


@pytest.mark.claim(
    "dpi.random-weights",
    kind="extension",
    expected="refuted",
    source="grabauskas-2019-draft-a §0.1.2 and grabauskas-2019-draft-b §0.1.2 with grabauskas-2019 "
    "eqs. 2.8-2.9; random parameters read together with the order of layers",
    says="I(X;T1) ≥ I(X;T2) ≥ ... also where the parameters are random variables.",
)
def test_shared_random_parameters(evidence):
    """Layers that share a parameter need be no chain; given it, or with parameters of their own, they are."""
    rises = []

    @given(x_law=laws(3), one_law=laws(3), two_law=laws(3), seed=st.integers(0, 2**32 - 1))
    def search(x_law, one_law, two_law, seed):
        rng = np.random.default_rng(seed)
        f1, f2 = rng.integers(0, 3, (len(x_law), len(one_law))), rng.integers(0, 3, (3, len(one_law)))
        evidence.case(x=x_law, theta=one_law, T1=f1, T2=f2)
        parameters = np.arange(len(one_law))
        t1, t2 = f1, f2[f1, parameters]
        given_1, given_2 = (
            sum(p * information(joint_with(x_law, np.ones(1), t[:, [k]])) for k, p in enumerate(one_law))
            for t in (t1, t2)
        )
        worst = evidence.at_most(given_2, given_1, within=ROUNDING, what="corrected: given the parameters")
        seen = information(joint_with(x_law, one_law, 3 * parameters + t1))
        shared = information(joint_with(x_law, one_law, t2))
        evidence.at_most(shared, seen, within=ROUNDING, what="corrected: I(X;T2) <= I(X;(T1, parameters))")
        own = rng.integers(0, 3, (3, len(two_law)))  # the second layer has parameters of its own
        both = np.outer(one_law, two_law).ravel()
        second = own[t1].reshape(len(x_law), -1)
        before = information(joint_with(x_law, one_law, t1))
        after = information(joint_with(x_law, both, second))
        worst = max(worst, evidence.at_most(after, before, within=ROUNDING, what="corrected: own parameters"))
        rises.append(shared - before > ROUNDING)
        target(worst)

    search()
    assert any(rises), "random tables that share a parameter must be able to rise too"
    evidence.number(
        **{"random tables that share a parameter": len(rises), "of these with a rise": sum(rises)}
    )
    x, theta = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    exact = Binning(cells=Width(1.0))
    t1 = x ^ theta
    t2 = t1 ^ theta
    one, two = (exact.estimate(t, Probe(x=x)).i_xt for t in (t1, t2))
    evidence.equal((one, two), (0.0, 1.0), within=ROUNDING, what="a shared parameter")
    evidence.differ(
        two, one, by=0.5, what="I(X;T2)", X="fair bit", theta="fair bit", T1="X xor theta",
        T2="T1 xor theta", I_of_X_and_T1=one, I_of_X_and_T2=two,
    )  # fmt: skip
    assert two > one, "the counterexample must rise"


def noisy_information(distance: float, variance: float) -> float:
    """Exact I(X;T+Z) in bits for T = -distance or distance, equally likely, and Z normal, by quadrature.

    It is the mean over T + Z, at T = distance, of 1 - log2(1 + exp(-2 distance (T + Z) / variance)).
    """
    deviation = np.sqrt(variance)

    def integrand(z):
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        exponent = -2 * distance * (distance + deviation * z) / variance
        return density * (1 - np.logaddexp(0, exponent) / np.log(2))

    # Beyond 12 standard deviations the density is below 1e-31.
    return integrate.quad(integrand, -12, 12, epsabs=1e-12, epsrel=1e-12, limit=400)[0]


@pytest.mark.claim(
    "dpi.kde",
    kind="extension",
    expected="refuted",
    source="candidate-8240R-2019 §3.1.6, the order of layers read for the kernel estimator",
    says="With noise of one variance added to each layer to measure it, information does not rise with "
    "depth: not the exact I(X;T+Z), and not its kernel bounds.",
)
def test_noise_added_afterwards(evidence):
    """A layer that spreads its inputs out gains; one that brings none farther apart cannot."""

    def all_bounds(t, variance):
        return Kde(noise_variance=variance).estimate(t, Probe(x=np.arange(len(t)))).i_xt_bounds

    @given(t=real_rows(), gain=st.floats(0, 1), variance=st.floats(0.05, 2), seed=st.integers(0, 2**32 - 1))
    def search(t, gain, variance, seed):
        evidence.case(t=t, gain=gain, variance=variance, seed=seed)
        rng = np.random.default_rng(seed)
        matrix = rng.normal(size=(t.shape[1], 3))
        matrix *= gain / np.linalg.norm(matrix, ord=2)
        deeper = np.tanh(t @ matrix + rng.normal(size=3))  # no two rows farther apart than before
        for before, after, what in zip(
            all_bounds(t, variance), all_bounds(deeper, variance), ("lower", "upper"), strict=True
        ):
            rise = evidence.at_most(
                after, before, within=KDE_ROUNDING, what=f"corrected: contraction, {what} bound"
            )
        target(rise)

    search()
    near, far, variance = 0.01, 10.0, 0.1
    exact, bounds = [], []
    for distance in (near, far):
        exact.append(noisy_information(distance, variance))
        bounds.append(all_bounds(np.array([-distance, distance]), variance))
        evidence.at_most(bounds[-1][0], exact[-1], within=KDE_ROUNDING, what="lower bound <= exact")
        evidence.at_most(exact[-1], bounds[-1][1], within=KDE_ROUNDING, what="exact <= upper bound")
    evidence.equal(exact, (0.000721, 1.0), within=SIX_PLACES, what="T1 = -0.01, 0.01 and T2 = -10, 10")
    assert exact[1] > exact[0], "the counterexample must rise"
    evidence.differ(bounds[1], bounds[0], by=0.5, what="kernel bounds")
    evidence.differ(
        exact[1], exact[0], by=0.5, what="I(X;T+Z)", noise_variance=variance, T1=(-near, near),
        T2=(-far, far), exact_I_of_T1=exact[0], exact_I_of_T2=exact[1], kernel_bounds_of_T1=bounds[0],
        kernel_bounds_of_T2=bounds[1],
    )  # fmt: skip
    distances = np.logspace(-2, 1, 61)
    path = [noisy_information(distance, variance) for distance in distances]
    brackets = np.array([all_bounds(np.array([-d, d]), variance) for d in distances])

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.fill_between(distances, *brackets.T, color="#56B4E9", alpha=0.4, label="kernel bounds")
        axes.semilogx(distances, path, color="#0072B2", label="exact")
        axes.plot([near, far], exact, "o", color="#D55E00", label="T1 and T2 = 1000 T1")
        axes.set(xlabel="distance of the two values from 0", ylabel="I(X;T+Z) in bits")
        axes.legend(frameon=False)

    evidence.draw(draw, "One bit X, T two values on either side of 0, noise variance 0.1.")
