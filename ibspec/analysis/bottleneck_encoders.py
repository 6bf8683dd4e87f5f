"""Encoders p(t|x) that minimise I(X;T) - beta I(T;Y)."""

from dataclasses import dataclass
from typing import Self, final

import numpy as np
from jaxtyping import Float

from ibspec.core import LN2

Joint = Float[np.ndarray, "inputs labels"]

Encoder = Float[np.ndarray, "inputs clusters"]

STOP = 1e-9
"""Nats that the objective has still to fall, if it goes on falling by the same factor at each step, as it
does near a minimum. The point found lies less than that over beta below its tangent."""

MOST_STEPS = 5_000
"""For one encoder. Where clusters are about to merge the factor is close to 1; an encoder from there is one
like any other, if not the best."""

DEAD = 1e-12
"""Probability of a cluster that is given up: it carries some 1e-11 bits."""

TINY = 1e-300
"""In place of 0 inside a logarithm: exp(-beta 690) of it is 0 for every beta that counts."""


@final
@dataclass(frozen=True, eq=False)
class Found:
    """An encoder, with I(X;T) and I(T;Y) in bits."""

    i_xt: float
    i_ty: float
    encoder: Encoder

    @classmethod
    def of(cls, law: Joint, encoder: Encoder) -> Self:
        """Measure an encoder."""
        return cls(_information(law.sum(axis=1)[:, None] * encoder), _information(law.T @ encoder), encoder)

    def height_above(self, left: Self, right: Self) -> float:
        """Return how many bits of I(T;Y) lie between this and the line from one point to another."""
        share = (self.i_xt - left.i_xt) / (right.i_xt - left.i_xt)
        return self.i_ty - (left.i_ty + share * (right.i_ty - left.i_ty))


def both_ends(law: Joint) -> tuple[Found, Found]:
    """Return the encoder that forgets everything and the one that keeps every input apart."""
    inputs = len(law)
    return Found(0.0, 0.0, np.ones((inputs, 1))), Found.of(law, np.eye(inputs))


def between_encoders(law: Joint, left: Found, right: Found, within: float) -> list[Found]:
    """Return encoders between two, from left to right, so close that little is above the lines between them.

    Clusters are merged and not split: the search starts from the encoder on the right.

    Args:
        law: p(x, y), no two rows with the same p(y|x), none of them zero.
        left: The encoder that knows less.
        right: The encoder that knows more.
        within: Bits of I(T;Y) above the line that are not worth another encoder.
    """
    price, gain = right.i_xt - left.i_xt, right.i_ty - left.i_ty
    if gain <= within:
        return []
    found = Found.of(law, settle(law, right.encoder, price / gain))
    if not left.i_xt < found.i_xt < right.i_xt or found.height_above(left, right) <= within:
        return []
    before, after = (left, found), (found, right)
    return [*between_encoders(law, *before, within), found, *between_encoders(law, *after, within)]


def settle(law: Joint, encoder: Encoder, beta: float) -> Encoder:
    """Iterate the self-consistent equations until the objective hardly falls any more.

    Source:
        Tishby, Pereira & Bialek (1999), eqs. 15-17: p(t|x) ~ p(t) exp(-beta D(p(y|x) || p(y|t))).
    """
    inputs = law.sum(axis=1)
    given = law / inputs[:, None]
    before, fall = np.inf, np.inf
    for _ in range(MOST_STEPS):
        weights = inputs @ encoder
        alive = weights > DEAD
        encoder, weights = encoder[:, alive], weights[alive]
        decoder = (law.T @ encoder) / weights
        # The entropy of p(y|x) is the same for all clusters and goes out with the normalisation.
        scores = np.log(weights) + beta * (given @ np.log(np.maximum(decoder, TINY)))
        highest = scores.max(axis=1, keepdims=True)
        parts = np.exp(scores - highest)
        totals = parts.sum(axis=1, keepdims=True)
        encoder = parts / totals
        # -sum p(x) ln Z(x), the objective but for a constant; each step lowers it.
        objective = -float(inputs @ (highest + np.log(totals))[:, 0])
        fall, last, before = before - objective, fall, objective
        if fall <= 0 or (fall < last < np.inf and fall * fall / (last - fall) < STOP):
            break
    return encoder


def entropy(law: Float[np.ndarray, "..."]) -> float:
    """Return the entropy of a law in bits, of any number of variables together."""
    p = law[law > 0]
    return float(-(p * np.log2(p)).sum())


def _information(joint: Joint) -> float:
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    here = joint > 0
    return float((joint[here] * np.log(joint[here] / product[here])).sum()) / LN2
