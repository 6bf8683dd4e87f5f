"""Invertible maps that mix relevant and irrelevant coordinates and leave all information as it was."""

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from ibspec.core import DataError

MOST_COLUMNS = 1024
"""Columns that may be mixed: finding an invertible matrix of more bits takes seconds and soon minutes."""


def refuse_to_mix(columns: int) -> None:
    """Refuse a mixing of too many columns.

    Raises:
        DataError: More than `MOST_COLUMNS`.
    """
    if columns > MOST_COLUMNS:
        raise DataError(
            f"data.hidden: at most {MOST_COLUMNS} columns can be mixed, got {columns}; lower `irrelevant`"
        )


def invertible_bits(size: int, rng: np.random.Generator) -> UInt8[np.ndarray, "size size"]:
    """Draw a matrix of bits, uniformly among those that are invertible modulo 2.

    Uniform bits are invertible with probability 0.289 or more, whatever the size: three or four tries.

    Raises:
        DataError: `size` is too large.
    """
    refuse_to_mix(size)
    while True:
        matrix = rng.integers(0, 2, size=(size, size), dtype=np.uint8)
        if rank_of_bits(matrix) == size:
            return matrix


def rank_of_bits(matrix: UInt8[np.ndarray, "rows columns"]) -> int:
    """Return the rank modulo 2, by elimination."""
    left = matrix.copy()
    rank = 0
    for column in range(left.shape[1]):
        pivots = np.flatnonzero(left[rank:, column])
        if len(pivots) == 0:
            continue
        pivot = rank + pivots[0]
        left[[rank, pivot]] = left[[pivot, rank]]
        below = left[rank + 1 :]
        below[below[:, column] == 1] ^= left[rank]
        rank += 1
    return rank


def mix_bits(
    words: Float32[np.ndarray, "samples size"], matrix: UInt8[np.ndarray, "size size"]
) -> Float32[np.ndarray, "samples size"]:
    """Return matrix @ word modulo 2 for each word; sums of up to 2^24 ones are exact in float32."""
    mixed: Float32[np.ndarray, "samples size"] = np.mod(words @ matrix.T.astype(np.float32), np.float32(2))
    return mixed


def rotation(size: int, rng: np.random.Generator) -> Float64[np.ndarray, "size size"]:
    """Draw an orthogonal matrix, uniformly.

    Raises:
        DataError: `size` is too large.

    Source:
        Mezzadri (2007), Notices of the AMS 54, 592-604: QR of normal numbers is uniform only once the
        signs of R's diagonal are taken into Q.
    """
    refuse_to_mix(size)
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    turned: Float64[np.ndarray, "size size"] = q * np.copysign(1.0, np.diagonal(r))
    return turned


def rotate(
    rows: Float32[np.ndarray, "samples size"], matrix: Float64[np.ndarray, "size size"]
) -> Float32[np.ndarray, "samples size"]:
    """Return matrix @ row for each row, rounded once."""
    return np.asarray(rows.astype(np.float64) @ matrix.T, dtype=np.float32)
