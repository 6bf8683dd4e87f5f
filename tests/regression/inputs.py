"""Fixed activities on which the estimators' outputs are pinned: the same bits on every machine.

Random numbers are the raw 64-bit words of PCG64, whose stream NumPy guarantees, as multiples of 2**-53.
After that only operations that IEEE 754 rounds in one way are used (+, -, *, /, abs, min, max): a library's
tanh or a matrix product may differ in the last bit from one processor to the next. `pins.json` holds a hash
of each input, so a change of an input is not mistaken for a change of an estimator.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ibspec.core import Probe

Numbers = np.ndarray[Any, np.dtype[Any]]


@final
@dataclass(frozen=True)
class Input:
    """One activity on one probe."""

    t: Numbers
    y: Numbers
    ids: Numbers
    x: Numbers | None = None

    def probe(self) -> Probe:
        """The probe that it was measured on."""
        return Probe(x=self.x, y=self.y, ids=self.ids)

    def sha256(self) -> str:
        """Hash of types, shapes and bytes."""
        total = hashlib.sha256()
        for array in (self.t, self.y, self.ids, *(() if self.x is None else (self.x,))):
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            total.update(f"{little.dtype.str}{little.shape}".encode() + little.tobytes())
        return total.hexdigest()


def uniform(seed: int, *shape: int) -> Numbers:
    """Multiples of 2**-53 in [0, 1)."""
    words = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return ((words >> np.uint64(11)) * 2.0**-53).reshape(shape)


def below(seed: int, limit: int, size: int) -> Numbers:
    """Whole numbers below `limit`."""
    return np.floor(uniform(seed, size) * limit).astype(np.int64)


def softsign(z: Numbers) -> Numbers:
    """x / (1 + |x|): bends like tanh, and is rounded in one way only."""
    return z / (1.0 + np.abs(z))


def _labels(seed: int, rows: int) -> Numbers:
    """Three unbalanced classes, and one class of a single row."""
    labels = np.minimum(below(seed, 6, rows), 2)
    labels[rows // 3] = 7
    return labels


def _bent(seed: int, rows: int, units: int, gain: float) -> Numbers:
    return softsign((uniform(seed, rows, units) - 0.5) * gain)


def _relu() -> Input:
    z = uniform(21, 257, 12) + uniform(22, 257, 12) - 1.0
    return Input(np.maximum(z * 3.0, 0.0), _labels(23, 257), np.arange(257))


def _saturated() -> Input:
    t = np.clip((uniform(31, 300, 6) - 0.5) * 16.0, -1.0, 1.0)
    return Input(t, _labels(32, 300), np.arange(300))


def _duplicates() -> Input:
    ids = below(41, 64, 320)
    return Input(_bent(42, 64, 4, 8.0)[ids], _labels(43, 320), ids)


def _noisy() -> Input:
    ids = below(51, 64, 320)
    t = _bent(52, 64, 2, 8.0)[ids] + (uniform(53, 320, 2) - 0.5) * 0.25
    return Input(t, _labels(54, 320), ids)


def _far() -> Input:
    """Two tight clusters a million apart, in eighths: exact in float64 whatever is subtracted."""
    t = np.floor(uniform(61, 300, 40) * 16.0) / 8.0
    t[::2] += 1e6
    return Input(t, _labels(62, 300), np.arange(300))


def _outside() -> Input:
    """Values on edges, at either end and beyond: -2, -1.75, ..., 2."""
    t = np.floor(uniform(71, 300, 2) * 17.0) / 4.0 - 2.0
    return Input(t, _labels(72, 300), np.arange(300))


def _paired() -> Input:
    """Two units that depend on two inputs, and three classes of about a hundred rows."""
    x = uniform(101, 300, 2) + uniform(102, 300, 2) - 1.0
    t = x + (uniform(103, 300, 2) - 0.5) * 0.5
    return Input(t, below(104, 3, 300), np.arange(300), x)


INPUTS: dict[str, Callable[[], Input]] = {
    "tanh-like": lambda: Input(_bent(11, 300, 5, 10.0), _labels(12, 300), np.arange(300)),
    "tanh-like float32": lambda: Input(
        _bent(11, 300, 5, 10.0).astype(np.float32), _labels(12, 300), np.arange(300)
    ),
    "relu": _relu,
    "saturated": _saturated,
    "duplicates": _duplicates,
    "noisy": _noisy,
    "wide": lambda: Input(_bent(81, 300, 80, 4.0), _labels(82, 300), np.arange(300)),
    "far": _far,
    "outside": _outside,
    "integers": lambda: Input(
        below(91, 5, 600).reshape(300, 2).astype(np.int8), _labels(92, 300), np.arange(300)
    ),
    "paired": _paired,
    "one row": lambda: Input(_bent(13, 1, 3, 2.0), np.zeros(1, dtype=np.int64), np.arange(1)),
}
"""By name; a new one is an entry here and `python -m tests.regression.write`."""
