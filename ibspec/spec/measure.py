"""What a spec says about measuring."""

from collections import Counter
from typing import Any, Literal, final

from pydantic import (
    Field,
    PositiveInt,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from ibspec.activity import View
from ibspec.core import Frozen, Many
from ibspec.estimators import AnyEstimator, Kde
from ibspec.schedules import AnySchedule, Every
from ibspec.spec.gradients import Gradients


@final
class ProbeChoice(Frozen):
    """The fixed sample on which every layer is measured.

    Attributes:
        split: `test` or `train` where the data have a fixed split; `all` rows.
        size: Rows to take, drawn once from `training.seed` and kept in file order; all of them if left out.
    """

    split: Literal["train", "test", "all"]
    size: PositiveInt | None = None


@final
class Measure(Frozen):
    """When, on what, where and with what to measure.

    Attributes:
        when: The schedule; every epoch if left out.
        probe: The sample.
        layers: Names of layers in the order of the plane; all but dropout if left out.
        view: How to look at layers with channels.
        estimators: What to measure with, side by side on the same activity.
        gradients: What to find out about mini-batch gradients at the measured epochs; nothing if left out.
    """

    when: AnySchedule = Every()
    probe: ProbeChoice
    layers: Many[str] | None = Field(default=None, min_length=1)
    view: View = "whole"
    estimators: Many[AnyEstimator] = Field(min_length=1)
    gradients: Gradients | None = None

    @model_validator(mode="after")
    def _labels_differ(self) -> "Measure":
        counts = Counter(estimator.label for estimator in self.estimators)
        twice = sorted(label for label, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"the same estimator stands twice in estimators: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _view_fits(self) -> "Measure":
        reasons = [estimator.why_not_in(self.view) for estimator in self.estimators]
        for reason in filter(None, reasons):
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _information_rate_fits(self) -> "Measure":
        if self.gradients is None or not self.gradients.information_rate:
            return self
        if not any(isinstance(estimator, Kde) for estimator in self.estimators):
            raise ValueError(
                "gradients.information_rate is that of the bounds of a kde: add one to estimators"
            )
        if self.view not in ("whole", "concat"):
            raise ValueError(
                "gradients.information_rate follows all units of a layer together: write view "
                f'"whole" or "concat"; got "{self.view}"'
            )
        if self.when.is_adaptive:
            raise ValueError(
                "gradients.information_rate needs the weights of the epoch before each measured one, and an "
                "adaptive schedule chooses epochs that lie behind: write another `when`"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out gradients that nobody asks for: specs older than the key keep their digest."""
        document: dict[str, Any] = dump(self)
        if self.gradients is None:
            document.pop("gradients", None)
        return document
