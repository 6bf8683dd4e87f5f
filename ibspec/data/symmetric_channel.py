"""A class seen through several noisy channels, beside a category that tells nothing."""

import math
from typing import Literal, final

import numpy as np
from jaxtyping import Float32, Int64
from pydantic import Field, ValidationInfo, field_validator

from ibspec.core import child_generator, entropy_of_counts
from ibspec.data.dataset import Data, Dataset
from ibspec.data.drawing import Fraction, Rows, Seed, hash_blocks, refuse_too_many
from ibspec.data.places import Places

MOST_WORDS = 2**20
"""Joint outputs of all channels, which the exact entropy is summed over."""


@final
class SymmetricChannel(Data):
    """A uniform class sent `channels` times, each time replaced with probability `flip` by another one.

    Each channel's output is `classes` inputs of which one is 1, for its values have no order; the
    nuisance, a uniform category independent of everything, is coded the same way behind them.

    Attributes:
        classes: How many there are.
        channels: Independent outputs for one class.
        flip: Probability that a channel shows another class, each of them equally likely. At
            1 - 1 / classes the outputs tell nothing.
        nuisance: Values of the irrelevant category; 1 leaves it out.
        samples: Rows, drawn independently.
        seed: Decides the rows; nothing else does.
        train_fraction: Part of the rows, drawn at random, that training sees.
    """

    kind: Literal["symmetric-channel"] = "symmetric-channel"
    classes: int = Field(ge=2, le=1000)
    channels: int = Field(ge=1, le=1000)
    flip: float = Field(ge=0, le=1)
    nuisance: int = Field(default=1, ge=1, le=1_000_000)
    samples: Rows
    seed: Seed = 0
    train_fraction: Fraction = 0.8

    @field_validator("channels")
    @classmethod
    def _can_be_summed_over(cls, channels: int, info: ValidationInfo) -> int:
        classes = info.data.get("classes")
        if classes is not None and channels * math.log2(classes) > math.log2(MOST_WORDS):
            raise ValueError(
                f"{channels} channels of {classes} classes have {classes}^{channels} joint outputs, more "
                f"than the {MOST_WORDS} that the exact entropy can be summed over; lower it, or `classes`"
            )
        return channels

    def load(self, places: Places) -> Dataset:
        """Draw the rows; nothing is read from disk."""
        columns = self.channels * self.classes
        others = self.nuisance if self.nuisance > 1 else 0
        refuse_too_many(self.kind, self.samples, columns + others)
        rng = child_generator(self.seed, "data")
        y = rng.integers(0, self.classes, size=self.samples)
        turned = rng.random((self.samples, self.channels)) < self.flip
        steps = rng.integers(1, self.classes, size=turned.shape)  # from the class to another, around a circle
        seen = (y[:, None] + turned * steps) % self.classes
        x = np.zeros((self.samples, columns + others), dtype=np.float32)
        _set_ones(x, seen + self.classes * np.arange(self.channels))
        if others:
            _set_ones(x, columns + rng.integers(0, others, size=(self.samples, 1)))
        return Dataset(
            name=self.kind,
            x=x,
            y=y,
            class_count=self.classes,
            source="drawn by its rule",
            sha256=hash_blocks(x, y),
            train_fraction=self.train_fraction,
            relevant=x[:, :columns],
            irrelevant=x[:, columns:],
            truth=self.truth,
        )

    @property
    def truth(self) -> dict[str, float]:
        """Exact values in bits: I(X;Y) = H(outputs) - channels * H(one output | class).

        Source:
            Cover & Thomas (2006), Elements of Information Theory, 7.2, for one channel.
        """
        h_relevant = entropy_of_counts(self._words)
        of_one = entropy_of_counts(self._row(0))
        i_xy = h_relevant - self.channels * of_one
        return {
            "h_x": h_relevant + math.log2(self.nuisance),
            "h_y": math.log2(self.classes),
            "i_xy": i_xy,
            "i_relevant_y": i_xy,
            "i_irrelevant_y": 0.0,
            "i_irrelevant_y_given_relevant": 0.0,
        }

    def _row(self, label: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the law of one output given the class."""
        row = np.full(self.classes, self.flip / (self.classes - 1))
        row[label] = 1 - self.flip
        return row

    @property
    def _words(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the probability of every joint output."""
        total = np.zeros(self.classes**self.channels)
        for label in range(self.classes):
            word = np.ones(1)
            for _ in range(self.channels):
                word = np.multiply.outer(word, self._row(label)).ravel()
            total += word / self.classes
        return total


def _set_ones(x: Float32[np.ndarray, "samples columns"], places: Int64[np.ndarray, "samples ones"]) -> None:
    np.put_along_axis(x, places, np.float32(1), axis=1)
