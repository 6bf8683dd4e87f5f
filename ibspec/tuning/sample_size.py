"""How an estimate grows with the size of the probe, and whether it has settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float, Int

SETTLED = 0.05
"""Bits a doubling: an estimate with a smaller slope over its last two doublings is called settled."""

SATURATED = 0.95
"""Bits a doubling, of the 1 that log2 N gains: an estimate that keeps up with it measures the probe."""

State = Literal["settled", "growing", "saturated", "falling"]


@final
@dataclass(frozen=True)
class Growth:
    """An estimate against the number of samples.

    Attributes:
        sizes: Samples, rising.
        means: I(X;T) in bits, mean over the draws of each size.
        spreads: Standard deviation over the draws; 0 for a single one.
        slope: Of the mean on log2 of the size over the last two doublings, in bits a doubling.
        error: Of the slope, from the spread of the draws.
    """

    sizes: tuple[int, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    slope: float
    error: float

    @property
    def state(self) -> State:
        """Settled, saturated, or still on its way."""
        if abs(self.slope) < SETTLED:
            return "settled"
        if self.slope > SATURATED:
            return "saturated"
        return "growing" if self.slope > 0 else "falling"


def grow(sizes: Sequence[int], values: Float[np.ndarray, "sizes draws"]) -> Growth:
    """Return how an estimate grows: its slope on log2 N over the last two doublings, by least squares.

    With well separated points the kernel bound is log2 N and grows by one bit a doubling: it never settles.
    It settles where clusters or wide noise limit it.

    Args:
        sizes: Samples, rising, spanning two doublings or more.
        values: The estimate in bits of each draw of a size.

    Raises:
        ValueError: The sizes do not rise, or span less than two doublings.

    Source:
        candidate-8240R-2019 §3.1.2 ("stable for more than 100 samples").
    """
    numbers: Int[np.ndarray, " sizes"] = np.asarray(sizes)
    if len(numbers) < 3 or (np.diff(numbers) <= 0).any() or numbers[-1] < 4 * numbers[0]:
        raise ValueError(f"wanted three rising sizes or more over two doublings; got {list(sizes)}")
    last = numbers * 4 >= numbers[-1]
    log_size = np.log2(numbers[last])
    log_size = log_size - log_size.mean()
    leverage = log_size / (log_size @ log_size)
    means = values.mean(axis=1)
    draws = values.shape[1]
    spreads = values.std(axis=1, ddof=1) if draws > 1 else np.zeros(len(numbers))
    return Growth(
        tuple(numbers.tolist()),
        tuple(means.tolist()),
        tuple(spreads.tolist()),
        float(leverage @ means[last]),
        float(np.sqrt((leverage**2) @ (spreads[last] ** 2) / draws)),
    )
