"""What a spec says about measuring."""

from collections import Counter
from typing import Literal, final

from pydantic import Field, PositiveInt, model_validator

from ibspec.activity import View
from ibspec.core import Frozen, Many
from ibspec.estimators import AnyEstimator
from ibspec.schedules import AnySchedule, Every


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
    """

    when: AnySchedule = Every()
    probe: ProbeChoice
    layers: Many[str] | None = Field(default=None, min_length=1)
    view: View = "whole"
    estimators: Many[AnyEstimator] = Field(min_length=1)

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
