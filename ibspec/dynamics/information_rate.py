"""How the bounds of I(X;T) move while the weights move."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from ibspec.activity import layer_shapes
from ibspec.core import Probe
from ibspec.dynamics.kernel_motion import Motion, kernel_motion
from ibspec.dynamics.moving_activity import State, Values, moving_activity
from ibspec.dynamics.rate import Rate
from ibspec.estimators import Kde

Bound = Literal["i_xt_upper", "i_xt_lower"]

Moment = tuple[float, Motion]
"""A bound in bits and how it moves."""

MEMORY = 2**29
"""Bytes of activity that is held at once, and as many of its derivative; a single layer may take more."""


def information_rates(
    net: nn.Module,
    before: State,
    after: State,
    probe: Float[torch.Tensor, "samples ..."],
    layers: Sequence[str],
    kde: Kde,
) -> dict[str, dict[Bound, Rate]]:
    """Return, for each layer and bound of I(X;T), how it moves in bits as the weights move.

    The weights go straight from `before` to `after` in one unit of time. Of each bound:

        predicted      its derivative at `before`
        second order   half the difference of the derivatives at `after` and at `before`, so that both
                       together are the trapezoid's rule
        realised       the bound at `after` less the bound at `before`, as `kde` estimates them
        contracting    the share of pairs that come closer at `before`, by their weight in the bound

    Derivatives are those of a formula in forward mode, not differences. All units of a layer count as one
    vector. Dropout is off, as while measuring; what running averages do is in the realised change alone.

    Args:
        net: Takes the weights; it is left as it was.
        before: Its state at the start.
        after: Its state at the end.
        probe: Inputs, on the net's device.
        layers: Names as `net.get_submodule` takes them.
        kde: Whose bounds: the upper one is its headline I(X;T).

    Raises:
        SpecError: A layer cannot be measured, or has no derivative in forward mode.
        ShapeError: The net fails on such inputs.
        ActivityError: An activity is not finite.

    Source:
        candidate-8240R-2019 §3.2.4, with `kde.derivative` corrected.
    """
    found: dict[str, dict[Bound, Rate]] = {}
    along = {name: after[name] - before[name] for name, _ in net.named_parameters()}
    for group in _groups(layer_shapes(net, probe, layers), len(probe)):
        start, end = (_moments(moving_activity(net, at, along, probe, group), kde) for at in (before, after))
        found |= {layer: _rates(start[layer], end[layer]) for layer in group}
    return found


def _moments(layers: dict[str, tuple[Values, Values]], kde: Kde) -> dict[str, dict[Bound, Moment]]:
    """Return bounds and motions of layers from their activity and its derivative, which are used up."""
    found: dict[str, dict[Bound, Moment]] = {}
    for layer in list(layers):
        activity, velocity = (part.flatten(1) for part in layers.pop(layer))
        low, high = _bounds(activity, kde)
        upper, lower = kernel_motion(activity, velocity, kde.noise_variance)
        found[layer] = {"i_xt_upper": (high, upper), "i_xt_lower": (low, lower)}
    return found


def _rates(start: dict[Bound, Moment], end: dict[Bound, Moment]) -> dict[Bound, Rate]:
    found: dict[Bound, Rate] = {}
    for name, (value, motion) in start.items():
        value_after, motion_after = end[name]
        bend = (motion_after.speed - motion.speed) / 2
        found[name] = Rate(motion.speed, bend, value_after - value, motion.contracting)
    return found


def _bounds(activity: Values, kde: Kde) -> tuple[float, float]:
    """Return the lower and the upper bound, in bits."""
    bounds = kde.estimate(activity, Probe(ids=np.arange(len(activity)))).i_xt_bounds
    assert bounds is not None, "kde bounds I(X;T) of any activity"
    return bounds


def _groups(shapes: Mapping[str, tuple[int, ...]], samples: int) -> Iterator[dict[str, tuple[int, ...]]]:
    """Split the layers, in order, into groups that fit the memory; a group has at least one layer."""
    group: dict[str, tuple[int, ...]] = {}
    size = 0
    for layer, shape in shapes.items():
        need = 4 * samples * math.prod(shape)
        if group and size + need > MEMORY:
            yield group
            group, size = {}, 0
        group[layer] = shape
        size += need
    if group:
        yield group
