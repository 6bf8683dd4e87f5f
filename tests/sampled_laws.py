"""Laws to draw from, beyond those of the neighbour estimators: whole covariances, bent sides, mixtures.

Each has its information in closed form or by quadrature; `tests/estimators/test_sampled_laws.py` holds the
numbers against the literature's. Maps act on one side alone and can be undone, so they change no information.

Source:
    Czyz et al. (2023), arXiv:2306.11078 (dense and sparse covariances, Student's t, bent sides); the sets of
    truths that estimators are commonly tried on (log-gamma-exponential, cut uniforms, two normals).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from tests.estimators.neighbour_laws import (
    LN2,
    Law,
    Rows,
    Sample,
    additive_uniform,
    gamma_exponential,
    half_cube,
    normals,
    shifted_uniforms,
    student,
    uniform,
    zero_inflated,
)

Map = Callable[[Rows], Rows]


def as_is(z: Rows) -> Rows:
    """Nothing."""
    return z


def covariances(name: str, matrix: Rows, columns: int) -> Law:
    """Normals of any covariance, X the first `columns`: I = (ln det S_X + ln det S_T - ln det S) / 2 nats."""
    root = np.linalg.cholesky(matrix)
    parts = matrix[:columns, :columns], matrix[columns:, columns:]
    of_x, of_t, of_both = (np.linalg.slogdet(part)[1] for part in (*parts, matrix))

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        both = rng.normal(size=(samples, len(matrix))) @ root.T
        return both[:, :columns], both[:, columns:]

    return Law(name, float(of_x + of_t - of_both) / 2 / LN2, draw)


def dense(columns: int, others: int, correlation: float = 0.5) -> Law:
    """All columns of both sides correlated alike."""
    width = columns + others
    matrix = np.full((width, width), correlation) + (1 - correlation) * np.eye(width)
    return covariances(f"dense-{columns}+{others}", matrix, columns)


def sparse(columns: int, correlation: float = 0.8) -> Law:
    """Two pairs are correlated, the other columns are noise."""
    matrix = np.eye(2 * columns)
    for pair in (0, 1):
        matrix[pair, columns + pair] = matrix[columns + pair, pair] = correlation
    return covariances(f"two-pairs-{columns}+{columns}", matrix, columns)


def student_of(nu: int, columns: int, correlation: float) -> Law:
    """Student's t with correlated pairs: what normals of that dispersion share, and what the scale adds."""
    rho = math.sqrt(1 - correlation**2)

    def f(x: float) -> float:
        return float(special.gammaln(x / 2) - x / 2 * special.digamma(x / 2))

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        scale = np.sqrt(rng.chisquare(nu, (samples, 1)) / nu)
        x, noise = rng.normal(size=(2, samples, columns))
        return x / scale, (correlation * x + rho * noise) / scale

    nats = -columns * math.log(rho) + f(nu) + f(nu + 2 * columns) - 2 * f(nu + columns)
    return Law(f"student-{nu}-{columns}+{columns}-{correlation:g}", nats / LN2, draw)


def wiggly(z: Rows) -> Rows:
    """Slopes from 0.16 to 1.84."""
    return z + 0.4 * np.sin(z) + 0.2 * np.sin(1.7 * z + 1) + 0.03 * np.sin(3.3 * z - 2.5)


def asinh(z: Rows) -> Rows:
    """Tails drawn in."""
    return np.arcsinh(z)


def spiral(z: Rows) -> Rows:
    """The first two columns turn about the origin, by half their squared distance from it."""
    angle = 0.5 * (z[:, 0] ** 2 + z[:, 1] ** 2)
    a = z[:, 0] * np.cos(angle) - z[:, 1] * np.sin(angle)
    b = z[:, 0] * np.sin(angle) + z[:, 1] * np.cos(angle)
    return np.column_stack([a, b, z[:, 2:]])


def swiss_roll(z: Rows) -> Rows:
    """One column, uniform on [0, 1], rolled up in a plane."""
    turned = 1.5 * np.pi * (1 + 2 * z)
    return np.column_stack([turned * np.cos(turned), turned * np.sin(turned)]) / 21


def bent(law: Law, of_x: Map = as_is, of_t: Map = as_is) -> Law:
    """A law with a map on each side."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x, t = law.draw(rng, samples)
        return of_x(x), of_t(t)

    names = [of.__name__ for of in (of_x, of_t) if of is not as_is]
    return Law(f"{law.name}-{'-'.join(names)}", law.bits, draw)


def log_gamma_exponential(theta: float) -> Law:
    """Logarithms of X Gamma(theta) and T exponential of rate X: psi(theta + 1) - ln(theta) nats."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x = rng.gamma(theta, size=(samples, 1))
        return np.log(x), np.log(rng.exponential(1 / x))

    bits = (float(special.digamma(theta + 1)) - math.log(theta)) / LN2
    return Law(f"log-gamma-exponential-{theta:g}", bits, draw)


def wide_noise(reach: float) -> Law:
    """T = X + U(-e, e), X uniform on [0, 1], e >= 1/2: 1 / (4 e) nats."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x = rng.random((samples, 1))
        return x, x + rng.uniform(-reach, reach, size=x.shape)

    return Law(f"wide-noise-{reach:g}", 1 / (4 * reach) / LN2, draw)


Normals = Sequence[tuple[float, tuple[float, float], float]]
"""Of each component of a mixture: its weight, its means in x and t, its correlation (variances are 1)."""

TWO_NORMALS: Normals = ((0.5, (-1.0, -1.0), 0.6), (0.5, (1.0, 1.0), -0.8))


def mixture_bits(parts: Normals, reach: float = 9.0, step: float = 0.02) -> float:
    """Information of a mixture, by the trapezoid rule: exact to rounding for densities that are analytic."""
    nodes = np.arange(-reach, reach, step)
    x, t = np.meshgrid(nodes, nodes, indexing="ij")
    joint = np.zeros_like(x)
    for weight, (mean_x, mean_t), rho in parts:
        a, b, det = x - mean_x, t - mean_t, 1 - rho**2
        joint += weight * np.exp(-(a * a - 2 * rho * a * b + b * b) / (2 * det)) / math.sqrt(det)
    joint /= 2 * np.pi
    p_x, p_t = joint.sum(axis=1, keepdims=True) * step, joint.sum(axis=0) * step
    return float((joint * np.log2(joint / (p_x * p_t))).sum() * step**2)


def mixture(parts: Normals = TWO_NORMALS) -> Law:
    """A mixture of correlated normal pairs."""
    weights = [weight for weight, _, _ in parts]
    means, rho = np.array([mean for _, mean, _ in parts]), np.array([r for _, _, r in parts])

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        which = rng.choice(len(parts), samples, p=weights)
        x, noise = rng.normal(size=(2, samples))
        t = rho[which] * x + np.sqrt(1 - rho[which] ** 2) * noise
        both = means[which] + np.column_stack([x, t])
        return both[:, :1], both[:, 1:]

    return Law("two-normals", mixture_bits(parts), draw)


def table(name: str, joint: Rows) -> Law:
    """Whole numbers with a joint law p(x, t)."""
    p = joint / joint.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    seen = p > 0

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        x, t = np.divmod(rng.choice(p.size, samples, p=p.ravel()), p.shape[1])
        return x[:, None], t[:, None]

    return Law(name, float((p[seen] * np.log2(p[seen] / independent[seen])).sum()), draw)


def signs(noise: float) -> Law:
    """Y is -1 or 1, T = Y + noise N(0, 1); draws (t, y). By Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    lost = np.logaddexp(0.0, -2.0 * (1.0 + noise * nodes) / noise**2) / LN2

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        y = rng.integers(0, 2, samples)
        return (2.0 * y - 1 + noise * rng.normal(size=samples))[:, None], y

    return Law(f"signs-{noise:g}", 1.0 - float(weights @ lost) / math.sqrt(2 * math.pi), draw)


def cut_uniform(cells: int) -> Law:
    """T uniform on [0, 1], Y = floor(m T): log2 m; draws (t, y)."""

    def draw(rng: np.random.Generator, samples: int) -> Sample:
        t: Any = rng.random((samples, 1))
        return t, np.floor(cells * t[:, 0]).astype(np.int64)

    return Law(f"cut-uniform-{cells}", math.log2(cells), draw)


def pair_of(correlation: float, pairs: int = 1) -> Law:
    """Independent pairs of normals, by their correlation."""
    return normals(0.5 * pairs * math.log2(1 / (1 - correlation**2)), pairs)


PAIR = pair_of(0.75)

SAMPLES = 2000
"""Rows drawn, unless somebody says otherwise."""

NORMAL: tuple[Law, ...] = (
    pair_of(0.0),
    PAIR,
    pair_of(0.9, 2),
    dense(2, 2),
    dense(3, 3),
    dense(5, 5),
    dense(1, 4),
    sparse(3),
)
"""Jointly normal."""

BENT_COLUMNS: tuple[Law, ...] = (
    bent(PAIR, uniform, uniform),
    bent(PAIR, of_t=half_cube),
    bent(PAIR, asinh, wiggly),
    bent(dense(2, 2), wiggly, asinh),
    bent(sparse(3), uniform, half_cube),
)
"""Normal after each column was bent, rising."""

WITHOUT_DENSITY: tuple[Law, ...] = (
    bent(bent(PAIR, uniform, uniform), swiss_roll),
    zero_inflated(0.7, 1.0),
)
"""A curve in a plane, and an atom: counts of neighbours take them, entropies do not."""

OTHERS: tuple[Law, ...] = (
    *WITHOUT_DENSITY,
    bent(sparse(2), spiral),
    bent(dense(3, 3), spiral, spiral),
    student(1, 1),
    student(2, 2),
    student_of(3, 1, 0.75),
    student_of(5, 2, 0.75),
    additive_uniform(0.1),
    additive_uniform(0.5),
    wide_noise(0.75),
    gamma_exponential(2.0),
    log_gamma_exponential(0.5),
    mixture(),
)
"""What no normal copula describes."""

BETWEEN: tuple[Law, ...] = NORMAL + BENT_COLUMNS + OTHERS
"""Of two real variables."""

ON_CLASSES: tuple[Law, ...] = (shifted_uniforms(5), signs(0.5), signs(1.0), cut_uniform(4))
"""Of a real variable and classes."""

TABLES: tuple[Law, ...] = (
    table("channel-0.1", np.array([[0.45, 0.05], [0.05, 0.45]])),
    table("erasure-0.3", np.array([[0.35, 0.15, 0.0], [0.0, 0.15, 0.35]])),
    table("identity-16", np.eye(16)),
    table("independent-3x4", np.outer([0.5, 0.3, 0.2], [0.4, 0.3, 0.2, 0.1])),
    table("z-channel", np.array([[0.5, 0.0], [0.25, 0.25]])),
)
"""Of whole numbers."""
