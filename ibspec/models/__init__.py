"""Networks with named layers."""

from typing import Annotated

from pydantic import Field

from ibspec.models.cnn import Cnn
from ibspec.models.layered import Block, LayeredNet
from ibspec.models.mlp import Mlp
from ibspec.models.model import Model
from ibspec.models.noisy import Noisy
from ibspec.models.quantised import Quantised

AnyModel = Annotated[Mlp | Cnn | Quantised | Noisy, Field(discriminator="kind")]
"""The models that a spec can name, told apart by `kind`."""

__all__ = ["AnyModel", "Block", "Cnn", "LayeredNet", "Mlp", "Model", "Noisy", "Quantised"]
