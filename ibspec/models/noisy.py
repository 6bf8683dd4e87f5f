"""Nets with noise in their hidden layers."""

from typing import Annotated, Literal, final

from pydantic import Field

from ibspec.models.cnn import Cnn
from ibspec.models.gaussian_noise import GaussianNoise
from ibspec.models.layered import LayeredNet
from ibspec.models.mlp import Mlp
from ibspec.models.model import Model, with_first_weights


@final
class Noisy(Model):
    """A net that adds Gaussian noise after the activation of each hidden layer that has weights.

    The next layer is fed the noisy activity, in training and while measured: T_l = f_l(T_(l-1)) + Z_l. So
    I(X;T) is finite, I(X;T_1) >= I(X;T_2) >= ..., and `sample-propagation` can measure it. The output has no
    noise of its own. Measured noise is drawn afresh at each epoch, from the run's seed; losses and
    accuracies are evaluated with noise that is the same at each epoch.

    Attributes:
        sigma: The same in all layers.

    Source:
        Goldfeld et al. (2019), ICML, arXiv:1810.05728, section 2.
    """

    kind: Literal["noisy"] = "noisy"
    net: Annotated[Mlp | Cnn, Field(discriminator="kind")] = Field(description="The net to add noise to.")
    sigma: float = Field(gt=0, description="Standard deviation of the noise, in units of the activity.")

    @property
    def size_key(self) -> str:
        """The key, below `model`, to change where a net is too large."""
        return f"net.{self.net.size_key}"

    def lay_out(self, input_shape: tuple[int, ...], classes: int | None, key: str = "model") -> LayeredNet:
        """Lay the net out without memory."""
        net = self.net.lay_out(input_shape, classes, f"{key}.net")
        *hidden, _ = net.blocks.items()
        for name, block in hidden:
            block.after = GaussianNoise(self.sigma, name)
        return net

    def build(self, input_shape: tuple[int, ...], classes: int | None, seed: int) -> LayeredNet:
        """Return a net with the first weights that the net alone would have."""
        return with_first_weights(self.lay_out(input_shape, classes), self.net.init, seed)
