"""A run that skipped epochs against one that did not: the sparse curves, drawn as straight lines."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, final

import numpy as np
import pandas as pd

from ibspec.compare.differences import PLACE, Place, with_channel_numbers
from ibspec.core import Frozen
from ibspec.schedules import interpolate

HEADLINES: Final = ("i_xt", "i_ty")

CURVE: Final = ["replica", "layer", "view", "estimator", "channel"]


@final
class ColumnError(Frozen):
    """How far the lines of all layers under one estimator are from the dense curves.

    Attributes:
        column: `i_xt` or `i_ty`.
        largest: The largest distance in bits, and where.
        common: The 99 % quantile over replicas, layers and epochs, in bits.
        largest_share, common_share: The same as shares of H(X) or H(Y); None where that is unknown.
        lost: Epochs of a layer at which only the line or only the dense curve has a number.
    """

    estimator: str
    column: str
    largest: float
    largest_layer: str
    largest_at: Place
    common: float
    largest_share: float | None
    common_share: float | None
    lost: int


@final
class Sparseness(Frozen):
    """What an adaptive schedule saved, and what it missed, by linear interpolation between its epochs.

    Attributes:
        sparse: Which run has the adaptive schedule, `A` or `B`.
        schedule, delta, normalised: As in its manifest.
        estimates, dense_estimates: Rows of the two runs, of common replicas, layers and estimators.
        epochs: Pairs of replica and epoch that the dense run measured within the sparse run's range.
        within, within_twice: How many of them lie within delta, and within twice delta, of the lines: the
            largest distance over layers, I(X;T), I(T;Y) and the estimators that the schedule listened to.
        errors: By estimator and column.
    """

    sparse: str
    schedule: str
    delta: float
    normalised: bool
    estimates: int
    dense_estimates: int
    epochs: int
    within: int
    within_twice: int
    errors: tuple[ColumnError, ...]

    @property
    def saved(self) -> float:
        """The share of the dense run's estimates that was not needed."""
        return 1 - self.estimates / self.dense_estimates


def compare_with_dense(
    sparse: pd.DataFrame,
    dense: pd.DataFrame,
    schedule: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    name: str = "A",
    steering: Sequence[str] | None = None,
) -> Sparseness | None:
    """Compare where both measured the same things, and the dense run every epoch of the sparse one and more.

    Args:
        sparse: Table of the run that skipped epochs, with the columns of `ibspec.results.COLUMNS`.
        dense: Table of the other.
        schedule: What the sparse run's manifest says of its schedule.
        facts: `h_x` and `h_y` of the probe, in bits, where they are known.
        name: What the sparse run is called.
        steering: Labels of the estimators that the schedule listened to; None for all.

    Returns:
        None where the runs are not like that.
    """
    delta = _positive(schedule.get("delta"))
    if delta is None:
        return None
    sparse, dense = with_channel_numbers(sparse), with_channel_numbers(dense)
    curves = pd.MultiIndex.from_frame(sparse[CURVE]).unique()
    dense = dense[pd.MultiIndex.from_frame(dense[CURVE]).isin(curves)]
    sparse = sparse[pd.MultiIndex.from_frame(sparse[CURVE]).isin(pd.MultiIndex.from_frame(dense[CURVE]))]
    places = [set(zip(table["replica"], table["epoch"], strict=True)) for table in (sparse, dense)]
    if not places[0] or not places[0] < places[1]:
        return None
    apart = pd.concat(_distances(sparse, dense), ignore_index=True)
    entropies = {"i_xt": _positive(facts.get("h_x")), "i_ty": _positive(facts.get("h_y"))}
    scale = _scale(schedule)
    heard = apart if steering is None else apart[apart["estimator"].isin(list(steering))]
    shares = heard[list(HEADLINES)] / np.array(scale)
    worst = shares.max(axis=1).groupby([heard["replica"], heard["epoch"]]).max()
    return Sparseness(
        sparse=name,
        schedule=str(schedule.get("kind", "adaptive")),
        delta=delta,
        normalised=bool(schedule.get("normalised")),
        estimates=len(sparse),
        dense_estimates=len(dense),
        epochs=len(worst),
        within=int((worst <= delta).sum()),
        within_twice=int((worst <= 2 * delta).sum()),
        errors=tuple(_errors(apart, entropies)),
    )


def _distances(sparse: pd.DataFrame, dense: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Give |line - dense| in bits for every curve at the dense epochs; infinite where one has no number."""
    names = list(HEADLINES)
    lines = dict(list(sparse.sort_values("epoch").groupby(CURVE, sort=False)))
    for key, curve in dense.groupby(CURVE, sort=False):
        known = lines.get(key)
        if known is None:
            continue
        epochs = known["epoch"].to_numpy(dtype=np.int64)
        inside = curve[(curve["epoch"] >= epochs[0]) & (curve["epoch"] <= epochs[-1])]
        values = known[names].to_numpy(dtype=np.float64)
        line = interpolate(epochs, values, inside["epoch"].to_numpy(dtype=np.int64))
        true = inside[names].to_numpy(dtype=np.float64)
        missing = np.isnan(line) & np.isnan(true)
        distance = np.where(missing, 0.0, np.abs(line - true))
        distance[np.isnan(distance)] = math.inf
        yield inside[[*CURVE, "epoch"]].assign(i_xt=distance[:, 0], i_ty=distance[:, 1])


def _errors(apart: pd.DataFrame, entropies: Mapping[str, float | None]) -> Iterator[ColumnError]:
    for estimator, rows in apart.groupby("estimator", sort=False):
        for column in HEADLINES:
            finite = rows[np.isfinite(rows[column])]
            if finite.empty:
                continue
            values = finite[column].to_numpy(dtype=np.float64)
            at = finite.iloc[int(values.argmax())]
            largest, common = float(values.max()), float(np.quantile(values, 0.99))
            h = entropies[column]
            yield ColumnError(
                estimator=str(estimator),
                column=column,
                largest=largest,
                largest_layer=str(at["layer"]),
                largest_at=Place.of(*(int(at[name]) for name in PLACE)),
                common=common,
                largest_share=None if h is None else largest / h,
                common_share=None if h is None else common / h,
                lost=len(rows) - len(finite),
            )


def _positive(value: Any) -> float | None:
    """Return a positive number of a manifest, which may say anything."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < math.inf else None


def _scale(schedule: Mapping[str, Any]) -> tuple[float, float]:
    """Return what the schedule divided I(X;T) and I(T;Y) by."""
    said = schedule.get("scale")
    numbers = [_positive(value) for value in said] if isinstance(said, list | tuple) else []
    return (numbers[0] or 1.0, numbers[1] or 1.0) if len(numbers) == 2 else (1.0, 1.0)
