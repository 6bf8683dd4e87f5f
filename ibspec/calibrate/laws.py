"""Laws of a pair (X, T) whose information is known on paper: the test bed of the estimators.

Source:
    Czyz et al. (2023), arXiv:2306.11078 (normals, warped normals, Student's t, additive noise); Kraskov,
    Stoegbauer & Grassberger (2004) (gamma-exponential); Gao et al. (2017) (a discrete X with a continuous T).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from ibspec.calibrate.law import Added, Law, Rng, Rows
from ibspec.core import LN2


def _normal(rho: float, warp: Callable[[Rows], Rows] = lambda z: z) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.standard_normal((samples, dims))
        t = rho * x + _rest(rho) * rng.standard_normal((samples, dims))
        return warp(x), warp(t)

    return draw


def _rest(rho: float) -> float:
    """Standard deviation of the noise beside rho X in a normal T of variance 1."""
    return math.sqrt(1.0 - rho**2)


def _normal_added(rho: float) -> Added:
    return Added(_rest(rho), lambda x, rng: rho * x)


def _relayed_added(rho: float) -> Added:
    """Half of the noise's variance comes from a layer before."""
    half = _rest(rho) / math.sqrt(2.0)
    return Added(half, lambda x, rng: rho * x + half * rng.standard_normal(x.shape), is_first=False)


def _normal_bits(rho: float) -> Callable[[int], float]:
    return lambda dims: -0.5 * dims * math.log2(1.0 - rho**2)


def _student(nu: int) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        scale = np.sqrt(rng.chisquare(nu, (samples, 1)) / nu)
        x, t = rng.standard_normal((2, samples, dims)) / scale
        return x, t

    return draw


def _student_bits(nu: int) -> Callable[[int], float]:
    """Uncorrelated, and dependent all the same, through the common scale."""

    def f(a: float) -> float:
        return float(special.gammaln(a / 2) - a / 2 * special.digamma(a / 2))

    return lambda dims: (f(nu) + f(nu + 2 * dims) - 2 * f(nu + dims)) / LN2


def _additive(reach: float) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.uniform(size=(samples, dims))
        return x, x + rng.uniform(-reach, reach, (samples, dims))

    return draw


def _additive_bits(reach: float) -> Callable[[int], float]:
    nats = reach - math.log(2 * reach) if reach <= 0.5 else 1 / (4 * reach)
    return lambda dims: dims * nats / LN2


def _half_cube(z: Rows) -> Rows:
    return np.asarray(z * np.sqrt(np.abs(z)))


def _discrete_continuous(values: int) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.integers(0, values, (samples, 1))
        return x, x + rng.uniform(0, 2, (samples, 1))

    return draw


def _signs(noise: float) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.choice([-1.0, 1.0], (samples, 1))
        return x, x + noise * rng.standard_normal((samples, 1))

    return draw


def _signs_bits(noise: float) -> float:
    """1 - E log2(1 + exp(-2 (1 + noise z) / noise^2)) for normal z, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    lost = np.logaddexp(0.0, -2.0 * (1.0 + noise * nodes) / noise**2) / LN2
    return 1.0 - float(weights @ lost) / math.sqrt(2 * math.pi)


def _gamma_exponential(theta: float) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.gamma(theta, size=(samples, 1))
        return x, rng.exponential(1.0 / x)

    return draw


def _channel(flip: float) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.integers(0, 2, (samples, 1))
        return x, (x ^ (rng.uniform(size=(samples, 1)) < flip)).astype(np.float64)

    return draw


def _identity(symbols: int) -> Any:
    def draw(samples: int, dims: int, rng: Rng) -> tuple[Rows, Rows]:
        x = rng.integers(0, symbols, (samples, 1))
        return x, x.astype(np.float64)

    return draw


def _coin_bits(flip: float) -> float:
    return 1.0 + flip * math.log2(flip) + (1 - flip) * math.log2(1 - flip)


WIDTHS = (1, 2, 5, 10)

LAWS: tuple[Law, ...] = (
    Law(
        "independent",
        "independent normals",
        WIDTHS,
        lambda dims: 0.0,
        _normal(0.0),
        added=_normal_added(0.0),
    ),
    Law(
        "normal-0.6",
        "normals, correlation 0.6",
        WIDTHS,
        _normal_bits(0.6),
        _normal(0.6),
        added=_normal_added(0.6),
    ),
    Law(
        "normal-0.9",
        "normals, correlation 0.9",
        WIDTHS,
        _normal_bits(0.9),
        _normal(0.9),
        added=_normal_added(0.9),
    ),
    Law(
        "normal-0.999",
        "normals, correlation 0.999",
        (1, 2),
        _normal_bits(0.999),
        _normal(0.999),
        added=_normal_added(0.999),
    ),
    Law(
        "relayed-0.9",
        "normals, correlation 0.9, half of the noise from an earlier layer",
        (1, 2),
        _normal_bits(0.9),
        _normal(0.9),
        added=_relayed_added(0.9),
    ),
    Law(
        "uniform-margins",
        "normals of correlation 0.9 through their distribution function",
        (1, 2),
        _normal_bits(0.9),
        _normal(0.9, special.ndtr),
    ),
    Law(
        "half-cube",
        "normals of correlation 0.9, z |z|^0.5",
        (1, 2),
        _normal_bits(0.9),
        _normal(0.9, _half_cube),
    ),
    Law("student-1", "Student's t, 1 degree of freedom, uncorrelated", (1, 2), _student_bits(1), _student(1)),
    Law(
        "student-3",
        "Student's t, 3 degrees of freedom, uncorrelated",
        (1, 2, 5),
        _student_bits(3),
        _student(3),
    ),
    Law(
        "additive-0.1",
        "uniform plus uniform noise in [-0.1, 0.1]",
        (1, 2),
        _additive_bits(0.1),
        _additive(0.1),
    ),
    Law(
        "additive-0.75",
        "uniform plus uniform noise in [-0.75, 0.75]",
        (1, 2),
        _additive_bits(0.75),
        _additive(0.75),
    ),
    Law(
        "gamma-exponential",
        "T given X is exponential of rate X, X is gamma of shape 2",
        (1,),
        lambda dims: float(special.digamma(3.0) - math.log(2.0)) / LN2,
        _gamma_exponential(2.0),
    ),
    Law(
        "discrete-continuous",
        "X one of 5 integers, T = X + uniform on [0, 2]",
        (1,),
        lambda dims: math.log2(5) - 4 / 5,
        _discrete_continuous(5),
        discrete=True,
    ),
    Law(
        "signs-0.5",
        "X one of -1, 1, T = X + 0.5 N",
        (1,),
        lambda dims: _signs_bits(0.5),
        _signs(0.5),
        discrete=True,
        added=Added(0.5, lambda x, rng: x),
    ),
    Law(
        "channel-0.1",
        "a bit, flipped with probability 0.1",
        (1,),
        lambda dims: _coin_bits(0.1),
        _channel(0.1),
        discrete=True,
        whole=True,
    ),
    Law(
        "identity-16",
        "T = X, one of 16 symbols",
        (1,),
        lambda dims: 4.0,
        _identity(16),
        discrete=True,
        whole=True,
    ),
)
"""In the order of the tables."""
