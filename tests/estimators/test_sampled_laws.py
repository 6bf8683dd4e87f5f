"""The laws themselves: their numbers against the literature's and against other ways to find them."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from tests import sampled_laws as laws
from tests.estimators.neighbour_laws import LN2, Law, additive_uniform, shifted_uniforms, student

PRINTED_NATS = (
    (laws.PAIR, 0.4133),
    (laws.sparse(3), 1.0217),
    (laws.sparse(5), 1.0217),
    (student(1, 1), 0.2242),
    (student(2, 2), 0.1931),
    (student(3, 3), 0.1787),
    (student(3, 5), 0.2985),
    (additive_uniform(0.1), 1.7094),
    (laws.wide_noise(0.75), 0.3333),
    (shifted_uniforms(5), 1.0549),
    (laws.signs(0.25), 0.6930),
    (laws.signs(0.5), 0.6327),
    (laws.signs(1.0), 0.3368),
)
"""Four decimals, from the test beds that the laws come from."""


@pytest.mark.parametrize(("law", "nats"), PRINTED_NATS, ids=lambda each: getattr(each, "name", ""))
def test_printed_values(law: Law, nats: float) -> None:
    assert law.bits * LN2 == pytest.approx(nats, abs=1e-4)  # 0.69305 is printed so, and cut here


def test_student_adds_a_constant_to_normals() -> None:
    """The dispersion's information, and that of the common scale, which does not depend on it."""
    for nu, columns in ((3, 1), (5, 2)):
        together = laws.student_of(nu, columns, 0.75).bits
        assert together == pytest.approx(laws.pair_of(0.75, columns).bits + student(nu, columns).bits)


def test_dense_by_its_canonical_correlation() -> None:
    """Sums of d columns: r = d c / (1 + (d - 1) c) is the only one, I = -ln(1 - r^2) / 2."""
    for d in (2, 3, 5):
        r = d * 0.5 / (1 + (d - 1) * 0.5)
        assert laws.dense(d, d).bits == pytest.approx(-0.5 * math.log2(1 - r**2), abs=1e-12)


def test_mixture_against_another_integration() -> None:
    """Adaptive, of one conditional entropy at a time; 1e-6 is what it is asked for."""

    def density(x: float, t: float) -> float:
        return sum(
            w * stats.multivariate_normal(mean, [[1, rho], [rho, 1]]).pdf((x, t))
            for w, mean, rho in laws.TWO_NORMALS
        )

    def margin(x: float) -> float:
        return sum(w * stats.norm.pdf(x - mean[0]) for w, mean, _ in laws.TWO_NORMALS)

    # Both margins are the same, and all mass but 1e-9 lies within 7 of 0.
    nodes, weights = np.polynomial.legendre.leggauss(60)
    x, w = 7 * nodes, 7 * weights
    joint = np.array([[density(a, b) for b in x] for a in x])
    h_xt = -float(w @ (joint * np.log2(joint)) @ w)
    h_x, _ = integrate.quad(lambda a: -margin(a) * math.log2(margin(a)), -8, 8, epsabs=1e-10)
    assert 2 * h_x - h_xt == pytest.approx(laws.mixture().bits, abs=1e-6)


def test_one_component_is_a_normal_pair() -> None:
    assert laws.mixture_bits(((1.0, (0.5, -0.5), 0.75),)) == pytest.approx(laws.PAIR.bits, abs=1e-9)


@pytest.mark.parametrize("bend", [laws.wiggly, laws.asinh], ids=lambda bend: bend.__name__)
def test_bent_columns_rise(bend: laws.Map) -> None:
    assert (np.diff(bend(np.linspace(-9, 9, 10_001)[:, None]), axis=0) > 0).all()


def test_spirals_and_rolls_can_be_undone() -> None:
    """The angle is a function of the radius, which turning keeps; along a roll the radius rises."""
    z = np.random.default_rng(0).normal(size=(100, 3))
    turned = laws.spiral(z)
    angle = -0.5 * (turned[:, 0] ** 2 + turned[:, 1] ** 2)
    back = np.column_stack(
        [
            turned[:, 0] * np.cos(angle) - turned[:, 1] * np.sin(angle),
            turned[:, 0] * np.sin(angle) + turned[:, 1] * np.cos(angle),
            turned[:, 2],
        ]
    )
    assert back == pytest.approx(z, abs=1e-12)
    rolled = laws.swiss_roll(np.linspace(0, 1, 50)[:, None])
    assert (np.diff(np.hypot(*rolled.T)) > 0).all()


@pytest.mark.parametrize("law", [*laws.BETWEEN, *laws.ON_CLASSES, *laws.TABLES], ids=lambda law: law.name)
def test_draws(law: Law) -> None:
    first, second = law.draw(np.random.default_rng(0), 40)
    again, _ = law.draw(np.random.default_rng(0), 40)
    assert len(first) == len(second) == 40
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    assert np.array_equal(first, again)
    assert law.bits >= 0


def test_names_are_unique() -> None:
    names = [law.name for law in (*laws.BETWEEN, *laws.ON_CLASSES, *laws.TABLES)]
    assert len(set(names)) == len(names)
