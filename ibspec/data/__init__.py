"""Data sets: found or generated, checked byte for byte, with the exact facts about them."""

from typing import Annotated

from pydantic import Field

from ibspec.data.dataset import Data, Dataset, Split
from ibspec.data.digits import Digits
from ibspec.data.mnist import Mnist
from ibspec.data.places import Places
from ibspec.data.symmetric_bits import SymmetricBits, symmetric_inputs, symmetric_labels, symmetric_scores

AnyData = Annotated[Mnist | SymmetricBits | Digits, Field(discriminator="kind")]
"""Every kind of data that a spec can name."""

__all__ = [
    "AnyData",
    "Data",
    "Dataset",
    "Digits",
    "Mnist",
    "Places",
    "Split",
    "SymmetricBits",
    "symmetric_inputs",
    "symmetric_labels",
    "symmetric_scores",
]
