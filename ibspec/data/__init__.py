"""Data sets: found or generated, checked byte for byte, with the exact facts about them."""

from typing import Annotated

from pydantic import Field

from ibspec.data.boolean import Boolean
from ibspec.data.dataset import Data, Dataset, Split
from ibspec.data.digits import Digits
from ibspec.data.fashion_mnist import FashionMnist
from ibspec.data.gaussian_mixture import GaussianMixture
from ibspec.data.linear_law import LayerTruth, LinearLaw
from ibspec.data.linear_teacher import LinearTeacher
from ibspec.data.mnist import Mnist
from ibspec.data.notmnist import NotMnist
from ibspec.data.places import Places
from ibspec.data.symmetric_bits import (
    Stochastic,
    SymmetricBits,
    symmetric_inputs,
    symmetric_labels,
    symmetric_scores,
)
from ibspec.data.symmetric_channel import SymmetricChannel

AnyData = Annotated[
    Mnist
    | FashionMnist
    | NotMnist
    | Digits
    | SymmetricBits
    | Boolean
    | GaussianMixture
    | LinearTeacher
    | SymmetricChannel,
    Field(discriminator="kind"),
]
"""Every kind of data that a spec can name."""

__all__ = [
    "AnyData",
    "Boolean",
    "Data",
    "Dataset",
    "Digits",
    "FashionMnist",
    "GaussianMixture",
    "LayerTruth",
    "LinearLaw",
    "LinearTeacher",
    "Mnist",
    "NotMnist",
    "Places",
    "Split",
    "Stochastic",
    "SymmetricBits",
    "SymmetricChannel",
    "symmetric_inputs",
    "symmetric_labels",
    "symmetric_scores",
]
