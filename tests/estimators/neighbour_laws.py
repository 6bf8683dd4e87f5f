"""Laws of two variables whose information is known in closed form: what neighbour estimators are tried on.

A tolerance is an allowance for bias plus 4 standard errors of the mean over seeds. The allowance is what
was asked of the estimator, or comes from an independent program; never from our own output.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.special import digamma, gammaln
from scipy.stats import norm

from ibspec.core import Probe
from ibspec.estimators import Estimator

LN2 = math.log(2)

Rows = np.ndarray[Any, np.dtype[Any]]
Sample = tuple[Rows, Rows]


@final
@dataclass(frozen=True)
class Law:
    """Draws x and t (or t and y), and how many bits they share."""

    name: str
    bits: float
    draw: Callable[[np.random.Generator, int], Sample]


def normals(bits: float, pairs: int = 1, warp: Callable[[Rows], Rows] | None = None) -> Law:
    """Independent pairs of correlated normals, `bits` in all; the second variable may be warped."""
    rho = math.sqrt(1 - 2 ** (-2 * bits / pairs))

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x = rng.normal(size=(samples, pairs))
        t = rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(samples, pairs))
        return x, t if warp is None else warp(t)

    warped = "" if warp is None else f"-{warp.__name__}"
    return Law(f"normal-{pairs}+{pairs}-{bits:g}{warped}", bits, draw)


def uniform(t: Rows) -> Rows:
    """Uniform margins."""
    return np.asarray(norm.cdf(t))


def half_cube(t: Rows) -> Rows:
    """Heavy tails."""
    return np.asarray(t * np.sqrt(np.abs(t)))


def additive_uniform(width: float) -> Law:
    """T = X + U(-e, e), X uniform on [0, 1], e <= 1/2: I = e - ln(2 e) nats."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x = rng.random((samples, 1))
        return x, x + rng.uniform(-width, width, size=x.shape)

    return Law(f"additive-uniform-{width:g}", (width - math.log(2 * width)) / LN2, draw)


def student(nu: int, columns: int) -> Law:
    """Student's t with unit dispersion: uncorrelated, yet dependent through the common scale."""

    def f(x: float) -> float:
        return float(gammaln(x / 2) - x / 2 * digamma(x / 2))

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        both = rng.normal(size=(samples, 2 * columns)) / np.sqrt(rng.chisquare(nu, (samples, 1)) / nu)
        return both[:, :columns], both[:, columns:]

    nats = f(nu) + f(nu + 2 * columns) - 2 * f(nu + columns)
    return Law(f"student-{nu}-{columns}+{columns}", nats / LN2, draw)


def gamma_exponential(theta: float) -> Law:
    """X Gamma(theta), T exponential with rate X: I = psi(theta + 1) - ln(theta)."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x = rng.gamma(theta, size=(samples, 1))
        return x, rng.exponential(1 / x)

    return Law(f"gamma-exponential-{theta:g}", (digamma(theta + 1) - math.log(theta)) / LN2, draw)


def shifted_uniforms(symbols: int) -> Law:
    """Y uniform on 0..m-1, T uniform on [Y, Y + 2]: I = ln m - (m - 1)/m ln 2. Returns (t, y)."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        y = rng.integers(0, symbols, samples)
        return y[:, None] + rng.uniform(0, 2, (samples, 1)), y

    return Law(f"shifted-uniforms-{symbols}", math.log2(symbols) - (symbols - 1) / symbols, draw)


def zero_inflated(keep: float, bits: float) -> Law:
    """T is correlated with X, or with probability 1 - keep it is 0 and says nothing: I = keep times theirs.

    Whether T is 0 is independent of X and seen in T, so I(X;T) = I(X;T|kept or not).
    """
    law = normals(bits)

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x, t = law.draw(rng, samples)
        return x, np.where(rng.random((samples, 1)) < keep, t, 0.0)

    return Law(f"zero-inflated-{keep:g}-{bits:g}", keep * bits, draw)


def i_xt(estimator: Estimator, sample: Sample) -> float:
    """Bits between x and t."""
    x, t = sample
    found = estimator.estimate(t, Probe(x=x)).i_xt
    assert found is not None
    return found


def i_ty(estimator: Estimator, sample: Sample) -> float:
    """Bits between t and classes y."""
    t, y = sample
    found = estimator.estimate(t, Probe(y=y)).i_ty
    assert found is not None
    return found


def assert_near(estimates: list[float], bits: float, allowance: float) -> None:
    """The mean over seeds is within the allowance and 4 standard errors."""
    error = float(np.std(estimates, ddof=1)) / math.sqrt(len(estimates))
    mean = float(np.mean(estimates))
    assert abs(mean - bits) <= allowance + 4 * error, f"{mean:.4f} ± {error:.4f}, wanted {bits:.4f}"


def over_seeds(law: Law, measure: Callable[[Sample], float], samples: int, seeds: int) -> list[float]:
    """One estimate for each seed."""
    return [measure(law.draw(np.random.default_rng(1000 + seed), samples)) for seed in range(seeds)]
