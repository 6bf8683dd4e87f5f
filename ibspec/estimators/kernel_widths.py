"""Rules for the width of a Gaussian kernel, by the names of those who used them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, final

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field

from ibspec.core import ActivityError, Frozen, SpecError, spell

Exponent = Literal["d2/(2 s2)", "d2/s2"]
"""What the kernel is exp of minus: half the squared distance over the squared width, or all of it."""

Role = Literal["layer", "input", "target"]
"""What the rows are: some rules give inputs and real targets widths of their own."""

Square = Float[torch.Tensor, "samples samples"]

WIDE = 32
"""Columns from which on inner products are quicker than differences, far quicker with hundreds."""

ORDINARY = 300
"""Powers of two up to which squares, and sums of them, are far from the ends of float64."""

STRIPE = 128
"""Rows that are multiplied at once."""

CLOSE = 1e-6
"""Share of the largest square below which a squared distance is found again by differences."""


class Rule(Frozen, ABC):
    """How wide the kernel is, whether columns are standardised first, and what the kernel is.

    The rules differ between publications that report "the" matrix-based information, and so do their
    numbers; the defaults of each are those of its source.
    """

    looks_at_distances: ClassVar[bool] = False
    """Whether the width depends on how far rows lie apart, and not on their number and units alone."""

    exponent: Exponent
    standardise: bool

    @property
    @abstractmethod
    def name(self) -> str:
        """The rule and its numbers."""

    @abstractmethod
    def width(self, distances: Square, units: int, role: Role, labels: Square | None) -> float:
        """Return the width for rows of so many units; some rules ask for the kernel of the labels."""

    @property
    def remembered(self) -> float:
        """The share of the last epoch's width in this one's, for a layer."""
        return 0.0

    @property
    def label(self) -> str:
        """The name, and what departs from the source."""
        default = type(self).model_fields
        parts = [self.name]
        if self.exponent != default["exponent"].default:
            parts.append(self.exponent)
        if self.standardise != default["standardise"].default:
            parts.append("standardised" if self.standardise else "as is")
        return " ".join(parts)

    def kernel(
        self,
        rows: Float[torch.Tensor, "samples units"],
        role: Role,
        labels: Square | None = None,
        before: float | None = None,
    ) -> tuple[Square, float]:
        """Return the exponents of the kernel of all pairs of rows (not yet exp of them), and the width.

        Args:
            rows: All of one kind.
            role: Which kind.
            labels: The kernel of the labels, for the rules that ask for it.
            before: The width at the epoch measured before, for those that remember it.
        """
        distances = _distances(_standardised(rows) if self.standardise else rows)
        width = self.width(distances, rows.shape[1], role, labels)
        if before is not None:
            width = self.remembered * before + (1 - self.remembered) * width
        return exponents(distances, width, self.exponent), width

    def product(
        self, parts: Sequence[Float[torch.Tensor, "samples _"]], role: Role
    ) -> tuple[Square, list[float]] | None:
        """Return the exponents of the product of one kernel for each part, and their widths.

        The product is one kernel on all parts beside each other, each in units of its width: one matrix of
        distances in place of many. None where a width depends on distances.
        """
        if self.looks_at_distances:
            return None
        unseen = parts[0].new_zeros(1).expand(len(parts[0]), len(parts[0]))
        widths = [self.width(unseen, part.shape[1], role, None) for part in parts]
        ready = [_standardised(part) if self.standardise else part for part in parts]
        joined = torch.cat([part / width for part, width in zip(ready, widths, strict=True)], dim=1)
        return exponents(_distances(joined), 1.0, self.exponent), widths


def exponents(distances: Square, width: float, exponent: Exponent) -> Square:
    """Return -d^2 / s^2 or half of it."""
    scaled = (distances / width).square()
    return -scaled / 2 if exponent == "d2/(2 s2)" else -scaled


@final
class Yu(Rule):
    """Width h n^(-1 / (4 + d)), whatever the scale of the d units.

    Source:
        Yu, Wickstrøm, Jenssen & Príncipe (2020), IEEE TNNLS 32, §IV: h = 5.
    """

    kind: Literal["yu"] = "yu"
    h: float = Field(default=5.0, gt=0, description="Width at n = 1, in units of the activity.")
    exponent: Exponent = Field(default="d2/(2 s2)", description="Minus the kernel's logarithm.")
    standardise: bool = Field(default=False, description="Whether columns are brought to variance 1.")

    @property
    def name(self) -> str:
        """`yu h`."""
        return f"yu {spell(self.h)}"

    def width(self, distances: Square, units: int, role: Role, labels: Square | None) -> float:
        """Return h n^(-1 / (4 + d))."""
        return float(self.h * len(distances) ** (-1 / (4 + units)))


@final
class Tapia(Rule):
    """Width gamma sqrt(d) n^(-1 / (4 + d)) for columns of variance 1.

    Source:
        Tapia & Estévez (2020), arXiv:2005.07783, §III, and their program, which adds 1e-8 to each variance;
        here a constant column stays constant, so that the scale of the others does not matter.
    """

    kind: Literal["tapia"] = "tapia"
    gamma: float = Field(default=1.0, gt=0, description="Factor of the width.")
    exponent: Exponent = Field(default="d2/(2 s2)", description="Minus the kernel's logarithm.")
    standardise: bool = Field(default=True, description="Whether columns are brought to variance 1.")

    @property
    def name(self) -> str:
        """`tapia gamma`."""
        return f"tapia {spell(self.gamma)}"

    def width(self, distances: Square, units: int, role: Role, labels: Square | None) -> float:
        """Return gamma sqrt(d) n^(-1 / (4 + d))."""
        return float(self.gamma * max(units, 1) ** 0.5 * len(distances) ** (-1 / (4 + units)))


@final
class WickstromKernel(Rule):
    """For each layer the width of a grid whose kernel is best aligned with that of the labels.

    The labels choose the width, so I(T;Y) is looked for where it is large. With `smoothing` s a layer's width
    is s times the one before, at the last measured epoch, plus 1 - s times the new one: then a number depends
    on which epochs are measured, and `Renyi.session` must see them in order.

    Attributes:
        smoothing: 0.9 in their program, at every iteration; 0 lets every measurement stand alone.
        input_sigma: Width for inputs.
        target_sigma: Width for real targets; for classes it is as good as 0, and they get the kernel 0 or 1.
        lowest: First width of the grid.
        reach: Last width of the grid, in mean distances of the layer (never below `lowest`).
        steps: Widths in the grid; 300 up to iteration 20 and then 100 in their program.

    Source:
        Wickstrøm et al. (2019), arXiv:1909.11396, §IV, and their program.
    """

    looks_at_distances: ClassVar[bool] = True

    kind: Literal["wickstrom-kernel"] = "wickstrom-kernel"
    input_sigma: float = Field(default=8.0, gt=0, description="Width for inputs.")
    target_sigma: float = Field(default=0.1, gt=0, description="Width for real targets.")
    lowest: float = Field(default=0.3, gt=0, description="First width of the grid.")
    reach: float = Field(default=10.0, gt=0, description="Last width, in mean distances of the layer.")
    steps: int = Field(default=100, ge=2, description="Widths in the grid.")
    smoothing: float = Field(default=0.0, ge=0, lt=1, description="Share of the last epoch's width.")
    exponent: Exponent = Field(default="d2/s2", description="Minus the kernel's logarithm.")
    standardise: bool = Field(default=False, description="Whether columns are brought to variance 1.")

    @property
    def name(self) -> str:
        """`wickstrom-kernel` and its numbers."""
        numbers = (self.input_sigma, self.target_sigma, self.lowest, self.reach, float(self.steps))
        smoothed = f" smoothed {spell(self.smoothing)}" if self.smoothing else ""
        return "wickstrom-kernel " + "/".join(map(spell, numbers)) + smoothed

    @property
    def remembered(self) -> float:
        """The share `smoothing`."""
        return self.smoothing

    def width(self, distances: Square, units: int, role: Role, labels: Square | None) -> float:
        """Return the width with the largest <K, K_y> / (|K| |K_y|)."""
        if role != "layer":
            return self.input_sigma if role == "input" else self.target_sigma
        if labels is None:
            raise SpecError(
                "wickstrom-kernel picks the width by the labels, and the probe has none. "
                "Take width `yu`, `tapia` or `fixed`, or give labels"
            )
        mean = float(distances.mean())
        highest = max(self.reach * mean, self.lowest)
        if not highest < float("inf"):
            raise ActivityError(f"no width of the grid fits: the mean distance between rows is {mean:g}")
        grid = torch.linspace(self.lowest, highest, self.steps, dtype=torch.float64).tolist()
        scores = [self._alignment(distances, width, labels) for width in grid]
        return float(grid[int(np.argmax(scores))])

    def _alignment(self, distances: Square, width: float, labels: Square) -> float:
        kernel = exponents(distances, width, self.exponent).exp_()
        return float((kernel * labels).sum() / kernel.norm())


@final
class Fixed(Rule):
    """One width for all, so that layers, epochs and probes are measured alike.

    Source:
        Sánchez Giraldo, Rao & Príncipe (2015), IEEE Trans. Inf. Theory 61, §V: the width is a parameter.
    """

    kind: Literal["fixed"] = "fixed"
    sigma: float = Field(gt=0, description="Width, in units of the activity.")
    exponent: Exponent = Field(default="d2/(2 s2)", description="Minus the kernel's logarithm.")
    standardise: bool = Field(default=False, description="Whether columns are brought to variance 1.")

    @property
    def name(self) -> str:
        """`fixed sigma`."""
        return f"fixed {spell(self.sigma)}"

    def width(self, distances: Square, units: int, role: Role, labels: Square | None) -> float:
        """Return sigma."""
        return self.sigma


KernelWidth = Annotated[Yu | Tapia | WickstromKernel | Fixed, Field(discriminator="kind")]
"""The rules that a spec can name, told apart by `kind`."""


def _distances(rows: Float[torch.Tensor, "samples units"]) -> Square:
    """Distances by differences, in units of a power of two so that no square overflows or vanishes."""
    if rows.numel() == 0:
        return rows.new_zeros(len(rows), len(rows))
    exponent = int(torch.frexp(rows.abs().max()).exponent)
    if abs(exponent) < ORDINARY:  # then scaling by powers of two changes nothing, and costs three copies
        return _apart(rows)
    # In two steps: 2^-exponent itself may be too large or too small for a float.
    half = exponent // 2
    scaled = rows * 2.0**-half * 2.0 ** -(exponent - half)
    return _apart(scaled) * 2.0**half * 2.0 ** (exponent - half)


def _apart(rows: Float[torch.Tensor, "samples units"]) -> Square:
    return _by_products(rows) if rows.shape[1] >= WIDE else _by_differences(rows, rows)


def _by_differences(
    rows: Float[torch.Tensor, "rows units"], others: Float[torch.Tensor, "others units"]
) -> Float[torch.Tensor, "rows others"]:
    return torch.cdist(rows, others, compute_mode="donot_use_mm_for_euclid_dist")


def _by_products(rows: Float[torch.Tensor, "samples units"]) -> Square:
    """Distances from inner products, |a|^2 + |b|^2 - 2ab, and by differences where that would cancel.

    Where a square is more than `CLOSE` of the largest one, cancelling costs it at most six of its sixteen
    digits; rows that have nearer neighbours are looked at again, so that equal ones are at distance 0.
    """
    centred = rows - rows.mean(dim=0)
    squares = centred.square().sum(dim=1)
    found = torch.empty(len(rows), len(rows), dtype=rows.dtype, device=rows.device)
    for top in range(0, len(rows), STRIPE):  # the matrix is symmetric: half of the products will do
        mine = slice(top, top + STRIPE)
        both = squares[mine, None] + squares[None, top:]
        across = torch.addmm(both, centred[mine], centred[top:].T, alpha=-2)
        found[mine, top:] = across
        found[top:, mine] = across.T
    near = found <= CLOSE * squares.max()
    near.fill_diagonal_(fill_value=False)
    again = near.any(dim=1)
    distances = found.clamp_(min=0).sqrt_().fill_diagonal_(0.0)
    if bool(again.any()):
        exact = _by_differences(rows[again], rows)
        distances[again] = exact
        distances[:, again] = exact.T
    return distances


def _standardised(rows: Float[torch.Tensor, "samples units"]) -> Float[torch.Tensor, "samples units"]:
    """Bring columns to mean 0 and variance 1; a constant column becomes 0."""
    largest = rows.abs().amax(dim=0)
    scaled = rows / torch.where(largest > 0, largest, 1.0)
    centred = scaled - scaled.mean(dim=0)
    deviation = centred.square().mean(dim=0).sqrt()
    # What is left of a constant after its mean is taken off is rounding.
    varies = deviation > torch.finfo(torch.float64).eps * 8
    return torch.where(varies, centred / torch.where(varies, deviation, 1.0), 0.0)
