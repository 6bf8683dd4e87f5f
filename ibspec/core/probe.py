"""The fixed sample on which everything is measured."""

from functools import cached_property
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Int, Shaped

from ibspec.core.entropy import conditional_entropy_bits, entropy_bits, group_rows
from ibspec.core.errors import ShapeError


def _array(values: Any) -> np.ndarray[Any, np.dtype[Any]]:
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        values = (values.float() if values.dtype == torch.bfloat16 else values).numpy()
    try:
        # A copy: the probe stays as it is, whatever becomes of the caller's array.
        array = np.array(values)
    except ValueError as error:
        raise ShapeError(f"a Probe needs arrays whose rows are alike; {error}") from None
    if array.dtype.kind != "O":
        return array
    # Names, most often: np.array(["cat", "dog"], dtype=object) or a column of a data frame.
    try:
        plain = np.asarray(array.tolist())
    except ValueError:
        return array
    return plain if plain.shape == array.shape else array


CLASS_TYPES = "iubUS"
"""NumPy kinds that are read as classes: integers, booleans, strings; floats are real-valued targets."""


@final
class Probe:
    """Inputs and labels on which layers are measured, row by row.

    The law that all information is about is the empirical one: each of the `samples` rows with
    probability 1 / samples.

    Args:
        x: Inputs, (samples, ...). May be left out: then every row counts as a different input.
        y: One label per row: integers or booleans for classes, floats for real-valued targets;
            a one-hot matrix (samples, classes) is read as classes. May be left out.
        ids: Integers, equal where two inputs are the same. Computed from the bytes of `x` when left out.
        relevant: Integers, equal where the parts of two inputs that the label depends on are the same, where
            that is known; equal inputs have equal parts.

    Raises:
        ShapeError: What is given disagrees about the number of samples, or nothing is given.
    """

    def __init__(self, x: Any = None, y: Any = None, ids: Any = None, relevant: Any = None) -> None:
        self.x: Shaped[np.ndarray, "samples ..."] | None = None if x is None else _array(x)
        self.y: Shaped[np.ndarray, " samples"] | None = None if y is None else _labels(_array(y))
        self._ids = None if ids is None else _array(ids)
        self._relevant = None if relevant is None else _array(relevant)
        parts = {"x": self.x, "y": self.y, "ids": self._ids, "relevant": self._relevant}
        lengths = {
            name: part.shape[0] if part.ndim else 0 for name, part in parts.items() if part is not None
        }
        if not lengths or len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise ShapeError(
                f"a Probe needs x, y or ids with one and the same number of rows, at least one; got {lengths}"
            )
        self.samples: int = next(iter(lengths.values()))

    @cached_property
    def ids(self) -> Int[np.ndarray, " samples"]:
        """Integers, equal where input rows are equal, byte by byte."""
        if self._ids is not None:
            return group_rows(self._ids.reshape(self.samples, -1))
        if self.x is None:
            return np.arange(self.samples)
        return group_rows(self.x.reshape(self.samples, -1))

    @cached_property
    def relevant_ids(self) -> Int[np.ndarray, " samples"] | None:
        """Integers, equal where the relevant parts of two inputs are; None where they are not known."""
        return None if self._relevant is None else group_rows(self._relevant.reshape(self.samples, -1))

    @cached_property
    def classes(self) -> Int[np.ndarray, " samples"] | None:
        """Class of each row as 0, 1, ... in the order of the labels; None without class labels."""
        if self.y is None or self.y.dtype.kind not in CLASS_TYPES:
            return None
        return np.unique(self.y, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def h_x(self) -> float:
        """H(X) in bits of the empirical law; log2(samples) when all rows differ."""
        return entropy_bits(self.ids)

    @cached_property
    def h_y(self) -> float | None:
        """H(Y) in bits of the empirical law, or None without class labels."""
        return None if self.classes is None else entropy_bits(self.classes)

    @cached_property
    def i_xy(self) -> float | None:
        """I(X;Y) in bits of the empirical law; H(Y) unless equal inputs carry different labels."""
        if self.classes is None or self.h_y is None:
            return None
        if len(np.unique(self.ids)) == self.samples:
            return self.h_y
        return self.h_y - conditional_entropy_bits(self.classes, self.ids)


def _labels(y: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
    """Read a column vector as a column and a one-hot matrix as classes."""
    if y.dtype.kind not in CLASS_TYPES + "f":
        raise ShapeError(f"labels y must be numbers, booleans or strings; got {y.dtype}")
    if y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0]
    if y.ndim == 2:
        if not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
            raise ShapeError(f"labels y must be one per row or one-hot; got an array of shape {y.shape}")
        return np.asarray(np.argmax(y, axis=1))
    if y.ndim != 1:
        raise ShapeError(f"labels y must be one per row, shape (samples,); got shape {y.shape}")
    return y
