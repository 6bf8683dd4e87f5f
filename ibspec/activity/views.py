"""Ways to look at a layer that has channels."""

import math
from collections.abc import Iterable, Iterator
from typing import Literal

import torch
from jaxtyping import Shaped

from ibspec.core import SpecError

View = Literal["whole", "concat", "mean", "channels", "multivariate", "pooled"]
"""`whole` and `concat` take all units as one vector; `mean` takes each channel on its own and averages
the information; `channels` takes each on its own and keeps the numbers apart, a row of the table each;
`multivariate` leaves the channels apart, for estimators that relate many variables at once (matrix-based
ones); `pooled` puts the mean over a channel's units in its place (global average pooling). A layer without
channels (one row of units a sample) is the same in all of them.

Source: candidate-8240R-2019 §3.1; Yu et al. (2020), IEEE TNNLS 31 (several channels); Lin, Chen & Yan
(2014), ICLR, §3.2 (global average pooling).
"""

NEEDS_CHANNELS: tuple[View, ...] = ("mean", "channels", "multivariate", "pooled")
"""Views that differ from `concat` only where there are channels."""


def has_channels(axes: int) -> bool:
    """Whether an activity of so many axes, samples included, is (samples, channels, ...)."""
    return axes > 2


def is_split(axes: int, view: View) -> bool:
    """Whether the view takes a layer apart, its activity having so many axes, samples included."""
    return view in ("mean", "channels") and has_channels(axes)


def row_channels(shape: tuple[int, ...], view: View) -> list[int | None]:
    """Return the channel of each row of the table that the view gives a layer; None for all of it.

    Args:
        shape: Of the layer, without the sample axis.
        view: How it is looked at.
    """
    if view == "channels" and is_split(1 + len(shape), view):
        return list(range(shape[0]))
    return [None]


def part_units(shape: tuple[int, ...], view: View) -> int:
    """Return the units of one of the matrices that a layer, of this shape without samples, becomes."""
    if is_split(1 + len(shape), view):
        return math.prod(shape[1:])
    if view == "pooled" and has_channels(1 + len(shape)):
        return shape[0]
    return math.prod(shape)


def pooled_units(shape: tuple[int, ...], view: View) -> int:
    """Return over how many units of a layer, of this shape without samples, the view takes a mean."""
    return math.prod(shape[1:]) if view == "pooled" and has_channels(1 + len(shape)) else 1


def check_view(view: View, shapes: Iterable[tuple[int, ...]]) -> None:
    """Refuse a view of channels where no layer has any: it would be `concat` under another name.

    Args:
        view: As in the spec.
        shapes: Of the measured layers, without the sample axis.

    Raises:
        SpecError: None of them is (channels, ...).
    """
    if view in NEEDS_CHANNELS and not any(has_channels(1 + len(shape)) for shape in shapes):
        raise SpecError(
            f'measure.view: "{view}" looks at the channels of a layer, and no measured layer has any: each '
            'is one row of units. Write "whole", or name convolutional layers in `measure.layers`'
        )


def channels(
    values: Shaped[torch.Tensor, "samples ..."], view: View
) -> Iterator[Shaped[torch.Tensor, "samples ..."]]:
    """Yield the matrices, (samples, units), whose information the view averages or keeps apart.

    For `multivariate` this is one array, (samples, channels, units); for `pooled` one matrix, (samples,
    channels), in the precision of the values, and in float64 where they are whole numbers.
    """
    if is_split(values.ndim, view):
        for channel in range(values.shape[1]):
            yield values[:, channel].flatten(1)
    elif view == "multivariate" and has_channels(values.ndim):
        yield values.flatten(2)
    elif view == "pooled" and has_channels(values.ndim):
        units = values.flatten(2)
        if units.shape[2] == 1:  # as it stands, codes included
            yield units[:, :, 0]
        else:
            yield (units if units.is_floating_point() else units.double()).mean(2)
    else:
        yield values.flatten(1) if values.ndim > 1 else values[:, None]
