"""Nets whose activity takes few values."""

from typing import Annotated, Literal, final

from pydantic import Field
from torch import nn

from ibspec.models.activations import LEAKY_SLOPE
from ibspec.models.cnn import Cnn
from ibspec.models.layered import LayeredNet
from ibspec.models.mlp import Mlp
from ibspec.models.model import Model, with_first_weights
from ibspec.models.quantiser import Quantiser


@final
class Quantised(Model):
    """A net whose activity is restricted to evenly spaced levels in every layer that has weights.

    So each layer is a discrete function of the one before, and `exact` measures it without any binning. The
    grid goes from -1 to 1 for tanh and softsign, from 0 to 1 for sigmoid and softmax, from 0 to `limit` for
    relu and softplus, from -limit to limit for linear; for leaky-relu from -0.01 limit. Gradients pass
    straight through it, and the loss sees the output as it is before the grid. Weights are not quantised.

    While measured, layers compute in float64 up to the grid, so that equal rows get equal codes.

    Attributes:
        limit: 6 by default, as in ReLU6.

    Source:
        Lorenzen, Igel & Nielsen (2022), ICLR, section 3. They measure the range anew for each layer and
        epoch, and cut floats again for the estimator; here the grid is fixed, and its codes are measured.
    """

    kind: Literal["quantised"] = "quantised"
    net: Annotated[Mlp | Cnn, Field(discriminator="kind")] = Field(description="The net to be quantised.")
    levels: int = Field(ge=2, le=256, description="How many values an activity can take; 256 are 8 bits.")
    limit: float = Field(
        default=6.0, ge=1e-6, le=1e6, description="End of the grid where the activation has none."
    )

    @property
    def size_key(self) -> str:
        """The key, below `model`, to change where a net is too large."""
        return f"net.{self.net.size_key}"

    def lay_out(self, input_shape: tuple[int, ...], classes: int | None, key: str = "model") -> LayeredNet:
        """Lay the net out without memory."""
        net = self.net.lay_out(input_shape, classes, f"{key}.net")
        for block in net.blocks.values():
            block.after = Quantiser(self.levels, *self._ends(block.activation))
        return net

    def build(self, input_shape: tuple[int, ...], classes: int | None, seed: int) -> LayeredNet:
        """Return a net with the first weights that the net alone would have."""
        return with_first_weights(self.lay_out(input_shape, classes), self.net.init, seed)

    def _ends(self, activation: nn.Module) -> tuple[float, float]:
        match activation:
            case nn.Tanh() | nn.Softsign():
                return -1.0, 1.0
            case nn.Sigmoid() | nn.Softmax():
                return 0.0, 1.0
            case nn.LeakyReLU():
                return -LEAKY_SLOPE * self.limit, self.limit
            case nn.Identity():
                return -self.limit, self.limit
            case _:
                return 0.0, self.limit  # relu, softplus
