"""Which critic: the part of a spec that says so."""

from typing import Annotated, Literal, TypeAlias, final

import torch
from jaxtyping import Float32
from pydantic import Field

from ibspec.core import Frozen
from ibspec.estimators.variational.critics import Critic, DotProduct, OfBoth
from ibspec.estimators.variational.networks import Network

Widths = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=8)]


@final
class Separable(Frozen):
    """s(x, t) = g(x) . h(t) with two nets: fast, as all pairs of a batch cost one product of matrices."""

    kind: Literal["separable"] = "separable"
    hidden: Widths = Field(default=(64, 64), description="Widths of the hidden layers of each net.")
    embedding: int = Field(default=16, ge=1, description="Outputs of each net.")

    @property
    def label(self) -> str:
        """Widths and outputs, as `64-64-16`."""
        return "-".join(map(str, (*self.hidden, self.embedding)))

    def critic(
        self, x: Float32[torch.Tensor, "samples inputs"], t: Float32[torch.Tensor, "samples units"]
    ) -> Critic:
        """Build it for a sample."""
        below = (*self.hidden, self.embedding)
        return DotProduct(x, t, Network((x.shape[1], *below)), Network((t.shape[1], *below)))


@final
class Joint(Frozen):
    """s(x, t) = net(x, t): for each pair of a batch, so that time grows with `batch` squared times widths."""

    kind: Literal["joint"] = "joint"
    hidden: Widths = Field(default=(64, 64), description="Widths of the hidden layers.")

    @property
    def label(self) -> str:
        """Widths, as `joint 64-64`."""
        return f"joint {'-'.join(map(str, self.hidden))}"

    def critic(
        self, x: Float32[torch.Tensor, "samples inputs"], t: Float32[torch.Tensor, "samples units"]
    ) -> Critic:
        """Build it for a sample."""
        first = self.hidden[0]
        of_x, of_t = Network((x.shape[1], first)), Network((t.shape[1], first))
        return OfBoth(x, t, of_x, of_t, Network((*self.hidden, 1)))


Architecture: TypeAlias = Annotated[Separable | Joint, Field(discriminator="kind")]
"""The critics that a spec can name, told apart by `kind`."""
