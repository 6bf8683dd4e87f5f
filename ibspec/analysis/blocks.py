"""Resampling of series whose neighbours are alike: in blocks."""

import math

import numpy as np
from jaxtyping import Int


def draw_blocks(
    count: int, resamples: int, rng: np.random.Generator, *, length: int | None = None
) -> Int[np.ndarray, "resamples count"]:
    """Return places of a series, drawn in blocks that follow one another, until there are as many as before.

    Args:
        count: Numbers in the series.
        resamples: Series to draw.
        rng: Draws where blocks begin.
        length: Of a block; the square root of `count` when left out, so that blocks and their number grow
            together.

    Source:
        Kuensch (1989), Annals of Statistics 17, section 2.1: the moving blocks bootstrap.
    """
    size = max(1, round(math.sqrt(count))) if length is None else min(length, count)
    first = rng.integers(0, count - size + 1, size=(resamples, -(-count // size)))
    drawn = first[:, :, None] + np.arange(size)
    return drawn.reshape(resamples, first.shape[1] * size)[:, :count]
