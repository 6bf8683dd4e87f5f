"""Information from local fits to the logarithm of the density, by Gao, Oh and Viswanath."""

import math
from dataclasses import replace
from typing import ClassVar, Final, Literal, final

import numpy as np
from jaxtyping import Float
from pydantic import Field, model_validator

from ibspec.core import Activity, Estimate, Probe, Rows
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.neighbours import (
    Columns,
    Finding,
    columns_of,
    estimate_of,
    information_between,
    information_on_classes,
    inputs_of,
    require_samples,
    targets_of,
    trusted_nats,
)
from ibspec.estimators.neighbours.local_fit import bias, local_entropies

WIDEST: Final = 6
"""Columns of X and T together that are still measured; at 5 + 5 the estimate is far below zero."""

TRUSTED: Final = 3
"""Columns with which the asymptotic correction holds: at 2,000 rows an entropy of 4 is 0.3 nats off."""


@final
class Lnn(Estimator):
    """Estimate I(X;T) = H(X) + H(T) - H(X,T) and I(T;Y) = H(T) - H(T|Y) in bits by local fits.

    Around each row the logarithm of the density is fitted by a polynomial of `order` 0, 1 or 2, with a
    Gaussian kernel as wide as the distance to the k-th neighbour, cut off after `local` neighbours. At very
    strong dependence in one column each it shows more than counts of neighbours do: 3.8 of 4.26 nats from
    100 rows of correlation 0.9999, where `Ksg` shows 3.1.

    The fit is biased by a constant B that depends on k, m, the order and the number of columns alone, as
    the number of rows grows; `asymptotic` subtracts it, `none` does as the authors' program does. With few
    rows B itself is wrong: beyond 3 columns of X and T together by tenths of a nat (`too-wide`), and where
    a joint neighbourhood is almost a line it corrects too much. Beyond 6 columns nothing is measured.

    I(X;T) needs inputs in `probe.x`, read as real numbers; for real-valued targets I(T;Y) is the same sum.
    Rows equal to k others, whose neighbours lie on a line or plane, or that lie far outside their neighbours,
    are left out, counted and warned about, and so are classes of no more than m rows. Where that is more than
    a tenth of the rows nothing is measured: activity with atoms has no density.

    Attributes:
        neighbours: k; with 3, order 2 has heavy tails in one or two columns.
        local: m, at least k and at least 2 (d + 1) for d columns.
        order: Degree of the polynomial.
        bias_correction: `asymptotic` or `none`.
        standardise: Bring each column to standard deviation 1 first.

    Source:
        Gao, Oh & Viswanath (2016), "Breaking the Bandwidth Barrier", arXiv:1609.02208. That B is the same for
        all densities is its theorem; its value for each k, m, order and d is computed here.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["lnn"] = "lnn"
    neighbours: int = Field(default=5, ge=1, description="k, the neighbour whose distance is the scale.")
    local: int = Field(default=30, ge=4, description="m, how many neighbours are fitted.")
    order: int = Field(default=2, ge=0, le=2, description="Degree of the fitted polynomial.")
    bias_correction: Literal["none", "asymptotic"] = Field(
        default="asymptotic", description="Whether the bias for many rows is subtracted."
    )
    standardise: bool = Field(default=True, description="Bring each column to standard deviation 1.")

    @model_validator(mode="after")
    def _scale_lies_inside(self) -> "Lnn":
        if self.local < self.neighbours:
            raise ValueError(f"local must be at least neighbours; got {self.local} and {self.neighbours}")
        return self

    @property
    def label(self) -> str:
        """`lnn(order, k, m)` and what differs from the defaults."""
        raw = "" if self.standardise else ", raw"
        uncorrected = ", uncorrected" if self.bias_correction == "none" else ""
        return f"lnn(order {self.order}, k {self.neighbours}, m {self.local}{uncorrected}{raw})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Fit every neighbourhood; see the class for what the numbers mean.

        Extras:
            ties: Share of rows of X or T with an equal, where there are any.
            i_xt_dropped, i_ty_dropped: Rows left out, where there are any.

        Raises:
            ActivityError: There are too many columns for all that was asked.
        """
        layer = columns_of(t, probe, self.standardise)
        require_samples(self.kind, probe, "local", self.local)
        x, y = inputs_of(probe, self.standardise), targets_of(probe, self.standardise)
        i_xt = None if x is None else self._between(layer, x)
        i_ty = None
        if probe.classes is not None:
            i_ty = self._on_classes(layer, probe.classes)
        elif y is not None:
            i_ty = self._between(layer, y)
        return estimate_of(i_xt, i_ty)

    def _between(self, t: Columns, x: Columns) -> Finding:
        if t.width and x.width and (refused := self._refused(t.width + x.width)):
            return refused
        # Thin neighbourhoods have no ceiling, but beyond ln N their shape says all; flat fits end where
        # counts do.
        samples = len(t.rows)
        most_nats = math.log(samples) if self.order == 2 else trusted_nats(samples, self.neighbours)
        return _warned(information_between(self._local, t, x, most_nats), t.width + x.width)

    def _on_classes(self, t: Columns, classes: np.ndarray) -> Finding:
        if refused := self._refused(t.width):
            return refused
        return _warned(information_on_classes(self._local, t, classes, self.local + 1), t.width)

    def _refused(self, columns: int) -> Finding | None:
        reason = ""
        if columns > WIDEST:
            reason = (
                f"lnn measures at most {WIDEST} columns of both variables together; got {columns}. "
                "A layer of this width needs another estimator"
            )
        elif self.local < 2 * (columns + 1):
            reason = f"a fit to {columns} columns needs local >= {2 * (columns + 1)}; got local={self.local}"
        return Finding(None, codes=frozenset({"too-wide"}), reason=reason) if reason else None

    def _local(self, rows: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, " samples"]:
        each = local_entropies(rows, self.neighbours, self.local, self.order)
        if self.bias_correction == "none":
            return each
        return each - bias(self.neighbours, self.local, self.order, rows.shape[1])

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of a few copies of the columns, of distances and indices, and of some fits."""
        fits = 1_000 * self.local * WIDEST * (WIDEST + 4) * 8
        return samples * (8 * 6 * units + 32 * (self.local + 1) + 256) + fits


def _warned(found: Finding, columns: int) -> Finding:
    """With `too-wide` where the correction is not to be trusted."""
    if columns <= TRUSTED or found.nats is None:
        return found
    return replace(found, codes=found.codes | {"too-wide"})
