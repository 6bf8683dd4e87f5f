"""Changes of rows that alter no information of the law behind them, and rows to change.

A change takes data and a generator, and returns data.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from ibspec.core import Probe

Rng = np.random.Generator


@final
@dataclass(frozen=True)
class Data:
    """Rows of x and t, their classes, and which inputs are equal."""

    x: Any
    t: Any
    y: Any
    ids: Any

    def probe(self, *, labelled: bool = True) -> Probe:
        """With or without classes."""
        return Probe(x=self.x, y=self.y if labelled else None, ids=self.ids)


Change = Callable[[Data, Rng], Data]


def rows(data: Data, rng: Rng) -> Data:
    """Another order of the samples."""
    order = rng.permutation(len(data.x))
    return Data(data.x[order], data.t[order], data.y[order], data.ids[order])


def units(data: Data, rng: Rng) -> Data:
    """Another order of the columns of either side."""
    x, t = (np.roll(each, rng.integers(1, each.shape[1]), axis=1) for each in (data.x, data.t))
    return replace(data, x=x, t=t)


def labels(data: Data, rng: Rng) -> Data:
    """Other names for classes and inputs."""
    names = rng.permutation(int(data.y.max()) + 1)
    return replace(data, y=names[data.y], ids=rng.permutation(int(data.ids.max()) + 1)[data.ids])


def doubled(data: Data, rng: Rng) -> Data:
    """All values of either side times a power of two, which no digit survives differently."""
    factor = 2.0 ** rng.integers(-30, 30)
    return replace(data, x=data.x * factor, t=data.t * factor)


def scaled(data: Data, rng: Rng) -> Data:
    """Each column times a power of two of its own."""
    x, t = (each * 2.0 ** rng.integers(-30, 30, each.shape[1]) for each in (data.x, data.t))
    return replace(data, x=x, t=t)


def negated(data: Data, rng: Rng) -> Data:
    """Each column times 1 or -1."""
    x, t = (each * rng.choice([-1, 1], each.shape[1]) for each in (data.x, data.t))
    return replace(data, x=x, t=t)


def shifted(data: Data, rng: Rng) -> Data:
    """A number added to each column."""
    x, t = (each + rng.normal(size=each.shape[1]) for each in (data.x, data.t))
    return replace(data, x=x, t=t)


def turned(data: Data, rng: Rng) -> Data:
    """Activity and inputs turned, or mirrored, about the origin."""
    x, t = (each @ np.linalg.qr(rng.normal(size=(each.shape[1],) * 2))[0] for each in (data.x, data.t))
    return replace(data, x=x, t=t)


def mixed(data: Data, rng: Rng) -> Data:
    """An invertible linear map of either side, of condition 4 at most."""
    sides = []
    for each in (data.x, data.t):
        one, other = (np.linalg.qr(rng.normal(size=(each.shape[1],) * 2))[0] for _ in range(2))
        sides.append(each @ (one * rng.uniform(0.5, 2, each.shape[1])) @ other)
    return replace(data, x=sides[0], t=sides[1])


def raised(data: Data, rng: Rng) -> Data:
    """A rising map of each column of its own: powers and exponentials."""
    maps = (np.exp, lambda z: z**3 + z, lambda z: np.sinh(3 * z))
    x, t = (
        np.column_stack([maps[rng.integers(3)](column) for column in each.T]) for each in (data.x, data.t)
    )
    return replace(data, x=x, t=t)


def raised_together(data: Data, rng: Rng) -> Data:
    """One rising map for all."""
    return replace(data, t=np.exp(data.t))


def renamed(data: Data, rng: Rng) -> Data:
    """Whole numbers by other names, unit by unit; those that differ still do."""
    names = rng.permuted(np.tile(np.arange(100) - 50, (data.t.shape[1], 1)), axis=1)
    return replace(
        data, t=np.column_stack([own[column] for own, column in zip(names, data.t.T, strict=True)])
    )


def repeated(data: Data, rng: Rng) -> Data:
    """A unit and an input that occur twice."""
    return replace(
        data, x=np.column_stack([data.x, data.x[:, 0]]), t=np.column_stack([data.t, data.t[:, -1]])
    )


def padded(data: Data, rng: Rng) -> Data:
    """A unit and an input that never change."""
    three = np.full(len(data.t), 3, dtype=data.t.dtype)
    return replace(data, x=np.column_stack([three, data.x]), t=np.column_stack([data.t, three]))


def swapped(data: Data, rng: Rng) -> Data:
    """Activity for inputs, inputs for activity."""
    return replace(data, x=data.t, t=data.x)


def copied(data: Data, rng: Rng) -> Data:
    """Every sample three times: the empirical law is what it was."""
    return Data(*(np.concatenate([each] * 3) for each in (data.x, data.t, data.y, data.ids)))


WITHOUT_CLASSES: frozenset[Change] = frozenset({swapped})
"""Changes that say nothing of I(T;Y)."""


def drawn(rng: Rng, samples: int, *, whole: bool, width: int = 2) -> Data:
    """Dependent rows; in three classes, none of them small."""
    x = rng.normal(size=(samples, width))
    t = x + 0.5 * rng.normal(size=(samples, width))
    if whole:
        x, t = np.round(x).astype(np.int64), np.round(2 * t).astype(np.int64)
    return Data(
        x, t, rng.permutation(np.arange(samples) % 3), np.unique(x, axis=0, return_inverse=True)[1].ravel()
    )


def product(one: Data, other: Data) -> Data:
    """Every row of one beside every row of the other: independent, exactly."""
    i, j = (index.ravel() for index in np.indices((len(one.x), len(other.x))))
    x, t = (np.hstack([getattr(one, name)[i], getattr(other, name)[j]]) for name in ("x", "t"))
    ids = one.ids[i] * (int(other.ids.max()) + 1) + other.ids[j]
    return Data(x, t, one.y[i], ids)
