"""The known numbers: against other ways to find them, and against the literature's printed values."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from ibspec.calibrate import LAWS
from ibspec.core import LN2

BY_NAME = {law.name: law for law in LAWS}

PRINTED_NATS = {
    ("additive-0.1", 1): 1.7094,
    ("additive-0.75", 1): 0.3333,
    ("student-1", 1): 0.2242,
    ("discrete-continuous", 1): 1.0549,
}
"""Of the test beds that the laws come from, four decimals."""


@pytest.mark.parametrize(("name", "dims"), PRINTED_NATS)
def test_printed_values(name, dims):
    assert BY_NAME[name].bits(dims) * LN2 == pytest.approx(PRINTED_NATS[name, dims], abs=5e-5)


def densities():
    """Laws of one dimension with a joint density: p(x, t), p(x), p(t), and where to integrate."""
    rho = 0.9
    both = stats.multivariate_normal(cov=[[1, rho], [rho, 1]])
    yield (
        "normal-0.9",
        lambda x, t: both.pdf(np.stack([x, t], axis=-1)),
        stats.norm.pdf,
        stats.norm.pdf,
        (-7, 7),
    )
    student = stats.multivariate_t(shape=np.eye(2), df=3)
    edge = stats.t(3).pdf
    yield "student-3", lambda x, t: student.pdf(np.stack([x, t], axis=-1)), edge, edge, (-400, 400)


@pytest.mark.parametrize(("name", "joint", "p", "q", "ends"), list(densities()))
def test_against_quadrature(name, joint, p, q, ends):
    """The tails beyond the ends hold less than 1e-4 bits."""

    nodes = np.sinh(np.linspace(-1, 1, 801) * math.asinh(ends[1]))  # dense at the centre
    x, t = np.meshgrid(nodes, nodes)
    density = joint(x, t)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(density > 0, density * np.log2(density / (p(x) * q(t))), 0.0)
    found = integrate.simpson(integrate.simpson(values, nodes), nodes)
    assert found == pytest.approx(BY_NAME[name].bits(1), abs=2e-3)


@pytest.mark.parametrize("law", [law for law in LAWS if law.discrete], ids=lambda law: law.name)
def test_discrete_inputs_by_sampling(law):
    """I = E log p(t|x) / p(t), with the conditional density written down here once more."""
    conditionals = {
        "discrete-continuous": lambda t, x: ((t >= x) & (t <= x + 2)) / 2,
        "signs-0.5": lambda t, x: stats.norm.pdf(t, loc=x, scale=0.5),
        "channel-0.1": lambda t, x: np.where(t == x, 0.9, 0.1),
        "identity-16": lambda t, x: (t == x).astype(float),
    }
    density = conditionals[law.name]
    samples = 40_000
    activity, probe = law.sample(samples, 1, np.random.default_rng(3))
    t = activity.values.numpy()
    symbols = np.unique(probe.x)
    marginal = np.mean([density(t, x) for x in symbols], axis=0)
    terms = np.log2(density(t, probe.x) / marginal)
    error = 4 * terms.std() / math.sqrt(samples) + 2e-3  # the symbols are drawn, not exactly uniform
    assert terms.mean() == pytest.approx(law.bits(1), abs=error)
    assert np.array_equal(np.unique(probe.y), np.arange(len(symbols)))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_shapes_seeds_and_growth(law):
    for dims in law.dims:
        drawn, (activity, probe) = [law.sample(50, dims, np.random.default_rng(0)) for _ in range(2)]
        t, again = activity.values.numpy(), drawn[0].values.numpy()
        assert t.shape == (50, dims if not law.discrete else 1)
        assert np.array_equal(t, again)
        assert np.isfinite(t).all()
        assert probe.samples == 50
        assert law.bits(dims) >= 0
    bits = [law.bits(dims) for dims in law.dims]
    assert bits == sorted(bits)


def test_warped_normals_have_the_information_of_normals():
    for name in ("uniform-margins", "half-cube", "relayed-0.9"):
        assert BY_NAME[name].bits(2) == BY_NAME["normal-0.9"].bits(2)
