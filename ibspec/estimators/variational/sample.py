"""Rows for critics: standardised, centred, and in an order of their own."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int64

from ibspec.core import group_rows


@final
@dataclass(frozen=True)
class Pairs:
    """Rows of two variables.

    Attributes:
        repeated: Share of rows of which there is another in both variables.
    """

    x: Float32[torch.Tensor, "samples inputs"]
    t: Float32[torch.Tensor, "samples units"]
    repeated: float


def pairs_of(
    x: Float[np.ndarray, "samples inputs"], t: Float[np.ndarray, "samples units"], device: torch.device
) -> Pairs:
    """Sort rows, by their first column first, so that the order in which they came changes nothing."""
    groups = _ranks(np.hstack([x, t]))
    order = np.argsort(groups, kind="stable")
    repeated = float((np.bincount(groups)[groups] > 1).mean())
    return Pairs(_centred(x[order], device), _centred(t[order], device), repeated)


def labelled(
    t: Float[np.ndarray, "samples units"], classes: Int[np.ndarray, " samples"], device: torch.device
) -> tuple[Float32[torch.Tensor, "samples units"], Int64[torch.Tensor, " samples"]]:
    """Sort rows, by their first column first, and number classes by their first rows.

    Classes whose first rows are equal follow one another by their sizes, and else as they are numbered.
    """
    groups = _ranks(t)
    sizes = np.bincount(classes)
    first = np.full(len(sizes), len(t))
    np.minimum.at(first, classes, groups)
    renamed = np.argsort(np.lexsort((sizes, first)))[classes]
    order = np.lexsort((renamed, groups))
    return _centred(t[order], device), torch.from_numpy(renamed[order]).to(device)


def _ranks(rows: Float[np.ndarray, "samples columns"]) -> Int[np.ndarray, " samples"]:
    """Number distinct rows in their lexicographic order, which the rounding of a column's scale leaves alone.

    Big-endian integers compare byte by byte as the numbers do that they stand for: of positive ones the sign
    bit is flipped, of negative ones every bit.
    """
    whole = np.ascontiguousarray(rows + 0.0, dtype=np.float64).view(np.uint64)  # minus zero is zero
    sign = np.uint64(2**63)
    return group_rows(np.where(whole & sign, ~whole, whole | sign).astype(">u8"))


def _centred(
    rows: Float[np.ndarray, "samples columns"], device: torch.device
) -> Float32[torch.Tensor, "samples columns"]:
    return torch.from_numpy((rows - rows.mean(axis=0)).astype(np.float32)).to(device)
