"""Truths of drawn samples: law, estimator, rows, and how far the mean over seeds may be from the truth.

A mean may lie `below` or `above` the truth by a bias, and by four standard errors over the seeds. A bias is
allowed where theory gives it, or an independent program shows it (`independent_biases.json`) or a publication
prints it; never because we do. To add one, append it to its list; `tests/estimators/test_sampled_truths.py`
does the rest. Numbers that need no tolerance but rounding are in `tests/truths.py`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np

from ibspec.core import Estimate, Probe
from ibspec.estimators import (
    AdaptiveKde,
    AsIfRandom,
    Binning,
    Edge,
    Estimator,
    Exact,
    Fixed,
    Gaussian,
    GaussianCopula,
    InfoNce,
    Kde,
    KozachenkoLeonenko,
    Ksg,
    Lnn,
    LocalGaussian,
    Mine,
    Nwj,
    Renyi,
    SamplePropagation,
    Separable,
    Width,
)
from tests import sampled_laws
from tests.estimators.neighbour_laws import LN2, Law
from tests.sampled_laws import BENT_COLUMNS, BETWEEN, NORMAL, ON_CLASSES, PAIR, TABLES, WITHOUT_DENSITY

INDEPENDENT: Final = json.loads(Path(__file__).with_name("independent_biases.json").read_text("utf-8"))
"""By law and way: mean and standard error of an independent program's error at 2,000 rows, in bits."""

ASKED: Final = 0.02
"""Bits: what was asked of a copula on bent normals, whatever its theory."""

PEERS: Final = 0.1
"""Bits: what was asked of neural bounds, and what the benchmark bmi allows them (0.1 nats at 5,000 rows)."""


@final
@dataclass(frozen=True)
class Sampled:
    """One law, one estimator, and what its mean over seeds must be.

    Attributes:
        below: Bits by which the mean may be too small, four standard errors apart.
        above: Bits by which it may be too large.
        because: Where the two come from.
        on: What the law draws: x and t, t and classes y, or whole numbers x and t.
    """

    law: Law
    estimator: Estimator
    below: float
    above: float
    because: str
    samples: int = sampled_laws.SAMPLES
    seeds: int = 8
    on: Literal["pairs", "classes", "means"] = "pairs"

    @property
    def name(self) -> str:
        """Estimator and law."""
        return f"{self.estimator.label}-{self.law.name}-{self.samples}"

    def estimate(self, seed: int) -> Estimate:
        """One estimate."""
        rng = np.random.default_rng([seed, 1])
        first, second = self.law.draw(rng, self.samples)
        t, probe = _asked(self.on, first, second)
        return self.estimator.estimate(t, probe, rng=rng)

    def bits(self, estimate: Estimate) -> float:
        """What the law's number is compared with."""
        found = estimate.i_ty if self.on == "classes" else estimate.i_xt
        assert found is not None
        return found


def _asked(on: str, first: Any, second: Any) -> tuple[Any, Probe]:
    if on == "pairs":
        return second, Probe(x=first)
    if on == "classes":
        return first, Probe(y=second)
    means = 2.0 * second[:, None] - 1  # T is drawn anew around them, of the classes alone
    return means, Probe(ids=second)


def neighbours() -> Iterator[Sampled]:
    """Counts and entropies of neighbours, allowed what ennemi and scikit-learn show with the same k."""
    because = "error of ennemi (classes: scikit-learn's counts) at as many rows, four standard errors of it"
    for law in (*BETWEEN, *ON_CLASSES):
        on: Any = "classes" if law in ON_CLASSES else "pairs"
        for estimator, way in ((Ksg(), "counts"), (KozachenkoLeonenko(), "entropies")):
            if way == "entropies" and law in WITHOUT_DENSITY:
                continue
            bias, error = INDEPENDENT[law.name][way]
            below, above = max(-bias, 0) + 4 * error, max(bias, 0) + 4 * error
            yield Sampled(law, estimator, below, above, because, on=on)


def normals() -> Iterator[Sampled]:
    """Covariances of normal rows, and ranks of normal rows that were bent."""
    for law in NORMAL:
        yield Sampled(law, Gaussian(), 0, 0, "unbiased for normal rows: the excess of Wishart is taken off")
    for law in NORMAL[-3:]:  # of few rows the excess is 0.03 to 0.2 bits
        yield Sampled(law, Gaussian(), 0, 0, "as above, of few rows", 100, 60)
    for law in (*NORMAL, *BENT_COLUMNS):
        yield Sampled(law, GaussianCopula(), ASKED, ASKED, "as was asked; ranks have less spread than rows")
    for noise in (0.5, 1.0):
        law = sampled_laws.signs(noise)
        # Each row is judged by clouds fitted without it: about (parameters) / (2 N) nats too little.
        lost = 5 / (2 * sampled_laws.SAMPLES * LN2)
        yield Sampled(law, Gaussian(), lost, 0, "two clouds and their shares: 5 numbers", on="classes")


def local_fits() -> Iterator[Sampled]:
    """Local fits where their errors are known: laws as smooth as a normal one, in one column each."""
    normal = (sampled_laws.pair_of(0.0), PAIR)
    for law in (*normal, sampled_laws.mixture()):
        # The corrected entropy of normal rows: -.002 nats off in 1 column, +.005 to .025 in 2, at 2,000 rows.
        yield Sampled(law, Lnn(), 0.029 / LN2, 0.002 / LN2, "asymptotic constant at 2,000 rows, printed")
    # A kernel that holds k of N rows has h^2 = 2 k / N sqrt(1 - rho^2) at the centre of a normal law (its
    # density there times pi h^2 is k / N), 0.05; log2(1 + h^2) / 2 a column if it widened the law by h^2.
    for law in normal:
        yield Sampled(law, LocalGaussian(), 0.07, 0.07, "smoothing by neighbourhoods", 400, 3)
    yield Sampled(
        sampled_laws.signs(0.5), LocalGaussian(), 0.07, 0.07, "as above, in one column", 400, 3, "classes"
    )
    yield Sampled(sampled_laws.signs(0.5), Lnn(), 0.02, 0.02, "constant cancels but in tails", on="classes")


def excess(law: Law) -> float:
    """Bits by which counting shows too much, to first order: (cells - rows - columns + 1) / (2 N) nats."""
    x, t = law.draw(np.random.default_rng(0), 100_000)
    pairs, ones, others = (len(np.unique(rows, axis=0)) for rows in (np.hstack([x, t]), x, t))
    return (pairs - ones - others + 1) / 2 / LN2


def counted() -> Iterator[Sampled]:
    """Whole numbers: plug-in information and its first-order excess (Miller; Panzeri & Treves)."""
    plug_in: tuple[tuple[Estimator, int], ...] = (
        (Exact(), 2000),
        (Binning(cells=Width(1.0)), 2000),
        (AsIfRandom(under=Binning(cells=Width(1.0)), window=1), 2000),
        (Edge(clip=None, gamma=1e-6), 2000),
        (Renyi(alpha=1.0, width=Fixed(sigma=0.05)), 300),  # kernels between numbers are exp(-200)
    )
    for law in TABLES:
        extra = max(excess(law), 0.0)
        lost = max(-excess(law), 0.0)
        for estimator, samples in plug_in:
            # The next order is 1 / (12 N^2) sum of 1/p: below a hundredth of the first for these tables.
            yield Sampled(law, estimator, lost / samples * 1.01, extra / samples * 1.01, "counting", samples)


def noisy() -> Iterator[Sampled]:
    """T = ±1 + noise, by its means and its noise: exact but for the draws."""
    for noise in (0.25, 0.5, 1.0):
        law = sampled_laws.signs(noise)
        yield Sampled(
            law,
            SamplePropagation(sigma=noise),
            1e-3,
            0,
            "an uneven draw of signs, 1 / (2 N ln 2)",
            400,
            8,
            "means",
        )


SMALL: Final[dict[str, Any]] = {
    "batch": 64,
    "steps": 300,
    "restarts": 2,
    "critic": Separable(hidden=(32, 32)),
}


def neural() -> Iterator[Sampled]:
    """Bounds by small critics: from below, by what was asked; InfoNCE also by what its batch hides."""
    strong = sampled_laws.pair_of(0.9)
    # Even the best critic lacks E_p[p/q - 1] / (2 batch) nats, and E_p[p/q] = 1 / (1 - rho^2).
    hidden = (1 / (1 - 0.9**2) - 1) / (2 * SMALL["batch"]) / LN2
    because = "a bound, short by what was asked"
    longer = SMALL | {"steps": 700}
    yield Sampled(strong, InfoNce(**SMALL), PEERS + hidden, 0, because, 4000, 3)
    yield Sampled(BENT_COLUMNS[2], Nwj(**longer), PEERS, 0, because, 4000, 3)
    # The logarithm of a mean of 500 rows, E_q e^2s = 1 / (1 - rho^2): half the relative variance, doubled.
    yield Sampled(PAIR, Mine(**longer), PEERS, 1 / (1 - 0.75**2) / 500 / LN2, because, 4000, 3)


ALL: tuple[Sampled, ...] = tuple(
    truth for each in (neighbours, normals, local_fits, counted, noisy, neural) for truth in each()
)


@final
@dataclass(frozen=True)
class Bracket:
    """A law of noisy means and an estimator that bounds its number from both sides."""

    noise: float
    estimator: Estimator

    @property
    def name(self) -> str:
        """Estimator and noise."""
        return f"{self.estimator.label}-{self.noise:g}"


BRACKETS: tuple[Bracket, ...] = tuple(
    Bracket(noise, estimator)
    for noise in (0.25, 0.5, 1.0)
    for estimator in (Kde(noise_variance=noise**2), AdaptiveKde(noise_share=noise))
)
"""Means ±1, whose largest activity is 1."""

Printed = tuple[int, float, int, tuple[tuple[float, float], ...]]

PRINTED: tuple[Printed, ...] = (
    (1000, 0.0, 1, ((-0.002, 0.029), (-0.004, 0.035), (0.004, 0.038))),
    (1000, 0.6, 1, ((0.225, 0.030), (0.224, 0.027), (0.234, 0.040))),
    (1000, 0.9, 1, ((0.847, 0.034), (0.846, 0.034), (0.851, 0.047))),
    (1000, 0.999, 1, ((3.134, 0.040), (3.136, 0.037), (3.140, 0.050))),
    (1000, 0.99999, 1, ((4.972, 0.021), (5.008, 0.022), (5.020, 0.029))),
    (100, 0.9999, 1, ((3.109, 0.027), (3.143, 0.035), (3.129, 0.040))),
    (2000, 0.6, 2, ((0.447, 0.027), (0.451, 0.032), (0.468, 0.037))),
    (2000, 0.9, 2, ((1.643, 0.025), (1.647, 0.025), (1.665, 0.036))),
    (2000, 0.5, 5, ((0.544, 0.034), (0.559, 0.038), (0.445, 0.036))),
    (2000, 0.9, 5, ((2.885, 0.031), (2.961, 0.032), (3.044, 0.034))),
)
"""Rows, correlation, pairs, and mean and deviation over 20 seeds in nats of KSG-1, KSG-2 and a sum of three
entropies, k = 3, by programs of others: also where all of them are far from the truth."""
