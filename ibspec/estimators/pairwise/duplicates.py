"""Equal rows of one class, found and counted: each needs its distances to the others only once.

Saturated units, quantised layers and small nets on binary inputs give the same activity again and again.
"""

from dataclasses import dataclass
from typing import Any, final, no_type_check

import numpy as np
from jaxtyping import Float64, Int64, Shaped

from ibspec.core.compiled import compiled

Array = np.ndarray[Any, np.dtype[Any]]

FEWEST = 512
"""Rows below which looking for duplicates takes as long as doing without."""

WORTHWHILE = 0.9
"""Share of distinct rows below which one distance each saves more than the sorting costs."""

GLANCE = 64
"""Units of each row that are looked at first: mostly they show that no two rows are alike."""

_MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, as in Knuth's hashing
_HALF = np.uint64(32)


@final
@dataclass(frozen=True)
class Groups:
    """Rows that stand for all rows.

    Attributes:
        order: The row that stands for each group; groups of one class follow each other.
        weights: How many rows it stands for.
        ends: Where the groups of its class end.
        member: The group of each row, in the order in which the rows were given; None: each its own.
    """

    order: Int64[np.ndarray, " groups"]
    weights: Float64[np.ndarray, " groups"]
    ends: Int64[np.ndarray, " groups"]
    member: Int64[np.ndarray, " samples"] | None


def group(
    rows: Shaped[np.ndarray, "samples units"], order: Int64[np.ndarray, " samples"], class_sizes: list[int]
) -> Groups:
    """Group the rows that are equal, bit by bit, and of one class, where that pays.

    Args:
        rows: float32 or float64.
        order: Sorts the rows by class.
        class_sizes: Rows in each class, all positive.
    """
    classes = np.repeat(np.arange(len(class_sizes)), class_sizes)
    alone = Groups(order, np.ones(len(order)), np.cumsum(class_sizes)[classes], None)
    if len(order) < FEWEST:
        return alone
    words = np.asarray(rows).view(np.uint32 if rows.dtype == np.float32 else np.uint64)
    keys = np.random.default_rng(0).integers(0, 2**64, rows.shape[1] + 1, dtype=np.uint64) | np.uint64(1)
    for units in (min(GLANCE, rows.shape[1]), rows.shape[1]):
        hashes = classes.astype(np.uint64) * keys[-1]
        add_hashes(words, order, keys[:units], hashes)
        # Faster than np.unique, which since NumPy 2.3 fills a table where it need not tell which is which.
        distinct = 1 + np.count_nonzero(np.diff(np.sort(hashes)))
        if distinct > WORTHWHILE * len(order):
            return alone
    _, first, member, counts = np.unique(hashes, return_index=True, return_inverse=True, return_counts=True)
    # The first row of each group stands for it; rows are sorted by class, so their places are, too.
    by_place = np.argsort(first)
    rank = np.empty_like(by_place)
    rank[by_place] = np.arange(len(by_place))
    places, member = first[by_place], rank[member]
    if not are_equal(words, order, classes, places, member):
        return alone  # two different rows had the same hash
    groups_of_class = np.bincount(classes[places])
    ends = np.cumsum(groups_of_class)[classes[places]]
    return Groups(order[places], counts[by_place].astype(np.float64), ends, member)


@compiled
@no_type_check
def add_hashes(words: Array, order: Array, keys: Array, hashes: Array) -> None:
    """Add a number made of the first units of each row, equal where these are; seldom equal elsewhere."""
    for place in range(len(order)):
        row = words[order[place]]
        so_far = np.uint64(0)
        for k in range(len(keys)):
            # The multiplication carries into high bits only: bring them down first, or small integers,
            # which are zeros but for a few high bits, would hardly differ.
            word = np.uint64(row[k]) * _MIXER
            so_far += (word ^ (word >> _HALF)) * keys[k]
        hashes[place] += so_far


@compiled
@no_type_check
def are_equal(words: Array, order: Array, classes: Array, places: Array, member: Array) -> bool:
    """Whether every row equals the one that stands for it, and is of its class."""
    for place in range(len(order)):
        stands = places[member[place]]
        if classes[place] != classes[stands]:
            return False
        row, other = words[order[place]], words[order[stands]]
        different = 0
        for k in range(words.shape[1]):
            different += row[k] != other[k]
        if different:
            return False
    return True
