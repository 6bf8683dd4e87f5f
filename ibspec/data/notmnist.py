"""notMNIST: 10,000 letters A to J in many fonts, some of them twice."""

from typing import Literal, final

import numpy as np
from jaxtyping import Int, Int64
from pydantic import Field

from ibspec.core import group_rows
from ibspec.data.archive import Archive
from ibspec.data.dataset import Data, Dataset
from ibspec.data.image_files import find_or_download, scaled
from ibspec.data.places import Places

FOLDER = "notmnist"

IMAGES = Archive(
    name="t10k-images-idx3-ubyte",
    axes=3,
    packed_bytes=3_172_375,
    packed_sha256="70ae9e06201f2827e5b0a3781a3169d735dd2efc69996b9eeaee7f10ed4044d7",
    unpacked_bytes=7_840_016,
    unpacked_sha256="8e7f38ae95cc8f48e0986175ffc9137e5007ebcf3d8fdf6656c904eb9dab198b",
)
LABELS = Archive(
    name="t10k-labels-idx1-ubyte",
    axes=1,
    packed_bytes=5_118,
    packed_sha256="1fa03836e01c862542f8eb83463bb951bebec6fcb3efa28dad748c6b38a9021b",
    unpacked_bytes=10_008,
    unpacked_sha256="5f8e6012f2ce730700d8d05fca098bc47f71d25b890e4bec7ac5ebfd614a4001",
)

ORIGIN = (
    " They are in https://github.com/davidflanagan/notMNIST-to-MNIST, commit "
    "17823f4d4a3acd8317c07866702d2eb2ac79c7a0, and are not downloaded: the set has no licence."
)

TRAIN_IMAGES = 8_000
"""Distinct images for training; the other 1,804 are for testing."""


@final
class NotMnist(Data):
    """Letters A to J as 28x28 grey values scaled to 0..1, 1,000 of each: H(Y) is log2 10 bits.

    9,804 of the images are distinct (one is there 141 times, 56 are there twice), so H(X) is below
    log2 10000. The first 8,000 distinct images in file order are for training, every row of them, the
    other 1,804 for testing: 8,193 and 1,807 rows, and no image in both. They are never downloaded.

    Attributes:
        data_dir: Directory with a folder `notmnist` that has the files, packed or not.

    Source:
        Bulatov (2011), notMNIST_small; a sample of it, the t10k files of davidflanagan/notMNIST-to-MNIST.
    """

    kind: Literal["notmnist"] = "notmnist"
    data_dir: str | None = Field(default=None, min_length=1)

    def load(self, places: Places) -> Dataset:
        """Read local files."""
        archives = (IMAGES, LABELS)
        found = find_or_download(self.kind, archives, FOLDER, (), places, self.data_dir, ORIGIN)
        pixels, labels = found.parts[IMAGES.name], found.parts[LABELS.name]
        ids = number_by_appearance(group_rows(pixels.reshape(len(pixels), -1)))
        return Dataset(
            name=self.kind,
            x=scaled(pixels),
            y=labels.astype(np.int64),
            class_count=10,
            source=found.source,
            sha256=found.hashes,
            train=np.flatnonzero(ids < TRAIN_IMAGES),
            test=np.flatnonzero(ids >= TRAIN_IMAGES),
            ids=ids,
            notes=found.notes,
        )


def number_by_appearance(groups: Int[np.ndarray, " samples"]) -> Int64[np.ndarray, " samples"]:
    """Return the groups numbered 0, 1, ... in the order in which they first appear."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[group]
