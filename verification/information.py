"""Information of small laws by the book, in bits, independent of the estimators.

A law is an array of probabilities; a joint law has one axis a variable.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

ROUNDING = 1e-12
"""Bits: sums of at most a few thousand float64 terms, each wrong by about 1e-16."""

Law = Float[np.ndarray, " symbols"]
Joint = Float[np.ndarray, "first second"]

WORKED: Joint = np.array([[0.25, 0.25], [0.5, 0.0]])
"""The worked joint law of grabauskas-2019 §2.1: p(x, y) with x down and y across."""

LOG3 = float(np.log2(3.0))


def entropy(law: Shaped[np.ndarray, "..."]) -> float:
    """H, of any number of variables together: -sum p log2 p over the support."""
    p = law[law > 0]
    return float(-(p * np.log2(p)).sum())


def first(joint: Joint) -> Law:
    """The law of the first variable."""
    return joint.sum(axis=1)


def second(joint: Joint) -> Law:
    """The law of the second variable."""
    return joint.sum(axis=0)


def conditional(joint: Joint) -> float:
    """H(second | first): -sum p(x,y) log2 [p(x,y) / p(x)] over the support."""
    x, y = np.nonzero(joint)
    p = joint[x, y]
    return float(-(p * np.log2(p / first(joint)[x])).sum())


def divergence(p: Law, q: Law) -> float:
    """D(p || q): sum p log2 [p / q] over the support of p; q must be positive there."""
    support = p > 0
    return float((p[support] * np.log2(p[support] / q[support])).sum())


def information(joint: Joint) -> float:
    """I(first; second): the divergence of the joint law from the product of its marginals."""
    return divergence(joint.ravel(), np.outer(first(joint), second(joint)).ravel())


def empirical(x: Any, y: Any) -> Joint:
    """The joint law of two columns of labels, each pair counting the same."""
    symbols_x, rows = np.unique(np.asarray(x), return_inverse=True)
    symbols_y, columns = np.unique(np.asarray(y), return_inverse=True)
    counts = np.zeros((len(symbols_x), len(symbols_y)))
    np.add.at(counts, (rows, columns), 1.0)
    return counts / len(rows)
