"""Entropies of an empirical law, from counts: exact for the sample, in bits."""

from typing import Any

import numpy as np
from jaxtyping import Int, Shaped


def entropy_of_counts(counts: Shaped[np.ndarray, " cells"]) -> float:
    """Entropy in bits of the law proportional to `counts`; empty cells count for nothing.

    Source:
        grabauskas-2019 eq. 2.1, with 0 log 0 = 0.
    """
    positive = counts[counts > 0].astype(np.float64)
    total = positive.sum()
    if len(positive) < 2:
        return 0.0
    return float(np.log2(total) - (positive @ np.log2(positive)) / total)


def entropy_bits(labels: Shaped[np.ndarray, " samples"]) -> float:
    """Plug-in entropy in bits of a column of labels, each sample counting the same."""
    return entropy_of_counts(np.unique(labels, return_counts=True)[1])


def conditional_entropy_bits(
    labels: Int[np.ndarray, " samples"], given: Int[np.ndarray, " samples"]
) -> float:
    """Plug-in H(labels | given) in bits: the mean entropy within each value of `given`, by frequency.

    Source:
        grabauskas-2019 eq. 3.5 (the printed routine of Figure 3.4 lacks the weight p(y)).
    """
    order = np.argsort(given, kind="stable")
    starts = np.flatnonzero(np.diff(given[order], prepend=given[order[0]] - 1))
    groups = np.split(labels[order], starts[1:])
    return float(sum(len(group) * entropy_bits(group) for group in groups) / len(labels))


def group_rows(rows: Shaped[np.ndarray, "samples columns"]) -> Int[np.ndarray, " samples"]:
    """Number the distinct rows: equal rows, byte by byte, get equal numbers. Exact, not hashed."""
    contiguous = np.ascontiguousarray(rows)
    if contiguous.shape[1] == 0:
        return np.zeros(len(contiguous), dtype=np.int64)
    width = contiguous.dtype.itemsize * contiguous.shape[1]
    key: Any = np.dtype((np.void, width))
    _, inverse = np.unique(contiguous.view(key).ravel(), return_inverse=True)
    return inverse.astype(np.int64)
