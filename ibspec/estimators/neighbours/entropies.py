"""Information as a difference of entropies, each a mean of one number a row."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int

from ibspec.estimators.neighbours.columns import Columns
from ibspec.estimators.neighbours.finding import (
    COLLAPSED,
    TRUSTED_COLUMNS,
    Finding,
    codes_of,
    of_large_classes,
)
from ibspec.estimators.neighbours.ties import equal_share

MOST_DROPPED = 0.1
"""Share of rows without a density above which nothing is measured: entropies of the rest do not compare."""

LocalEntropies: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""From rows, (samples, columns), to -ln(density) in nats at each, NaN where it cannot be estimated."""


def information_between(local: LocalEntropies, t: Columns, x: Columns, most_nats: float) -> Finding:
    """H(X) + H(T) - H(X,T), over the rows where all three can be estimated; `saturated` above `most_nats`."""
    if t.width == 0 or x.width == 0:
        return COLLAPSED
    joint = x.beside(t)
    each = local(x.rows) + local(t.rows) - local(joint)
    found = _mean_of(each, ties=max(equal_share(t.rows), equal_share(x.rows)))
    if found.nats is None:
        return found
    return replace(found, codes=codes_of(found.nats, joint.shape[1], most_nats))


def information_on_classes(
    local: LocalEntropies, t: Columns, classes: Int[np.ndarray, " samples"], fewest: int
) -> Finding:
    """H(T) minus the mean of H(T|y), over the rows of classes of at least `fewest` rows.

    `classes` are 0, 1, ..., none of them empty.
    """
    if t.width == 0 or classes.max() == 0:
        return COLLAPSED
    kept = of_large_classes(classes, fewest)
    left_out = int((~kept).sum())
    few = frozenset({"few-samples"} if left_out else ())
    if not kept.any():
        return Finding(None, dropped=left_out, codes=few, reason=f"no class has {fewest} rows")
    rows, labels = t.rows[kept], classes[kept]
    present = np.unique(labels)
    if len(present) == 1:
        return Finding(0.0, dropped=left_out, codes=few | COLLAPSED.codes)
    within = np.empty(len(rows))
    for label in present:
        own = labels == label
        within[own] = local(rows[own])
    found = _mean_of(local(rows) - within, ties=equal_share(rows))
    wide = {"too-wide"} if t.width > TRUSTED_COLUMNS else set()
    return replace(found, dropped=found.dropped + left_out, codes=few | wide)


def _mean_of(each: Float[np.ndarray, " samples"], ties: float) -> Finding:
    good = np.isfinite(each)
    dropped = int((~good).sum())
    if dropped > MOST_DROPPED * len(each):
        reason = (
            f"{dropped} of {len(each)} rows have no density: they equal others, or lie on a line or plane"
        )
        return Finding(None, ties, dropped, reason=reason)
    return Finding(float(each[good].mean()), ties, dropped)
