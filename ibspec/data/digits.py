"""The 8x8 digits that come with scikit-learn."""

import hashlib
from typing import Literal, final

import numpy as np
from pydantic import Field

from ibspec.core import DataError
from ibspec.data.dataset import Data, Dataset
from ibspec.data.places import Places

SHA256 = {
    "pixels": "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3",
    "labels": "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0",
}
"""Of the 1797 x 64 grey values 0 to 16 and of the 1797 labels, each as unsigned bytes."""


@final
class Digits(Data):
    """1,797 handwritten digits of 8x8 grey values, scaled to 0..1, all different: H(X) = log2 1797 bits.

    Attributes:
        train_fraction: Part of the images, drawn at random, that training sees.

    Source:
        Alpaydin & Kaynak (1998), Optical recognition of handwritten digits, UCI; its test set, as
        scikit-learn ships it.
    """

    kind: Literal["digits"] = "digits"
    train_fraction: float = Field(default=0.8, gt=0, lt=1)

    def load(self, places: Places) -> Dataset:
        """Take the images from scikit-learn; no directory is looked at."""
        try:
            from sklearn.datasets import load_digits
        except ImportError as error:
            raise DataError(
                f"digits come with scikit-learn, which cannot be imported ({error}). "
                "Install it: pip install 'ibspec[data]'"
            ) from error
        values, targets = load_digits(return_X_y=True)
        pixels, labels = values.astype(np.uint8), targets.astype(np.uint8)
        found = {
            name: hashlib.sha256(block.tobytes()).hexdigest()
            for name, block in {"pixels": pixels, "labels": labels}.items()
        }
        for name, wanted in SHA256.items():
            if found[name] != wanted:
                raise DataError(
                    f"digits: the {name} of the installed scikit-learn are not the known ones: wanted "
                    f"SHA-256 {wanted}, found {found[name]}. "
                    "Install another one: pip install 'scikit-learn>=1.5'"
                )
        return Dataset(
            name=self.kind,
            x=pixels.astype(np.float32) / np.float32(16),
            y=labels.astype(np.int64),
            class_count=10,
            source="scikit-learn, load_digits()",
            sha256=found,
            train_fraction=self.train_fraction,
        )
