"""What a spec says about gradients."""

from typing import Literal, final

from pydantic import Field, model_validator

from ibspec.core import Frozen, Many

Reading = Literal["fixed", "moving", "parallel"]
"""Three things that the literature calls mean and deviation of mini-batch gradients."""


@final
class Gradients(Frozen):
    """What to find out about mini-batch gradients, and about the rates at which they change things.

    The three readings agree only where they start. `fixed`: the weights of the measured epoch stand still
    while an epoch's batches pass. `moving`: along the epoch that led there, each batch's gradient at the
    weights of its moment. `parallel`: nets from the same start, each trained for ever on its own batch.

    Attributes:
        readings: Which of them, side by side.
        batches: Batches that stand for an epoch's, in the reading `fixed` and in `loss_rate`; all that are
            full if left out.
        per_sample: Beside the reading `fixed`, the signal-to-noise ratio of single rows, at the same weights.
        nets: Of the reading `parallel`, each with one batch.
        loss_rate: How much a step changes the loss: predicted to first and second order, and realised.
            For plain SGD only.
        information_rate: How much an epoch changes the bounds of each `kde` on I(X;T): predicted from the
            movement of the activity, and realised.

    Source:
        candidate-8240R-2019 §2.3.3 (gradients), §3.2.4 (the rate of the bounds, corrected).
    """

    readings: Many[Reading] = Field(default=("moving",), min_length=1)
    batches: int | None = Field(default=None, ge=2, le=1_000_000)
    per_sample: bool = False
    nets: int = Field(default=8, ge=2, le=10_000)
    loss_rate: bool = False
    information_rate: bool = False

    @model_validator(mode="after")
    def _is_consistent(self) -> "Gradients":
        twice = sorted({each for each in self.readings if self.readings.count(each) > 1})
        if twice:
            raise ValueError(f"the same reading stands twice in readings: {', '.join(twice)}")
        if self.per_sample and "fixed" not in self.readings:
            raise ValueError('per_sample looks at weights that stand still: add "fixed" to readings')
        if self.batches is not None and not self.needs_batches:
            raise ValueError('batches is for the reading "fixed" and for loss_rate, and neither is asked for')
        return self

    @property
    def needs_batches(self) -> bool:
        """Whether batches are put through a net whose weights stand still."""
        return "fixed" in self.readings or self.loss_rate

    @property
    def passes_through(self) -> bool:
        """Whether inputs are put through a net beside what estimators do."""
        return self.needs_batches or self.information_rate

    @property
    def has_rates(self) -> bool:
        """Whether any rate is asked for."""
        return self.loss_rate or self.information_rate
