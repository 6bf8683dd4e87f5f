"""The columns among which neighbours are looked for: real, scaled, without those that never change."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Shaped

from ibspec.core import Activity, ActivityError, DataError, Probe, Rows, ShapeError, UserError, as_rows


@final
@dataclass(frozen=True)
class Columns:
    """Rows ready for distances.

    Attributes:
        rows: One column for every one that was not constant.
        log_scale: Log of the factor, in nats, by which volumes of `rows` are smaller than they were.
        constant: How many columns never changed and were left out.
    """

    rows: Float[np.ndarray, "samples columns"]
    log_scale: float
    constant: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.rows.shape[1])

    def beside(self, other: "Columns") -> Float[np.ndarray, "samples columns"]:
        """Rows of the joint space."""
        return np.hstack([self.rows, other.rows])


def columns_of(t: Activity | Rows, probe: Probe, standardise: bool) -> Columns:
    """Columns of the activity."""
    return _scaled(as_rows(t, probe.samples).cpu().numpy().astype(np.float64), standardise, "activity")


def inputs_of(probe: Probe, standardise: bool) -> Columns | None:
    """Columns of the inputs, flattened; None where the probe has none.

    Raises:
        ShapeError: The inputs are no real numbers.
        DataError: An input is NaN or infinite.
    """
    return None if probe.x is None else _scaled(_reals(probe.x, "inputs x"), standardise, "inputs x")


def targets_of(probe: Probe, standardise: bool) -> Columns | None:
    """The column of real-valued targets; None where there are classes, or no targets.

    Raises:
        DataError: A target is NaN or infinite.
    """
    if probe.y is None or probe.classes is not None:
        return None
    return _scaled(_reals(probe.y, "targets y"), standardise, "targets y")


def jittered(columns: Columns, amount: float, rng: np.random.Generator | None) -> Columns:
    """Add Gaussian noise of `amount` standard deviations of each column; nothing for 0.

    Raises:
        UserError: There is noise to draw and no `rng` to draw it from.
    """
    if amount == 0.0:
        return columns
    if rng is None:
        raise UserError(f"jitter={amount:g} draws random numbers: pass `rng`, or set `jitter` to 0")
    noise = amount * columns.rows.std(axis=0) * rng.standard_normal(columns.rows.shape)
    return Columns(columns.rows + noise, columns.log_scale, columns.constant)


def _reals(values: Shaped[np.ndarray, "samples ..."], name: str) -> Float[np.ndarray, "samples columns"]:
    if values.dtype.kind not in "fiub":
        raise ShapeError(f"{name}: a neighbour estimator needs real numbers; got {values.dtype}")
    rows = values.reshape(len(values), -1).astype(np.float64)
    if not np.isfinite(rows).all():
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        raise DataError(f"{name} must be finite; {len(bad)} rows are not, first row {bad[0]}")
    return rows


def _scaled(rows: Float[np.ndarray, "samples columns"], standardise: bool, name: str) -> Columns:
    """Leave constant columns out; if asked, bring the others to standard deviation 1.

    Everything is computed from sorted columns, so that the order of the rows cannot round differently.
    """
    varying = (rows != rows[:1]).any(axis=0)
    rows, constant = rows[:, varying], int((~varying).sum())
    if not standardise:
        with np.errstate(over="ignore"):
            spread = np.ptp(rows, axis=0) if rows.size else np.ones(1)
        if not np.isfinite(spread).all():
            raise ActivityError(f"{name}: values too far apart for float64; set `standardise` to true")
        return Columns(rows, 0.0, constant)
    # A power of two first, which rounds nothing: squares of deviations must neither overflow nor vanish.
    exponents = np.frexp(np.abs(rows).max(axis=0, initial=0.0))[1]
    rows = np.ldexp(rows, -exponents)
    ordered = np.sort(rows, axis=0)
    deviations = ordered.std(axis=0)
    # Centred on one of the values: that difference is exact for equally spaced ones.
    rows = (rows - ordered[len(rows) // 2]) / deviations
    log_scale = float(np.log(deviations).sum() + exponents.sum() * math.log(2.0))
    return Columns(rows, log_scale, constant)
