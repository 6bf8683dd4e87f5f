"""Ways to look at a layer that has channels."""

from collections.abc import Iterator
from typing import Literal

import torch
from jaxtyping import Shaped

View = Literal["whole", "concat", "mean", "multivariate"]
"""`whole` and `concat` take all units as one vector; `mean` takes each channel on its own and averages
the information; `multivariate` leaves the channels apart, for estimators that relate many variables at once
(matrix-based ones). A layer without channels (one row of units a sample) is the same in all of them.

Source: candidate-8240R-2019 §3.1; Yu et al. (2020), IEEE TNNLS 31 (several channels).
"""


def is_split(axes: int, view: View) -> bool:
    """Whether the view takes a layer apart, its activity having so many axes, samples included."""
    return view == "mean" and axes > 2


def channels(
    values: Shaped[torch.Tensor, "samples ..."], view: View
) -> Iterator[Shaped[torch.Tensor, "samples ..."]]:
    """Yield the matrices, (samples, units), whose information the view averages.

    For `multivariate` this is one array, (samples, channels, units).
    """
    if is_split(values.ndim, view):
        for channel in range(values.shape[1]):
            yield values[:, channel].flatten(1)
    elif view == "multivariate" and values.ndim > 2:
        yield values.flatten(2)
    else:
        yield values.flatten(1) if values.ndim > 1 else values[:, None]
