"""The noise variance at which a layer shows a stated share of what a probe can show."""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float

from ibspec.core import Probe, UserError
from ibspec.estimators import Kde
from ibspec.tuning.roots import Root, find_roots


@final
@dataclass(frozen=True)
class LayerShare:
    """A variance found on one layer.

    Attributes:
        root: The variance, and I(X;T) there, upper bound in bits.
        lower: The lower bound there, in bits.
        ceiling: log2 N in bits.
    """

    root: Root
    lower: float
    ceiling: float


def tune_to_share(rows: Float[torch.Tensor, "samples units"], probe: Probe, share: float) -> LayerShare:
    """Return the noise variance at which f(1) of a layer is a share of log2 N.

    f(1) falls from the entropy of the distinct rows to 0 as the noise grows, so there is one such variance,
    unless too many rows are equal.

    Args:
        rows: Activity of the layer on the probe.
        probe: What it was measured on.
        share: Above 0 and below 1.

    Raises:
        UserError: The share is not between 0 and 1.
        NoRootError: Equal rows keep the layer below that share at every variance.
    """
    if not 0 < share < 1:
        raise UserError(f"--share: wanted more than 0 and less than 1; got {share:g}")
    ceiling = math.log2(probe.samples)

    def bounds(variance: float) -> tuple[float, float]:
        found = Kde(noise_variance=variance).estimate(rows, probe).i_xt_bounds
        assert found is not None
        return found

    (root, *_) = find_roots(
        lambda each: bounds(each)[1], share * ceiling, "the upper bound on I(X;T) in bits"
    )
    return LayerShare(root, bounds(root.variance)[0], ceiling)
