"""How the kernel bounds of I(X;T) move while the rows of a layer's activity move."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float64

from ibspec.core import bits
from ibspec.dynamics.pair_sums import SUMS, add_all_pairs, add_tile
from ibspec.dynamics.pair_tiles import Differences, InnerProducts, Rows, Tile, spans

FEW_UNITS = 32
"""Up to this width differences of rows, which are exact for close ones, cost little."""

TRUST = 1e8
"""Squared norms of centred rows, in units of 8 noise variances, up to which inner products serve.

Rounding in the exponent of a narrow kernel is about 4 * 2^-53 times as much: at most 1e-7 of a kernel.
"""


@final
@dataclass(frozen=True)
class Motion:
    """One bound's motion at one moment.

    Attributes:
        speed: Derivative of the bound, in bits per unit of time.
        contracting: Share of pairs, by their weight in the bound, that come closer; NaN where no pair has
            any weight.
    """

    speed: float
    contracting: float


@torch.no_grad()
def kernel_motion(rows: Rows, velocity: Rows, noise_variance: float) -> tuple[Motion, Motion]:
    """Return how the upper and the lower bound of `Kde` move.

    With p_ij = k_ij / sum_l k_il, k_ij = exp(-|a_i - a_j|^2 / (2 v noise_variance)), v = 1 for the upper and
    4 for the lower bound:

        df/dt = 1 / (N v noise_variance) sum_ij p_ij (a_i - a_j) . (da_i/dt - da_j/dt)

    and the contracting share is the sum of p_ij over pairs whose product is below 0, as a part of the sum
    over all pairs i != j. Pairs that coincide count among all, and do not contract.

    Args:
        rows: Activity a, finite; any floating type, computed in float64.
        velocity: da/dt.
        noise_variance: In squared units of the activity.

    Source:
        candidate-8240R-2019 §3.2.4, corrected (claims `kde.derivative`, `kde.necessary-condition`).
    """
    samples = len(rows)
    # Off the diagonal, row by row: sums of kernels, of kernels times product, of kernels where that is < 0;
    # of the wide kernels of the lower bound, then of the narrow ones.
    sums = _sums(rows, velocity, 8.0 * noise_variance)
    found = []
    for v, (weight, moved, closer) in zip((4.0, 1.0), sums, strict=True):
        row_sums = 1.0 + weight
        speed = float((moved / row_sums).sum()) / (samples * v * noise_variance)
        every = float((weight / row_sums).sum())
        share = float((closer / row_sums).sum()) / every if every > 0 else math.nan
        found.append(Motion(bits(speed), share))
    lower, upper = found
    return upper, lower


def _sums(rows: Rows, velocity: Rows, scale: float) -> Float64[torch.Tensor, "2 sums samples"]:
    """Sum over pairs; a wide kernel is exp(-distance^2 / scale), a narrow one its fourth power."""
    samples, units = rows.shape
    sums = torch.zeros((2, SUMS, samples), dtype=torch.float64, device=rows.device)
    wide = InnerProducts(rows, velocity) if units > FEW_UNITS else None
    if wide is not None and wide.largest > TRUST * scale:
        wide = None  # its digits would cancel
    on_processor = rows.device.type == "cpu"
    if on_processor and wide is None:
        by_unit = [np.ascontiguousarray(part.double().numpy().T) for part in (rows, velocity)]
        add_all_pairs(*by_unit, scale, sums.numpy())
        return sums
    pairs = Differences(rows, velocity) if wide is None else wide
    for above, across in spans(samples):
        distances, products = pairs.tile(above, across)
        place = scale, pairs.slack, above.start, across.start
        if on_processor:
            add_tile(distances.numpy(), products.numpy(), *place, sums.numpy())
        else:
            add_tile_plainly(distances, products, *place, sums)
    return sums


def add_tile_plainly(
    distances: Tile, products: Tile, scale: float, slack: float, top: int, left: int, sums: torch.Tensor
) -> None:
    """Do as `add_tile`, on any device."""
    kernels = distances.div_(-scale).exp_()
    if top == left:
        kernels.triu_(diagonal=1)
    closer = products < -slack
    height, width = kernels.shape
    for bound in sums:
        for into, part in zip(bound, (kernels, kernels * products, kernels * closer), strict=True):
            into[top : top + height] += part.sum(dim=1)
            into[left : left + width] += part.sum(dim=0)
        kernels.square_().square_()
