"""Information as a difference of entropies by nearest neighbours, by Kozachenko and Leonenko."""

import math
from functools import cache
from typing import ClassVar, Literal, final

import numpy as np
from jaxtyping import Float
from pydantic import Field
from scipy.special import digamma, gammaln

from ibspec.core import Activity, ActivityError, Estimate, Probe, Rows, bits
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.neighbours import (
    Columns,
    columns_of,
    estimate_of,
    information_between,
    information_on_classes,
    inputs_of,
    nearest,
    require_samples,
    targets_of,
    trusted_nats,
)


@final
class KozachenkoLeonenko(Estimator):
    """Estimate I(X;T) = H(X) + H(T) - H(X,T) and I(T;Y) = H(T) - H(T|Y) in bits, neighbours giving entropies.

    Each entropy is psi(N) - psi(k) + d ln 2 + d mean ln r, with r the distance to the k-th neighbour (a
    radius, so that the ball is 2r wide) by the largest difference in any column. The errors of the three
    do not cancel: at equal cost `Ksg` has less variance, and less bias in most cases. Its other limits are
    the same: `saturated` near psi(N) - psi(k) nats, `too-wide` beyond 6 columns of X and T together.

    I(X;T) needs inputs in `probe.x`, read as real numbers; for real-valued targets I(T;Y) is the same sum.
    Rows equal to k others have no density: they are left out, counted and warned about, and so are classes
    of no more than k rows. Where they are more than a tenth of all rows nothing is measured.

    Attributes:
        neighbours: k.
        weights: `last` uses the k-th neighbour alone. `berrett` combines neighbours up to the k-th so that
            the leading errors cancel; it differs from `last` in spaces of 4 columns and more, and wants k of
            a few times the number of columns. On a uniform cube its error is less than half of that of the
            third neighbour alone; on normals of a few thousand rows it is no smaller.
        standardise: Bring each column to standard deviation 1 first.

    Source:
        Kozachenko & Leonenko (1987), Probl. Inf. Transm. 23, 95; in the form of Kraskov et al. (2004),
        eq. 20, whose distance is twice the radius.
        Berrett, Samworth & Yuan (2019), Ann. Statist. 47, 288, the weights; psi(N) here is ln(N-1) there.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["kozachenko-leonenko"] = "kozachenko-leonenko"
    neighbours: int = Field(default=3, ge=1, description="k, the farthest neighbour that is used.")
    weights: Literal["last", "berrett"] = Field(default="last", description="How neighbours are combined.")
    standardise: bool = Field(default=True, description="Bring each column to standard deviation 1.")

    @property
    def label(self) -> str:
        """`kozachenko-leonenko(k)` and what differs from the defaults."""
        weights = ", berrett" if self.weights == "berrett" else ""
        raw = "" if self.standardise else ", raw"
        return f"kozachenko-leonenko(k {self.neighbours}{weights}{raw})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Measure distances to neighbours; see the class for what the numbers mean.

        Extras:
            differential_h_t: H(T) in bits of the activity as it came, in its units: it may be negative, and
                changes when the activity is rescaled. Absent where a unit is constant.
            ties: Share of rows of X or T with an equal, where there are any.
            i_xt_dropped, i_ty_dropped: Rows left out, where there are any.
        """
        layer = columns_of(t, probe, self.standardise)
        require_samples(self.kind, probe, "neighbours", self.neighbours)
        x, y = inputs_of(probe, self.standardise), targets_of(probe, self.standardise)
        most_nats = trusted_nats(probe.samples, self.neighbours)
        i_ty = None
        if probe.classes is not None:
            i_ty = information_on_classes(self._local, layer, probe.classes, self.neighbours + 1)
        elif y is not None:
            i_ty = information_between(self._local, layer, y, most_nats)
        i_xt = None if x is None else information_between(self._local, layer, x, most_nats)
        return estimate_of(i_xt, i_ty, **self._entropy(layer))

    def _local(self, rows: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, " samples"]:
        """-ln(density) at each row; NaN where k others are equal to it."""
        samples, columns = rows.shape
        weights = _weights(self.neighbours, columns, self.weights)
        used = np.flatnonzero(weights) + 1
        distances = nearest(rows, self.neighbours + 1).distances[:, used]
        logs = np.log(distances, out=np.full_like(distances, np.nan), where=distances > 0)
        ball = digamma(samples) - digamma(used) + columns * (math.log(2.0) + logs)
        return np.asarray(ball @ weights[used - 1])

    def _entropy(self, t: Columns) -> dict[str, float]:
        """H(T) in bits, of rows that have a density."""
        if t.constant or t.width == 0:
            return {}
        each = self._local(t.rows)
        each = each[np.isfinite(each)]
        return {"differential_h_t": bits(float(each.mean()) + t.log_scale)} if len(each) else {}

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of a few copies of the columns, of the tree, and of distances and indices."""
        return samples * (8 * 6 * units + 32 * (self.neighbours + 2) + 256) + 2**20


@cache
def _weights(neighbours: int, columns: int, kind: str) -> np.ndarray:
    """One weight for each neighbour; they add up to 1.

    `berrett`: the smallest weights (in squares) on neighbours floor(j k / d), j = 1..d, that cancel errors
    of order (k/N)^(2l/d), l = 1..floor(d/4): sum_j w_j Gamma(j + 2l/d) / Gamma(j) = 0. With fewer than 4
    columns there are none to cancel, and all weight is on the last, as there.
    """
    weights = np.zeros(neighbours)
    if kind == "last" or columns < 4:
        weights[-1] = 1.0
        return weights
    if neighbours < columns:
        raise ActivityError(
            f"weights berrett need at least as many neighbours as columns: got {columns} columns with "
            f"neighbours={neighbours}. Enlarge `neighbours` or measure a layer of less width"
        )
    used = np.arange(1, columns + 1) * neighbours // columns
    powers = 2.0 / columns * np.arange(columns // 4 + 1)[:, None]
    moments = np.exp(gammaln(used + powers) - gammaln(used))
    moments /= moments.max(axis=1, keepdims=True)  # for the condition of the system alone
    wanted = np.zeros(len(moments))
    wanted[0] = 1.0
    weights[used - 1] = np.linalg.lstsq(moments, wanted, rcond=None)[0]
    return weights
