"""What the fabricated sets have in common: how a spec says what to draw, and how much may be drawn."""

import hashlib
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import Field

from ibspec.core import DataError

MOST_NUMBERS = 2**28
"""Inputs of a fabricated set, rows times columns: 1 GiB as float32, and twice that while they are drawn."""

Item = TypeVar("Item")

Numbers = Annotated[tuple[Item, ...], Field(strict=False, fail_fast=True)]
"""A list that may have a million items: its first wrong one is told, and the others are not looked at."""

Columns = Annotated[int, Field(ge=0, le=1_000_000)]
Rows = Annotated[int, Field(ge=2, le=100_000_000)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Fraction = Annotated[float, Field(gt=0, lt=1)]


def refuse_too_many(kind: str, samples: int, columns: int) -> None:
    """Refuse to draw what would not fit into memory.

    Raises:
        DataError: More than `MOST_NUMBERS` inputs.
    """
    if samples * columns > MOST_NUMBERS:
        raise DataError(
            f"data: {kind} with {samples} rows of {columns} columns is {samples * columns} numbers, "
            f"more than {MOST_NUMBERS}; lower `samples` or the number of columns"
        )


def hash_blocks(x: np.ndarray[Any, np.dtype[Any]], y: np.ndarray[Any, np.dtype[Any]]) -> dict[str, str]:
    """Return the SHA-256 of the inputs and of the labels as they lie in memory, row by row."""
    return {
        name: hashlib.sha256(np.ascontiguousarray(block).tobytes()).hexdigest()
        for name, block in {"inputs": x, "labels": y}.items()
    }
