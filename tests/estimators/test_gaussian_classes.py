"""Normal classes: what clouds fitted to each tell of the label."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from tests.estimators.test_gaussian import ROUNDING, gaussian, standard_errors


def two_clouds(shift: float) -> float:
    """I(T;Y) in bits of T = ±shift + N(0,1), by quadrature."""

    def posterior(z: float) -> float:
        return stats.norm.pdf(z) * (1 - np.logaddexp(0, -2 * shift * (shift + z)) / math.log(2))

    return float(integrate.quad(posterior, -12, 12, epsabs=1e-12)[0])


@pytest.mark.parametrize(("shift", "printed"), [(1.0, 0.33683), (2.0, 0.63272), (4.0, 0.69305)])
def test_normal_classes(shift: float, printed: float) -> None:
    """Allowance 0.003 bits: half the four parameters over N = 4000, and the priors' one more, is 1e-3."""

    def one(rng: np.random.Generator) -> float:
        y = rng.integers(0, 2, 4000)
        return gaussian((2 * y - 1) * shift + rng.normal(size=4000), y=y).i_ty

    exact = two_clouds(shift)
    assert exact == pytest.approx(printed / math.log(2), abs=1e-5)
    mean, error = standard_errors(one)
    assert mean == pytest.approx(exact, abs=error + 0.003, rel=0)


@pytest.mark.parametrize("units", [1, 5, 10])
def test_class_information_is_not_above_the_truth_on_average(units: int) -> None:
    """Nothing to know, few rows: with rows left out the mean is not above 0; without, it is far above."""

    def one(correction: str) -> Callable[[np.random.Generator], float]:
        def law(rng: np.random.Generator) -> float:
            t = rng.exponential(size=(150, units))
            return gaussian(t, y=np.arange(150) % 3, bias_correction=correction).i_ty

        return law

    mean, error = standard_errors(one("closed-form"), 40)
    assert mean <= error
    if units > 1:  # one unit has too little to overfit
        mean, error = standard_errors(one("none"), 40)
        assert mean > error


def test_each_row_is_left_out() -> None:
    """The closed form is what fitting again without the row gives."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [12, 20, 9])
    t = rng.normal(size=(41, 3)) * (1 + y[:, None]) + y[:, None]
    scores = []
    for i in range(41):
        rest = np.arange(41) != i
        densities = [
            stats.multivariate_normal(t[rest & (y == c)].mean(0), np.cov(t[rest & (y == c)].T)).pdf(t[i])
            * (rest & (y == c)).sum()
            for c in range(3)
        ]
        scores.append(math.log2(densities[y[i]] / sum(densities)))
    shares = np.bincount(y) / 41
    expected = -(shares * np.log2(shares)).sum() + np.mean(scores)
    assert gaussian(t, y=y).i_ty == pytest.approx(expected, abs=ROUNDING, rel=0)


def test_classes_that_are_far_apart_tell_the_label_and_no_more() -> None:
    """The difference of entropies exceeds H(Y) = 1 bit; the headline does not."""
    y = np.arange(1000) % 2
    estimate = gaussian(100 * y + np.random.default_rng(0).normal(size=1000), y=y)
    assert estimate.i_ty == pytest.approx(1.0, abs=1e-12)
    assert estimate.extras["i_ty_entropy_difference"] > 5


def test_classes_told_apart_by_their_spread() -> None:
    """Equal means: linear dependence sees nothing, clouds do."""
    y = np.arange(4000) % 2
    t = np.random.default_rng(0).normal(size=4000) * (1 + 4 * y)
    assert gaussian(t, y=y).i_ty > 0.2
    assert abs(gaussian(t, y=y.astype(float)).i_ty) < 0.01


def test_it_is_no_bound() -> None:
    """X = ±1 and T = X + N(0, 1/4): I = 0.9128 bits, and the normal channel has log2(5) / 2 = 1.161."""

    def one(rng: np.random.Generator) -> float:
        x = rng.choice([-1.0, 1.0], 4000)
        return gaussian(x + 0.5 * rng.normal(size=4000), x).i_xt

    mean, error = standard_errors(one)
    assert two_clouds(2.0) == pytest.approx(0.9128, abs=1e-4)
    assert mean == pytest.approx(math.log2(5) / 2, abs=error, rel=0)
