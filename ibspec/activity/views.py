"""Ways to look at a layer that has channels."""

from collections.abc import Iterator
from typing import Literal

import torch
from jaxtyping import Shaped

View = Literal["whole", "concat", "mean"]
"""`whole` and `concat` take all units as one vector; `mean` takes each channel on its own and averages
the information. A layer without channels (one row of units a sample) is the same in all three.

Source: candidate-8240R-2019 §3.1.
"""


def is_split(axes: int, view: View) -> bool:
    """Whether the view takes a layer apart, its activity having so many axes, samples included."""
    return view == "mean" and axes > 2


def channels(
    values: Shaped[torch.Tensor, "samples ..."], view: View
) -> Iterator[Shaped[torch.Tensor, "samples units"]]:
    """Yield the matrices, (samples, units), whose information the view averages."""
    if is_split(values.ndim, view):
        for channel in range(values.shape[1]):
            yield values[:, channel].flatten(1)
    else:
        yield values.flatten(1) if values.ndim > 1 else values[:, None]
