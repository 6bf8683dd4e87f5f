"""What a layer did on the probe."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
import torch
from jaxtyping import Shaped

from ibspec.core.errors import ActivityError, ShapeError


@final
@dataclass(frozen=True)
class Noise:
    """Gaussian noise that a layer adds to what it computes: T = S + Z.

    Attributes:
        sigma: Standard deviation of each unit's noise, in units of the activity.
        is_first: Nothing before it is noisy: S is a function of the input.
        redraw: Draws a fresh S, (samples, ...), by a forward pass with fresh noise in all layers before.
    """

    sigma: float
    is_first: bool
    redraw: Callable[[np.random.Generator], torch.Tensor]


@final
@dataclass(frozen=True)
class Activity:
    """The activity of one layer on the probe at one epoch; row i belongs to row i of the probe.

    Attributes:
        values: (samples, ...) after the nonlinearity, and after the noise of a noisy layer.
        codes: Integers of a quantised layer, same shape, or None.
        resample: Draws a fresh noisy activity of the same shape, or None for a deterministic layer.
        noise: What the layer itself adds, or None.
    """

    values: Shaped[torch.Tensor, "samples ..."]
    layer: str = ""
    view: str = "whole"
    epoch: int = 0
    codes: Shaped[torch.Tensor, "samples ..."] | None = None
    resample: Callable[[np.random.Generator], torch.Tensor] | None = None
    noise: Noise | None = None


Rows: TypeAlias = Any
"""Anything that `torch.as_tensor` takes: (samples, ...) of real numbers."""


def as_rows(t: Activity | Rows, samples: int) -> Shaped[torch.Tensor, "samples units"]:
    """Return the activity as a real matrix with one row a sample, without copying where possible.

    A vector is read as one unit. Arrays with more than two axes are flattened behind the first.

    Raises:
        ShapeError: The number of rows is not the probe's, or this is no array of numbers.
        ActivityError: A value is NaN or infinite; the message says where the first one is.
    """
    values = _as_tensor(t.values if isinstance(t, Activity) else t)
    if values.ndim == 0 or values.shape[0] != samples:
        raise ShapeError(
            f"activity must have one row for each of the probe's {samples} samples; "
            f"got shape {tuple(values.shape)}"
        )
    if values.is_complex():
        raise ShapeError(f"activity must be real; got {values.dtype}")
    rows = values.reshape(samples, values[0].numel())
    if rows.dtype == torch.bfloat16:
        rows = rows.float()  # NumPy does not know it; float32 holds its values exactly
    if rows.dtype.is_floating_point and not bool(torch.isfinite(rows.sum())):
        finite = torch.isfinite(rows)
        if not bool(finite.all()):
            bad = int((~finite).sum())
            row = int((~finite).any(dim=1).nonzero()[0, 0])
            raise ActivityError(f"{bad} of {rows.numel()} activity values are not finite, first in row {row}")
    return rows


def _as_tensor(t: Rows) -> torch.Tensor:
    """Share memory with arrays and tensors; lists become float64, as in NumPy."""
    if isinstance(t, torch.Tensor):
        return t.detach()
    try:
        return torch.as_tensor(t) if hasattr(t, "__cuda_array_interface__") else share_memory(np.asarray(t))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ShapeError(f"activity must be an array of numbers; got {type(t).__name__}: {error}") from None


def share_memory(array: Shaped[np.ndarray, "..."]) -> Shaped[torch.Tensor, "..."]:
    """Return a tensor over the array's memory; reversed, read-only or foreign-endian arrays are copied.

    Raises:
        TypeError: The array does not hold numbers.
    """
    return torch.from_numpy(np.require(array, array.dtype.newbyteorder("="), ["C", "W"]))
