"""Sums of Gaussian kernels over all pairs of rows, in float64, each pair visited once.

One pass serves both bounds (exponents 8 and 2 noise variances) and every class. On a processor the loops
are compiled, and equal rows are counted once; elsewhere torch does it.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float64, Int64, Shaped

from ibspec.estimators.pairwise.duplicates import group
from ibspec.estimators.pairwise.plain import torch_sums
from ibspec.estimators.pairwise.stripes import compiled_sums


def is_compiled(rows: Shaped[torch.Tensor, "samples units"]) -> bool:
    """Whether the compiled loops take these rows; torch takes the others."""
    return rows.device.type == "cpu"


@final
@dataclass(frozen=True)
class KernelSums:
    """Row sums of Gaussian kernels; each holds its own row's 1.

    With noise variance v and squared distances D, `wide` sums exp(-D / (8 v)) and `narrow`
    exp(-D / (2 v)); the `_class` sums run over the rows of the same class only.
    """

    wide: Float64[torch.Tensor, " samples"]
    narrow: Float64[torch.Tensor, " samples"]
    wide_class: Float64[torch.Tensor, " samples"]
    narrow_class: Float64[torch.Tensor, " samples"]


def kernel_sums(
    rows: Shaped[torch.Tensor, "samples units"],
    noise_variance: float,
    class_sizes: list[int],
    order: Int64[np.ndarray, " samples"] | None = None,
) -> KernelSums:
    """Sum the kernels over all rows, and over each row's class.

    Args:
        rows: Finite. Sorted by class: the first `class_sizes[0]` rows are of the first class, and so on.
        noise_variance: v, in squared units of the activity.
        class_sizes: Number of rows in each class, all positive.
        order: Sorts the rows by class if they are not; the sums then come in this order. It spares a
            sorted copy of a wide layer.
    """
    if not is_compiled(rows):
        in_order = rows if order is None else rows[torch.from_numpy(order).to(rows.device)]
        return KernelSums(*torch_sums(in_order, noise_variance, class_sizes).unbind())
    array = (rows if rows.dtype in (torch.float32, torch.float64) else rows.double()).numpy()
    groups = group(array, np.arange(len(array)) if order is None else order, class_sizes)
    sums = compiled_sums(array, noise_variance, groups.order, groups.weights, groups.ends)
    if groups.member is not None:
        sums = sums[:, groups.member]
    return KernelSums(*torch.from_numpy(sums).unbind())
