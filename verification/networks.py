"""Networks small enough to know everything about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from jaxtyping import Float, Int

IntegerMap = Callable[[Int[np.ndarray, "samples units"]], Int[np.ndarray, "samples units"]]

INTEGER_ACTIVATIONS: dict[str, IntegerMap] = {
    "relu": lambda z: np.maximum(z, 0),
    "clip": lambda z: np.clip(z, -2, 2),
    "sign": np.sign,
    "identity": lambda z: z,
}

REAL_ACTIVATIONS: dict[str, Callable[[Float[np.ndarray, "..."]], Float[np.ndarray, "..."]]] = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
}


@final
@dataclass(frozen=True)
class IntegerNetwork:
    """A network whose every activity is an integer, so that equality of activities is exact.

    Attributes:
        weights: One matrix a layer, (units below, units).
        biases: One vector a layer.
        activations: One name from `INTEGER_ACTIVATIONS` a layer.
        x: Inputs, one row a sample; rows may repeat.
        y: One label a row.
    """

    weights: tuple[Int[np.ndarray, "below units"], ...]
    biases: tuple[Int[np.ndarray, " units"], ...]
    activations: tuple[str, ...]
    x: Int[np.ndarray, "samples inputs"]
    y: Int[np.ndarray, " samples"]

    @classmethod
    def random(cls, widths: tuple[int, ...], samples: int, rng: np.random.Generator) -> "IntegerNetwork":
        """Draw weights and biases from -2 .. 2, inputs from -1 .. 1 and binary labels."""
        names = sorted(INTEGER_ACTIVATIONS)
        return cls(
            weights=tuple(rng.integers(-2, 3, shape) for shape in pairwise(widths)),
            biases=tuple(rng.integers(-2, 3, units) for units in widths[1:]),
            activations=tuple(names[rng.integers(len(names))] for _ in widths[1:]),
            x=rng.integers(-1, 2, (samples, widths[0])),
            y=rng.integers(0, 2, samples),
        )

    def activities(self) -> Iterator[Int[np.ndarray, "samples units"]]:
        """Yield the inputs, then the activity of each layer."""
        t = self.x
        yield t
        for weight, bias, name in zip(self.weights, self.biases, self.activations, strict=True):
            t = INTEGER_ACTIVATIONS[name](t @ weight + bias)
            yield t


@final
@dataclass(frozen=True)
class RealNetwork:
    """A fully connected float64 network with one activation for all layers.

    Attributes:
        weights: One matrix a layer, (units below, units).
        biases: One vector a layer.
        activation: A name from `REAL_ACTIVATIONS`.
    """

    weights: tuple[Float[np.ndarray, "below units"], ...]
    biases: tuple[Float[np.ndarray, " units"], ...]
    activation: str

    @classmethod
    def random(
        cls, widths: tuple[int, ...], activation: str, gain: float, rng: np.random.Generator
    ) -> "RealNetwork":
        """Draw weights from N(0, gain^2 / fan-in) and biases from N(0, 0.1^2)."""
        return cls(
            weights=tuple(
                gain * rng.standard_normal((below, units)) / np.sqrt(below)
                for below, units in pairwise(widths)
            ),
            biases=tuple(0.1 * rng.standard_normal(units) for units in widths[1:]),
            activation=activation,
        )

    @property
    def inputs(self) -> int:
        """How many inputs it takes."""
        return len(self.weights[0])

    def activities(
        self,
        x: Float[np.ndarray, "samples inputs"],
        forward: Callable[
            [Float[np.ndarray, "samples units"]], Float[np.ndarray, "samples units"]
        ] = lambda t: t,
    ) -> Iterator[Float[np.ndarray, "samples units"]]:
        """Yield the activity of each layer; `forward` changes it before it is yielded and fed on."""
        t = np.asarray(x, dtype=np.float64)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            t = forward(REAL_ACTIVATIONS[self.activation](t @ weight + bias))
            yield t


def binary_words(length: int) -> Int[np.ndarray, "words length"]:
    """All words of 0 and 1 of a length, in order, the first column most significant."""
    return (np.arange(2**length)[:, None] >> np.arange(length - 1, -1, -1)) & 1
