"""Two Gaussian clouds, one a class, among coordinates that tell nothing."""

import math
from typing import Literal, final

import numpy as np
from pydantic import Field, PositiveInt

from ibspec.core import LN2, child_generator
from ibspec.data.dataset import Data, Dataset
from ibspec.data.drawing import Columns, Fraction, Rows, Seed, hash_blocks, refuse_too_many
from ibspec.data.hiding import rotate, rotation
from ibspec.data.places import Places

ENTROPY_OF_NORMAL = math.log2(2 * math.pi * math.e) / 2
"""Differential entropy in bits of the standard normal law."""


@final
class GaussianMixture(Data):
    """A fair coin y and x = +mu or -mu plus Gaussian noise, then coordinates of pure standard noise.

    Every relevant coordinate of mu is the same; only |mu| / noise matters for the information, and only
    the sum of the relevant coordinates knows about y.

    Attributes:
        relevant: Coordinates with a mean; they come first.
        irrelevant: Coordinates of standard normal noise.
        distance: |mu| / noise, from the origin to either centre in standard deviations.
        noise: Standard deviation of each relevant coordinate around its mean.
        hidden: Turn the whole space at random: no coordinate is then relevant alone.
        samples: Rows, drawn independently.
        seed: Decides the rows and the turn; nothing else does.
        train_fraction: Part of the rows, drawn at random, that training sees.
    """

    kind: Literal["gaussian-mixture"] = "gaussian-mixture"
    relevant: PositiveInt = Field(le=1_000_000)
    irrelevant: Columns = 0
    distance: float = Field(ge=0, le=1e6)
    noise: float = Field(default=1.0, ge=1e-6, le=1e6)
    hidden: bool = False
    samples: Rows
    seed: Seed = 0
    train_fraction: Fraction = 0.8

    def load(self, places: Places) -> Dataset:
        """Draw the rows; nothing is read from disk."""
        columns = self.relevant + self.irrelevant
        refuse_too_many(self.kind, self.samples, columns)
        rng = child_generator(self.seed, "data")
        y = rng.integers(0, 2, size=self.samples)
        rows = rng.standard_normal((self.samples, columns))
        mean = self.distance / math.sqrt(self.relevant)
        rows[:, : self.relevant] += np.where(y == 1, mean, -mean)[:, None]
        rows[:, : self.relevant] *= self.noise
        parts = rows.astype(np.float32)
        mixing = rotation(columns, child_generator(self.seed, "data", "hidden")) if self.hidden else None
        x = parts if mixing is None else rotate(parts, mixing)
        return Dataset(
            name=self.kind,
            x=x,
            y=y,
            class_count=2,
            source="drawn by its rule",
            sha256=hash_blocks(x, y),
            train_fraction=self.train_fraction,
            relevant=parts[:, : self.relevant],
            irrelevant=parts[:, self.relevant :],
            mixing=mixing,
            truth=self.truth,
        )

    @property
    def truth(self) -> dict[str, float]:
        """Exact values in bits; h(X) = I(X;Y) + h(X|Y)."""
        i_xy = information_of_two_clouds(self.distance)
        of_relevant = self.relevant * (ENTROPY_OF_NORMAL + math.log2(self.noise))
        return {
            "differential_h_x": i_xy + of_relevant + self.irrelevant * ENTROPY_OF_NORMAL,
            "h_y": 1.0,
            "i_xy": i_xy,
            "i_relevant_y": i_xy,
            "i_irrelevant_y": 0.0,
            "i_irrelevant_y_given_relevant": 0.0,
        }


def information_of_two_clouds(a: float) -> float:
    """Return I(X;Y) in bits of y = +-1 fair and x = a y + z, z standard normal: 1 - E log2(1 + e^(-2a(a+z))).

    Trapezoids over z from -40 to 40 in steps of 1/200: beyond, the normal density is below 10^-347. The
    integrand is analytic in a strip around the real line whose half width is pi / (2a), so that the error
    falls like exp(-2 pi 200 pi / (2a)), and is below rounding up to a = 40; there I is 1 up to rounding,
    as it is for every larger a.

    Source:
        The posterior of y is 1 / (1 + e^(-2ax)); Trefethen & Weideman (2014), SIAM Review 56, theorem 5.1,
        for the trapezoidal rule.
    """
    if a > 40:
        return 1.0
    z = np.arange(-8000, 8001) / 200
    weights = np.exp(-(z**2) / 2) / (200 * math.sqrt(2 * math.pi))
    return 1.0 - float(weights @ np.logaddexp(0.0, -2 * a * (a + z))) / LN2
