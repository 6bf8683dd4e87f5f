"""The information-bottleneck curve: the most that T can know of Y at each price I(X;T)."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ibspec.analysis.bottleneck_encoders import Found, between_encoders, both_ends, entropy

Joint = Float[np.ndarray, "inputs labels"]

SAME = 12
"""Decimals to which p(y|x) is compared: rows that differ by less are one. Information then moves by the
square of the difference over the least p(y|x), far below rounding."""

MOST_ROWS = 64
"""Different p(y|x): a step costs their square, and a curve takes some hundred thousand steps, or seconds."""

WITHIN = 1e-4
"""Bits. A plane is some bits high and some hundred points: this is a hundredth of the width of its lines."""


@final
@dataclass(frozen=True)
class BottleneckCurve:
    """A concave, rising line from (0, 0) through its corners; beyond the last one it is level.

    Attributes:
        i_xt: I(X;T) of the corners in bits, rising.
        i_ty: I(T;Y) of the corners in bits.
        is_exact: Whether this is the curve itself. If not, the corners are encoders that were found: so much
            T can know of Y, and hardly more.
    """

    i_xt: Float[np.ndarray, " corners"]
    i_ty: Float[np.ndarray, " corners"]
    is_exact: bool

    def at(self, i_xt: Float[np.ndarray, "..."] | float) -> Float[np.ndarray, "..."]:
        """Return the most bits about Y at so many bits about X."""
        highest: Float[np.ndarray, ...] = np.interp(i_xt, self.i_xt, self.i_ty)
        return highest


def bottleneck_curve(joint: Joint) -> BottleneckCurve:
    """Return the information-bottleneck curve of a joint law.

    It is the largest I(T;Y) over all p(t|x) with I(X;T) <= x: concave, at most min(x, I(X;Y)). Where Y is a
    function of X it is min(x, H(Y)): a straight line to the corner (H(Y), H(Y)). Each of its points minimises
    I(X;T) - beta I(T;Y) at beta = 1 and only its ends do at any other beta, so it is returned, not searched.

    Otherwise encoders are found by iterating the self-consistent equations. One of two encoders, chosen by
    the toss of a coin that T remembers, attains what lies between them: the curve is at least the line
    through what was found. Where that line has slope 1 / beta the encoder for beta lies farthest above it;
    these are added until none lies more than 1e-4 bits above. The equations may miss the best encoder, as
    their objective is not convex; then the curve is higher than this.

    Args:
        joint: p(x, y); inputs and labels that cannot occur are left out.

    Raises:
        ValueError: No law, or one that is neither deterministic nor has at most 64 different p(y|x).

    Source:
        Tishby, Pereira & Bialek (1999), arXiv:physics/0004057, eqs. 15-17; Kolchinsky, Tracey & van Kuyk
        (2019), arXiv:1808.07593, on labels that are a function of the input.
    """
    law = merge_inputs(joint)
    if len(law) == 1:
        return BottleneckCurve(np.zeros(1), np.zeros(1), is_exact=True)
    if ((law > 0).sum(axis=1) == 1).all():  # after merging, an input is a label
        corner = np.array([0.0, entropy(law.sum(axis=0))])
        return BottleneckCurve(corner, corner, is_exact=True)
    if len(law) > MOST_ROWS:
        raise ValueError(f"wanted at most {MOST_ROWS} different p(y|x); got {len(law)}")
    start, end = both_ends(law)
    found = [start, *between_encoders(law, start, end, WITHIN), end]
    corners = _concave_hull(found)
    return BottleneckCurve(
        np.array([each.i_xt for each in corners]), np.array([each.i_ty for each in corners]), is_exact=False
    )


def merge_inputs(joint: Joint) -> Joint:
    """Return the joint law of p(y|x) and Y: inputs that say the same about Y become one.

    The curve stays as it is: what an encoder spends on telling them apart it gains nothing for.

    Raises:
        ValueError: Not a law.
    """
    table = np.asarray(joint, dtype=np.float64)
    if table.ndim != 2 or not table.size or not (np.isfinite(table).all() and (table >= 0).all()):
        raise ValueError("wanted a table p(x, y) of numbers that are not negative")
    if abs(table.sum() - 1) > 1e-9:  # sums of some thousand float64 terms are off by 1e-12
        raise ValueError(f"wanted probabilities that add up to 1; got {table.sum():.9g}")
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    given = np.round(table / table.sum(axis=1, keepdims=True), SAME)
    _, group = np.unique(given, axis=0, return_inverse=True)
    merged = np.zeros((group.max() + 1, table.shape[1]))
    np.add.at(merged, group.ravel(), table)
    merged /= merged.sum()
    return merged


def _concave_hull(found: list[Found]) -> list[Found]:
    """Return the corners of the lowest concave, rising line above all that was found, from left to right."""
    hull: list[Found] = []
    for point in sorted(found, key=lambda each: (each.i_xt, -each.i_ty)):
        if hull and point.i_ty <= hull[-1].i_ty:
            continue  # knows no more than what costs less
        while len(hull) > 1 and hull[-1].height_above(hull[-2], point) <= 0:
            hull.pop()
        hull.append(point)
    return hull
