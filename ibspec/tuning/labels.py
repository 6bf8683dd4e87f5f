"""The noise variance that makes the kernel estimate of the labels say what is known of them."""

import math
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float, Int

from ibspec.core import Probe, UserError, entropy_bits
from ibspec.estimators import Kde
from ibspec.tuning.roots import NoRootError, Root, find_roots

Representation = Literal["one-hot", "integers", "unit-integers"]
"""Labels as rows: a unit for each class; the numbers 0, 1, 2, ...; or those divided by the largest."""

Quantity = Literal["information", "entropy"]
"""I(label; label + noise), or the differential entropy of the noisy label."""

Bound = Literal["lower", "middle", "upper"]

Labels = Int[np.ndarray, " samples"]

Unit = Literal["bits", "nats"]
"""In which the number is left; the target is always H(Y) in bits, as in the source."""


def label_rows(labels: Labels, representation: Representation) -> Float[np.ndarray, "samples units"]:
    """Return labels as rows of numbers, of which there is a kernel estimate."""
    kinds, numbers = np.unique(labels, return_inverse=True)
    if representation == "one-hot":
        return np.eye(len(kinds))[numbers]
    scale = max(1, len(kinds) - 1) if representation == "unit-integers" else 1
    rows: Float[np.ndarray, "samples units"] = numbers[:, None] / scale
    return rows


@final
@dataclass(frozen=True)
class LabelCriterion:
    """The kernel estimate of the labels is to be their entropy H(Y) in bits.

    The source asks that the estimate "matches log2 10 within its uncertainty" and prints 0.0735, but not in
    which representation, of which quantity, or how near. Read as information of one-hot labels, f(1) is below
    H(Y) at every variance and the nearer the smaller that is: nothing is selected. What comes closest to the
    printed value is the differential entropy in nats set equal to a target in bits, with the middle of both
    bounds: 0.07372. In consistent units that gives 0.05928.

    Attributes:
        representation: Of the labels.
        quantity: What is matched.
        bound: Which end of the estimate, or the middle.
        unit: In which the quantity is left.
        short: How far below H(Y) it is to be, in that unit; a tolerance of the source's.

    Source:
        candidate-8240R-2019 §3.1.2.
    """

    representation: Representation = "one-hot"
    quantity: Quantity = "information"
    bound: Bound = "upper"
    unit: Unit = "bits"
    short: float = 0.0

    def value(self, labels: Labels, variance: float, bound: Bound | None = None) -> float:
        """Return the number that is to be H(Y).

        Args:
            labels: One of each sample.
            variance: Of the noise.
            bound: Another end of the estimate than the criterion's.
        """
        rows = label_rows(labels, self.representation)
        found = Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows)))).i_xt_bounds
        assert found is not None
        bits = {"lower": found[0], "middle": sum(found) / 2, "upper": found[1]}[bound or self.bound]
        if self.quantity == "entropy":
            bits += rows.shape[1] / 2 * math.log2(2 * math.pi * math.e * variance)
        return bits * math.log(2) if self.unit == "nats" else bits

    def solve(self, labels: Labels, bound: Bound | None = None) -> list[Root]:
        """Return the variances that the criterion allows, the smallest first.

        Raises:
            UserError: There are fewer than two classes.
            NoRootError: It allows none.
        """
        if len(np.unique(labels)) < 2:
            raise UserError("tune-noise: labels of one class have nothing to match; wanted two or more")
        target = entropy_bits(labels) - self.short
        what = f"the {bound or self.bound} {self.quantity} of {self.representation} labels in {self.unit}"
        return find_roots(lambda variance: self.value(labels, variance, bound), target, what)

    def bracket(self, labels: Labels) -> tuple[float, float] | None:
        """Return the variances at which the other ends of the estimate match, or None if one never does."""
        try:
            ends = [self.solve(labels, bound)[0].variance for bound in ("lower", "upper")]
        except NoRootError:
            return None
        return min(ends), max(ends)

    @property
    def determines(self) -> str:
        """What the criterion fixes, and what it leaves open, in words."""
        if self.quantity == "information":
            return (
                "This does not determine a variance: the information of separated labels tends to H(Y) as "
                "the noise vanishes and never exceeds it, so every smaller variance matches better. All it "
                "says is at which variance a stated shortfall is reached"
            )
        mixed = (
            "it sets a number in nats equal to one in bits, which nothing justifies; it stands here because "
            "it comes closest to the published 0.0735; "
            if self.unit == "nats"
            else ""
        )
        return (
            f"This determines a variance for labels in this representation: {mixed}another representation, "
            "unit or end of the bracket gives another. It says nothing about the scale of any layer's "
            "activity, to which the same variance is then applied"
        )
