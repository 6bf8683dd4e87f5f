"""A published value, to be compared with what a run finds."""

from typing import Literal, final

from pydantic import Field, NonNegativeInt, model_validator

from ibspec.core import Frozen

Quantity = Literal["train_loss", "train_accuracy", "test_loss", "test_accuracy", "i_xt", "i_ty", "h_t"]


@final
class Expectation(Frozen):
    """What a source reports: the mean over replicas should lie within `tolerance` of `value`.

    Attributes:
        what: A column of the history or of the measurements; losses in nats, information in bits.
        layer, estimator: Which row of the measurements; the estimator by its label.
        epoch: The last one if left out.
        source: Where the value was published.
    """

    what: Quantity
    value: float
    tolerance: float = Field(ge=0)
    source: str
    layer: str | None = None
    estimator: str | None = None
    epoch: NonNegativeInt | None = None

    @model_validator(mode="after")
    def _names_a_row(self) -> "Expectation":
        is_information = self.what in ("i_xt", "i_ty", "h_t")
        if is_information and (self.layer is None or self.estimator is None):
            raise ValueError(f"an expected {self.what} needs layer and estimator")
        if not is_information and (self.layer is not None or self.estimator is not None):
            raise ValueError(f"an expected {self.what} has neither layer nor estimator")
        return self
