"""Information of normal variables that have the sample's covariances."""

from typing import Literal, final

import numpy as np
from pydantic import Field

from ibspec.core import Activity, Estimate, Probe, Rows, as_rows
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.normal_estimate import Correction, normal_estimate


@final
class Gaussian(Estimator):
    """Compute I(X;T), and I(T;Y) for a real Y, in bits as if the variables were jointly normal.

    I = (ln det S_X + ln det S_T - ln det S_XT) / 2 of the covariances, computed from the angles between the
    spaces that X and T span. Exact where X and T are jointly normal, and then also unbiased; a lower bound in
    the population where one of them is a normal vector (I is this number plus J(X,T) - J(X) - J(T), J the
    negentropies, J(X,T) >= J(X)). Otherwise it is about linear dependence alone, and no bound: for X = ±1
    plus normal noise it is *above* I(X;T).
    Units or inputs that are linear combinations of others change nothing and are left out (`singular`). A
    deterministic linear layer fixes combinations of X: information is infinite, and the activity is refused.

    With class labels, I(T;Y) reads each class as one normal cloud with a covariance of its own, and is
    H(Y) + mean ln q(y|t), q the posterior by Bayes' rule. With rows left out it is on average *at most*
    I(T;Y), whatever the classes are, and equal to it in the limit where they are normal; it never exceeds
    H(Y). It may fall below zero. The difference of entropies that the literature uses is in `extras`; it can
    exceed H(Y), and for normal classes it is at least I(T;Y). A class of fewer than `rank` + 3 rows, or one
    that lacks a direction of the layer, has no such cloud: then there is no I(T;Y), and a warning says why.

    Attributes:
        bias_correction: `closed-form`: the mean excess for normal variables (Wishart) is taken off I(X;T),
            and each row is judged by clouds that were fitted without it. `none`: the sample's own numbers.

    Source:
        Cover & Thomas (2006), eq. 8.34 and §9.4; `ibspec.estimators.normal_spans` and `normal_classes` name
        the sources of the corrections.
    """

    kind: Literal["gaussian"] = "gaussian"
    bias_correction: Correction = Field(
        default="closed-form", description="`closed-form`, or `none` for the sample's own numbers."
    )

    @property
    def label(self) -> str:
        """`gaussian`, and `uncorrected` where it is."""
        return "gaussian" if self.bias_correction == "closed-form" else "gaussian(uncorrected)"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Compare the spans of activity, inputs and labels; see the class for what the numbers mean.

        Extras:
            rank: Dimensions of the space that the units span.
            i_ty_entropy_difference: Entropy of one cloud over all rows minus the mean of the classes'.
        """
        rows = as_rows(t, probe.samples)
        x, y = probe.x, probe.y
        return normal_estimate(
            rows,
            None if x is None else as_rows(x, probe.samples).to(rows.device),
            None if y is None or y.dtype.kind != "f" else as_rows(y, probe.samples).to(rows.device),
            probe,
            self.bias_correction,
        )

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of a few float64 copies of the layer and of its squared width."""
        return 8 * (6 * samples * units + 4 * units * units) + 2**20
