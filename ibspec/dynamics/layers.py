"""Where the parameters of a layer lie in a flat gradient."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from jaxtyping import Int
from torch import nn

from ibspec.training.batch_gradients import ALL, trained_parameters

Place = slice | Int[torch.Tensor, " part"]
"""Where some parameters lie in a flat gradient; a slice where they lie together."""


def places(net: nn.Module, layers: Mapping[str, Sequence[str]]) -> dict[str, Place]:
    """Return where each layer's parameters lie in a flat gradient, and as "all" the whole of it.

    Raises:
        ValueError: A name is not that of a trained parameter, a layer has none, or is called "all".
    """
    spans, end = {}, 0
    for name, parameter in trained_parameters(net).items():
        spans[name] = (end, end + parameter.numel())
        end += parameter.numel()
    found: dict[str, Place] = {}
    for layer, names in layers.items():
        if layer == ALL or not names or not spans.keys() >= set(names):
            raise ValueError(
                f"wanted trained parameters of a layer not called '{ALL}'; got '{layer}' with {list(names)}, "
                f"where the net trains {list(spans)}"
            )
        own = sorted(spans[name] for name in names)
        if all(last == first for (_, last), (first, _) in pairwise(own)):
            found[layer] = slice(own[0][0], own[-1][1])
        else:
            found[layer] = torch.cat([torch.arange(*span) for span in own])
    return found | {ALL: slice(0, end)}
