"""Number the joint cells of rows in one pass: cut, hash and look up, a few rows at a time."""

from functools import lru_cache
from typing import Any, NamedTuple, no_type_check

import numpy as np
from jaxtyping import Float, Int, UInt64

from ibspec.core.compiled import compiled

TILE_BYTES = 2**14
"""Cells of the rows in hand: they stay in a core's first cache between cutting and hashing."""

KNOWN_BYTES = 2**19
"""Cells kept of the first rows of groups, for comparison: about half of a core's second cache."""

Real = np.floating[Any]
Keys = UInt64[np.ndarray, " units"]


class Ruler(NamedTuple):
    """A way to cut, in numbers of the activity's precision, so that compiled code computes in it too.

    Attributes:
        width: Of a cell; read only where `last` is 0.
        low: The first edge, rounded to float32.
        scale: Cells in a unit of the activity, roughly.
        start: The first edge in float64, from which the others are counted.
        step: From one edge to the next, in float64.
        last: The number of edges, which is the cell above them all; 0 for cells of equal width.
        wrap: Whether the cell above all edges is cell 0, too.
    """

    width: Real
    low: Real
    scale: Real
    start: np.float64
    step: np.float64
    last: Real
    wrap: bool


def number_cells(
    values: Float[np.ndarray, "samples units"], ruler: Ruler, keys: Keys | None = None
) -> Int[np.ndarray, " samples"] | None:
    """Number the joint cells of the rows 0, 1, ... in the order in which they first appear.

    Exact: where hashes agree, cells are compared. Beside the values it needs about 40 bytes a row, and
    no matrix of cells.

    Args:
        values: Finite float32 or float64.
        ruler: How to cut, in the same precision.
        keys: What the hash multiplies each unit with; they decide how long it takes, never the answer.

    Returns:
        The numbers, or None where a quotient of value and width overflows.
    """
    samples, units = values.shape
    numbers = np.zeros(samples, dtype=np.int64)
    if units == 0:
        return numbers
    row = units * values.itemsize
    cells = np.empty((min(samples, max(1, TILE_BYTES // row)), units), dtype=values.dtype)
    known = np.empty((min(samples, KNOWN_BYTES // row), units), dtype=values.dtype)
    bits = cells.view(np.uint32 if values.itemsize == 4 else np.uint64)
    factors = _keys(units) if keys is None else keys
    found = _number(np.ascontiguousarray(values), ruler, factors, cells, bits, known, numbers)
    return numbers if found else None


@lru_cache(maxsize=32)
def _keys(units: int) -> Keys:
    """Return odd random factors, so that no simple pattern of cells sums up like another."""
    return np.asarray(np.random.PCG64(0).random_raw(units), dtype=np.uint64) | np.uint64(1)


# Compiled functions that call each other stay in one file: kept code is renewed when its own file changes.


@compiled
@no_type_check
def digitise(values: Any, ruler: Any, cells: Any) -> bool:
    """Write the cell of each of the (numbers,) `values` into `cells`, of the same dtype.

    Divides, and does not multiply with the inverse: an edge falls as the reference program has it. A cell
    of minus zero becomes zero, so that equal cells have equal bytes.

    Returns:
        Whether all cells are finite; else some quotient overflowed.
    """
    number = values.dtype.type
    zero, one, guess = number(0), number(1), number(1.25)
    finite = True
    if ruler.last == zero:
        for i in range(values.size):
            cell = np.floor(values[i] / ruler.width) + zero
            finite &= abs(cell) < np.inf
            cells[i] = cell
        return finite
    for i in range(values.size):
        value = values[i]
        # A quarter of a cell too high: rounding cannot make it too low, and one step down corrects it.
        cell = np.floor((value - ruler.low) * ruler.scale + guess)
        cell = cell if cell > one else one
        cell = cell if cell < ruler.last else ruler.last
        # The edge is computed, not looked up: compilers do not vectorise a loop that reads a table at will.
        edge = np.float32((np.float64(cell) - 1.0) * ruler.step + ruler.start)
        cells[i] = cell - one if value < edge else cell
    if ruler.wrap:
        for i in range(values.size):
            cells[i] = cells[i] if cells[i] < ruler.last else zero
    return finite


@compiled
@no_type_check
def _number(values: Any, ruler: Any, keys: Any, cells: Any, bits: Any, known: Any, numbers: Any) -> bool:
    """Fill `numbers`, (samples,); `cells` and `bits` are one memory, (rows of a tile, units).

    Returns:
        Whether all cells are finite.
    """
    samples, units = values.shape
    flat, flat_cells = values.reshape(-1), cells.reshape(-1)
    other = np.empty(units, values.dtype)
    # A table at most half full, in which a group lies at its hash's leading bits or soon behind.
    shift = 62
    while np.int64(1) << (64 - shift) < 2 * samples:
        shift -= 1
    table = np.full(np.int64(1) << (64 - shift), -1, np.int32)
    end = table.size - 1
    hashes = np.empty(samples, np.uint64)
    firsts = np.empty(samples, np.int64)  # row that opened each group
    groups = 0
    for start in range(0, samples, len(cells)):
        rows = min(len(cells), samples - start)
        if not digitise(flat[start * units : (start + rows) * units], ruler, flat_cells):
            return False
        for i in range(rows):
            key = _hash(bits, i, keys)
            slot = np.int64(key >> np.uint64(shift))
            while True:
                group = np.int64(table[slot])
                if group < 0:
                    table[slot] = group = groups
                    hashes[group], firsts[group] = key, start + i
                    if group < len(known):
                        known[group] = cells[i]
                    groups += 1
                    break
                if hashes[group] == key:
                    if group < len(known):
                        alike = _alike(cells, i, known, group)
                    else:
                        first = firsts[group] * units
                        digitise(flat[first : first + units], ruler, other)
                        alike = _alike(cells, i, other.reshape(1, units), 0)
                    if alike:
                        break
                slot = (slot + 1) & end
            numbers[start + i] = group
    return True


@compiled
@no_type_check
def _hash(bits: Any, row: int, keys: Any) -> Any:
    """Sum of keys times cells modulo 2**64, the bits of wide numbers folded: floats end in zeros."""
    total = np.uint64(0)
    for j in range(keys.size):
        word = np.uint64(bits[row, j])
        total += (word ^ (word >> np.uint64(32))) * keys[j]
    return total


@compiled
@no_type_check
def _alike(cells: Any, row: int, others: Any, other: int) -> bool:
    """Whether two rows of cells are equal in every unit."""
    alike = True
    for j in range(cells.shape[1]):
        alike &= cells[row, j] == others[other, j]
    return alike
