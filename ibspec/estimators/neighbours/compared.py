"""Every row compared with every other, for spaces too wide, or samples too few, for a tree to pay.

The distance is the largest difference in any column: exact in floating point, so neither the order of the
columns nor that of the rows can change it. Rows are taken in chunks whose columns stay in the cache.
"""

from typing import Any, no_type_check

import numpy as np

from ibspec.core.compiled import compiled

CHUNK_VALUES = 65_536  # half a megabyte of columns
CHUNK_ROWS = 512


@compiled
@no_type_check
def distances_to(chunk: Any, row: Any, out: Any) -> None:
    """Write the distances from `row`, (units,), to the rows of `chunk`, (units, rows of the chunk)."""
    units, others = chunk.shape
    alone = units % 4
    out[:] = 0.0
    for unit in range(alone):
        column, value = chunk[unit], row[unit]
        for other in range(others):
            difference = abs(column[other] - value)
            out[other] = difference if difference > out[other] else out[other]
    for unit in range(alone, units, 4):  # by fours: distances are fetched and put back a quarter as often
        a, b, c, d = chunk[unit], chunk[unit + 1], chunk[unit + 2], chunk[unit + 3]
        at_a, at_b, at_c, at_d = row[unit], row[unit + 1], row[unit + 2], row[unit + 3]
        for other in range(others):
            one, two = abs(a[other] - at_a), abs(b[other] - at_b)
            three, four = abs(c[other] - at_c), abs(d[other] - at_d)
            one = two if two > one else one
            three = four if four > three else three
            one = three if three > one else one
            out[other] = one if one > out[other] else out[other]


@compiled
@no_type_check
def nearest_rows(points: Any, distances: Any, indices: Any) -> None:
    """Write the smallest distances from each row of `points` in rising order, and whose they are.

    `distances` and `indices` have as many columns as neighbours are wanted. A row is its own neighbour at
    distance 0. Of rows equally far, those of lower number come first.
    """
    samples, units = points.shape
    last = distances.shape[1] - 1
    step = max(16, min(CHUNK_ROWS, CHUNK_VALUES // max(units, 1)))
    found = np.empty(step)
    distances[:] = np.inf
    for start in range(0, samples, step):
        chunk = np.ascontiguousarray(points[start : start + step].T)
        out = found[: chunk.shape[1]]
        for row in range(samples):
            distances_to(chunk, points[row], out)
            best, whose = distances[row], indices[row]
            for other in range(out.shape[0]):
                distance = out[other]
                if distance < best[last]:
                    place = last
                    while place > 0 and distance < best[place - 1]:
                        best[place], whose[place] = best[place - 1], whose[place - 1]
                        place -= 1
                    best[place], whose[place] = distance, start + other


@compiled
@no_type_check
def count_rows(points: Any, radii: Any, counts: Any) -> None:
    """Count the rows within `radii[row]` of each row, itself and those at just that distance among them."""
    samples, units = points.shape
    step = max(16, min(CHUNK_ROWS, CHUNK_VALUES // max(units, 1)))
    found = np.empty(step)
    counts[:] = 0
    for start in range(0, samples, step):
        chunk = np.ascontiguousarray(points[start : start + step].T)
        out = found[: chunk.shape[1]]
        for row in range(samples):
            distances_to(chunk, points[row], out)
            radius, count = radii[row], 0
            for other in range(out.shape[0]):
                count += 1 if out[other] <= radius else 0
            counts[row] += count
