"""What a spec says about training."""

from typing import Literal, final

from pydantic import Field, PositiveInt

from ibspec.core import Frozen
from ibspec.training.losses import Loss
from ibspec.training.optimisers import AnyOptimiser


@final
class Training(Frozen):
    """How the networks are trained, and how many of them.

    Attributes:
        epochs: Passes over the training rows; 0 measures the untrained net.
        batch_size: Rows of a step, the last step of an epoch taking what is left; or "full".
        replicas: Networks trained, each with its own first weights, split and order.
        seed: Root of all randomness; children are derived by name.
    """

    epochs: int = Field(ge=0, le=10_000_000)
    batch_size: PositiveInt | Literal["full"]
    optimiser: AnyOptimiser
    loss: Loss = "cross-entropy"
    replicas: int = Field(default=1, ge=1, le=100_000)
    seed: int = Field(default=0, ge=0, lt=2**63)

    def rows_per_step(self, rows: int) -> int:
        """Return the batch size for so many training rows."""
        return rows if self.batch_size == "full" else self.batch_size
