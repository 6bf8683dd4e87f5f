"""Information of the normal copula that has the sample's rank correlations."""

import math
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float, Shaped
from pydantic import Field
from scipy.special import erfinv
from scipy.stats import rankdata

from ibspec.core import Activity, Estimate, Probe, Rows, as_rows
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.normal_estimate import Correction, normal_estimate


@final
class GaussianCopula(Estimator):
    """Compute I(X;T), and I(T;Y) for a real Y, in bits as if the variables had a normal copula.

    Each coordinate is replaced by its ranks and those by the quantiles of the standard normal law; then as
    `Gaussian`. So it is the same, to the last digit, after strictly increasing maps of any coordinate (to
    rounding after decreasing ones): maps that change no information. Exact where normal variables were so
    mapped. In the population a lower bound on I(X;T) where all coordinates are continuous and X or T is a
    normal vector after the mapping: where either has one coordinate, for instance. Where both have several
    nothing is proven (see `Gaussian`).

    Equal values share the mean of their ranks (`ties` where many do): the number then depends on no order of
    rows, but a coordinate with ties is not normal, and the bound is not proven. The inputs of a deterministic
    net, monotone in one input, have all their ranks in T: infinite, and refused.

    With class labels as `Gaussian`, with the activity's normal scores: each class one cloud, on average at
    most I(T;Y).

    Attributes:
        bias_correction: As for `Gaussian`; for the scores it is approximate, as ranks have less spread.

    Source:
        Ince et al. (2017), Human Brain Mapping 38, 1541-1573, §2 ("GCMI"). They break ties by the order of
        rows; ranks are divided by N + 1, as there.
    """

    kind: Literal["gaussian-copula"] = "gaussian-copula"
    bias_correction: Correction = Field(
        default="closed-form", description="`closed-form`, or `none` for the sample's own numbers."
    )

    @property
    def label(self) -> str:
        """`gaussian-copula`, and `uncorrected` where it is."""
        return "gaussian-copula" if self.bias_correction == "closed-form" else "gaussian-copula(uncorrected)"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Compare the spans of normal scores; see the class for what the numbers mean.

        Extras:
            rank: Dimensions of the space that the units' scores span.
            i_ty_entropy_difference: Entropy of one cloud over all rows minus the mean of the classes'.
        """
        rows = as_rows(t, probe.samples)
        x, y = probe.x, probe.y
        return normal_estimate(
            normal_scores(rows),
            None if x is None else normal_scores(as_rows(x, probe.samples)).to(rows.device),
            None
            if y is None or y.dtype.kind != "f"
            else normal_scores(as_rows(y, probe.samples)).to(rows.device),
            probe,
            self.bias_correction,
        )

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of the ranks and scores beside those of `Gaussian`."""
        return 8 * (10 * samples * units + 4 * units * units) + 2**20


def normal_scores(rows: Shaped[torch.Tensor, "samples units"]) -> Float[torch.Tensor, "samples units"]:
    """Replace each value by the normal quantile of rank / (samples + 1) in its column; equal ones share it.

    Quantiles come as sqrt(2) erfinv(2 p - 1), which is odd to the last digit: a decreasing map of a column
    turns its signs.
    """
    samples = len(rows)
    ranks = rankdata(rows.cpu().numpy(), method="average", axis=0)
    scores = math.sqrt(2.0) * erfinv((2 * ranks - (samples + 1)) / (samples + 1))
    return torch.from_numpy(np.asarray(scores, dtype=np.float64)).to(rows.device)
