"""Information of normal vectors, from the angles between the spaces that their coordinates span."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Shaped
from scipy.special import digamma

from ibspec.core import ActivityError, SampleSizeError, bits

FINEST = 64 * torch.finfo(torch.float64).eps
"""Singular values below this share of the largest are rounding, even where the numbers came in float64."""

ROUNDED = 4
"""The same for numbers that came in float32 or coarser, in units of their own rounding."""

PARALLEL = 16
"""A sine below this many roundings cannot be told from 0."""


@final
@dataclass(frozen=True)
class Span:
    """The space of all linear combinations of a matrix's columns, each less its mean.

    Attributes:
        basis: Orthonormal columns.
        units: Columns of the matrix; `rank` of them are no combination of the others.
        resolution: Relative rounding of the numbers as they came.
        ties: Largest share, over the columns, of values that occur more than once.
    """

    basis: Float[torch.Tensor, "samples rank"]
    units: int
    resolution: float
    ties: float

    @property
    def rank(self) -> int:
        """Dimensions of the space."""
        return self.basis.shape[1]


def span(rows: Shaped[torch.Tensor, "samples units"]) -> Span:
    """Find the space that the columns span; what depends on them only linearly is left out.

    Columns are divided by their largest value first, so that squares neither overflow nor vanish, and then
    by their length: no linear map of single columns changes which directions count as rounding.
    """
    resolution = torch.finfo(rows.dtype if rows.is_floating_point() else torch.float64).eps
    values = rows.double().contiguous()
    largest = values.abs().amax(dim=0) if len(values) else values.new_zeros(values.shape[1])
    moving = largest > 0
    scaled = values[:, moving] / largest[moving]
    centred = scaled - scaled.mean(dim=0)
    lengths = centred.norm(dim=0)
    varies = lengths > resolution * math.sqrt(len(rows))
    columns = centred[:, varies] / lengths[varies]
    if columns.shape[1] == 0:
        return Span(columns, rows.shape[1], resolution, 0.0)
    left, sizes, _ = torch.linalg.svd(columns, full_matrices=False)
    kept = sizes > max(ROUNDED * resolution, FINEST) * sizes[0]
    return Span(left[:, kept], rows.shape[1], resolution, _tied_share(scaled[:, varies]))


def _tied_share(columns: Float[torch.Tensor, "samples units"]) -> float:
    """Largest share of a column's values that occur more than once."""
    ordered = columns.sort(dim=0).values
    same = ordered[1:] == ordered[:-1]
    edge = same.new_zeros(1, same.shape[1])
    tied = torch.cat([edge, same]) | torch.cat([same, edge])
    return float(tied.double().mean(dim=0).max())


def information(one: Span, other: Span) -> float:
    """Return -sum ln sin(angle) in nats: I of two normal vectors with the sample's covariances.

    The angles are those between the two spaces (the canonical correlations are their cosines); the sum is
    half of ln det S_1 + ln det S_2 - ln det S_12, without forming a covariance, whose condition is squared.

    Raises:
        SampleSizeError: Two spaces of so many dimensions meet in any sample of this size.
        ActivityError: The spaces meet: one variable fixes a combination of the other, I is infinite.
    """
    samples = len(one.basis)
    if min(one.rank, other.rank) == 0:
        return 0.0
    if one.rank + other.rank >= samples:
        raise SampleSizeError(
            f"normal vectors of {one.rank} and {other.rank} dimensions need more samples than dimensions; "
            f"got {samples}. Enlarge `probe.size` or measure narrower layers"
        )
    narrow, wide = sorted((one.basis, other.basis), key=lambda basis: basis.shape[1])
    apart = narrow - wide @ (wide.T @ narrow)
    # Once more: the lengths of a basis are off by rounding that grows with the number of rows, and what
    # that leaves lies in `wide` (twice is enough: Parlett, The Symmetric Eigenvalue Problem, section 6.9).
    sines = torch.linalg.svdvals(apart - wide @ (wide.T @ apart))
    limit = max(PARALLEL * max(one.resolution, other.resolution), FINEST)
    if float(sines.min()) <= limit:
        raise ActivityError(
            f"the activity fixes a linear combination of what it is compared with, to within rounding "
            f"(sine {float(sines.min()):.1e}, limit {limit:.1e}): information of continuous variables is "
            f"infinite there ({bits(-math.log(limit)):.0f} bits or more). Measure a noisy layer"
        )
    return 0.0 - float(sines.clamp(max=1.0).log().sum())


def bias(samples: int, one: int, other: int) -> float:
    """Return by how many nats `information` is too large on average, for normal variables of any covariance.

    Source:
        E ln det of a Wishart matrix (Anderson 2003, §7.5; Misra et al. 2005): ln det and a sum of
        psi((samples - j) / 2) over its dimensions j = 1, ...; constants cancel in the difference.
    """
    j = np.arange(1, one + 1)
    return float(digamma((samples - j) / 2).sum() - digamma((samples - other - j) / 2).sum()) / 2
