"""Rules for the width of a Gaussian kernel, by the names of those who used them."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal, final

import numpy as np
import torch
from jaxtyping import Shaped
from pydantic import Field

from ibspec.core import ActivityError, Frozen, SpecError, spell
from ibspec.estimators.row_distances import Square, row_distances

Exponent = Literal["d2/(2 s2)", "d2/s2"]
"""What the kernel is exp of minus: half the squared distance over the squared width, or all of it."""

Role = Literal["layer", "input", "target"]
"""What the rows are: some rules give inputs and real targets widths of their own."""


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
        rows: Shaped[torch.Tensor, "samples units"],
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
        distances = row_distances(rows, standardise=self.standardise)
        width = self.width(distances, rows.shape[1], role, labels)
        if before is not None:
            width = self.remembered * before + (1 - self.remembered) * width
        return exponents(distances, width, self.exponent), width

    def product(
        self, rows: Shaped[torch.Tensor, "samples units"], channels: int, role: Role
    ) -> tuple[Square, float] | None:
        """Return the exponents of the product of one kernel for each channel, and the width of each.

        Channels are equally wide, and so the product is one kernel of that width on all of them beside each
        other: one matrix of distances in place of many. None where a width depends on distances.

        Args:
            rows: Channel after channel, as many units each.
            channels: How many there are.
            role: Which kind of rows.
        """
        if self.looks_at_distances:
            return None
        distances = row_distances(rows, standardise=self.standardise)
        width = self.width(distances, rows.shape[1] // channels, role, None)
        return exponents(distances, width, self.exponent), width


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
