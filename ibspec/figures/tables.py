"""What figures are drawn from, and one estimator's part of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, cast, final

import numpy as np
import pandas as pd

from ibspec.core import ceiling, is_saturated
from ibspec.figures.ragged import IN_WORDS, is_ragged, rows_between
from ibspec.figures.style import printable, slug
from ibspec.results import Activities, over_channels

NUMBERS = ("i_xt", "i_xt_lower", "i_xt_upper", "i_ty", "i_ty_lower", "i_ty_upper", "h_t")


class Run(Protocol):
    """What is read of a finished run."""

    @property
    def path(self) -> Path: ...  # noqa: D102
    @property
    def measurements(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def history(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def gradients(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def rates(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def activities(self) -> Activities | None: ...  # noqa: D102
    @property
    def manifest(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def spec(self) -> Any: ...  # noqa: D102


@final
@dataclass(frozen=True)
class Tables:
    """The numbers behind the figures of one run; made by hand as easily as read from a run.

    Attributes:
        measurements: Table with the columns of `ibspec.results.COLUMNS`.
        facts: What is known of the probe in bits: `h_x`, `h_y`, `i_xy`; missing or None where unknown.
        title: Name that stands above each figure.
        history: Losses and accuracies by replica and epoch.
        loss: Name of the optimised loss.
        schedule: What the manifest says of an adaptive schedule; empty for any other.
        steering: Labels of the estimators that an adaptive schedule listened to; None for all.
        gradients: Norms of mini-batch gradients by replica, epoch, layer and reading.
        rates: Predicted and realised changes of loss and information by replica, epoch and layer.
        bottleneck: Corners of the probe's information-bottleneck curve, `i_xt` and `i_ty` in bits, where
            labels are no function of the input; empty otherwise.
        spec: The experiment as JSON values; empty where there is none.
        activities: Of every layer for one input, before and after training; None where none were kept.
    """

    measurements: pd.DataFrame
    facts: Mapping[str, float | None] = field(default_factory=dict)
    title: str = ""
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    loss: str = "cross-entropy"
    schedule: Mapping[str, Any] = field(default_factory=dict)
    steering: tuple[str, ...] | None = None
    gradients: pd.DataFrame = field(default_factory=pd.DataFrame)
    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    bottleneck: Mapping[str, Sequence[float]] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    activities: Activities | None = None

    @classmethod
    def of_run(cls, run: Run) -> "Tables":
        """Take the tables of a run."""
        spec = spec_mapping(run.spec)
        return cls(
            measurements=run.measurements,
            facts=run.manifest.get("facts") or {},
            title=str(spec.get("name", run.path.name)),
            history=run.history,
            loss=str((spec.get("training") or {}).get("loss", "cross-entropy")),
            schedule=run.manifest.get("schedule") or {},
            steering=_steering(run.spec),
            gradients=run.gradients,
            rates=run.rates,
            bottleneck=run.manifest.get("bottleneck") or {},
            spec=spec,
            activities=run.activities,
        )

    def fact(self, name: str) -> float | None:
        """Return a fact in bits, or None where it is unknown."""
        value = self.facts.get(name)
        return float(value) if value is not None and np.isfinite(value) else None

    def panels(self) -> Iterator["Panel"]:
        """Give one panel for each estimator and view, in the order of the table.

        A layer with one view only (dense among convolutional ones) joins every panel of its estimator.
        Channels that were measured apart stand there with their mean. Column `saturated` is added.
        """
        if self.measurements.empty:
            return
        table = over_channels(self.measurements)
        for estimator, rows in table.assign(saturated=self.saturated(table)).groupby("estimator", sort=False):
            views = rows.groupby("layer", sort=False)["view"].unique()
            choices = [view for layer in views if len(layer) > 1 for view in layer] or [
                "+".join(rows["view"].unique())
            ]
            only = [layer for layer, found in views.items() if len(found) == 1]
            for view in dict.fromkeys(choices):
                mine = rows[(rows["view"] == view) | rows["layer"].isin(only)]
                yield Panel(str(estimator), str(view), mine)

    def saturated(self, rows: pd.DataFrame) -> "pd.Series[bool]":
        """Say of each row whether it is drawn hollow: at the ceiling, or with the estimator's word for it."""
        numbers, samples = (rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("i_xt", "n"))
        full = is_saturated(numbers, ceiling(self.fact("h_x"), samples))
        return has_warning(rows, "saturated") | full


@final
@dataclass(frozen=True)
class Panel:
    """The measurements of one estimator and one view."""

    estimator: str
    view: str
    table: pd.DataFrame

    @property
    def name(self) -> str:
        """Part of a file name."""
        return f"{slug(self.estimator)}-{slug(self.view)}"

    @property
    def subtitle(self) -> str:
        """Estimator, view, samples and replicas in one line, and whether their means are interpolated."""
        plain = self.subtitle_of(self.table["replica"].nunique())
        return f"{plain}, {IN_WORDS}" if self.is_ragged else plain

    def subtitle_of(self, replicas: int) -> str:
        """The same for a figure that shows only some of the replicas."""
        sizes = sorted({int(n) for n in self.table["n"]})
        n = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
        mean = " (their mean)" if self.view == "channels" else ""
        parts = [self.estimator, f"view {self.view}{mean}", f"n = {n}"]
        every = self.table["replica"].nunique()
        if every > 1:
            parts.append(f"{every} replicas" if replicas == every else f"{replicas} of {every} replicas")
        return printable(" · ".join(parts))

    def valid(self, *needed: str) -> pd.DataFrame:
        """Return the rows that are `ok` and finite in the columns needed, by replica, epoch and depth."""
        rows = self.table[self.table["status"] == "ok"]
        finite = np.isfinite(rows[list(needed)].to_numpy(dtype=np.float64, na_value=np.nan)).all(axis=1)
        kept: pd.DataFrame = rows[finite].sort_values(["replica", "epoch", "depth"], kind="stable")
        return kept

    @cached_property
    def is_ragged(self) -> bool:
        """Whether replicas were measured at epochs of their own, so that means need interpolation."""
        return is_ragged(self.table)

    def means(self, *needed: str) -> pd.DataFrame:
        """Average the replicas of each epoch and layer, where finite in the columns needed."""
        return mean_over_replicas(self.curves(*needed))

    def curves(self, *needed: str) -> pd.DataFrame:
        """Return the rows that means are made of, one a replica, epoch and layer.

        A replica that passed over an epoch counts with what lies on the line between its own measurements;
        `interpolated` says so.
        """
        rows = self.valid(*needed).assign(interpolated=False)
        if self.is_ragged:
            numbers = self.table[list(NUMBERS)].where(self.table["status"] == "ok")
            known = self.table[["replica", "epoch", "depth", "layer"]].join(numbers)
            between = rows_between(known, NUMBERS, ("depth", "layer")).dropna(subset=list(needed))
            between = between.assign(interpolated=True, saturated=False)
            rows = pd.concat([rows, between], ignore_index=True)
        return rows

    @cached_property
    def invalid(self) -> int:
        """How many measurements have another status than `ok`."""
        return int((self.table["status"] != "ok").sum())


@final
@dataclass(frozen=True)
class Point:
    """One layer at one epoch, the mean of its replicas."""

    epoch: int
    depth: int
    layer: str
    i_xt: float
    i_ty: float
    saturated: bool


def spec_mapping(spec: Any) -> Mapping[str, Any]:
    """Return a spec, a model or a mapping, as plain JSON values."""
    dumped = spec.model_dump(mode="json") if hasattr(spec, "model_dump") else spec
    return dumped if isinstance(dumped, Mapping) else {}


def _steering(spec: Any) -> tuple[str, ...] | None:
    """Return the estimators that measure each snapshot by itself, where the spec can tell."""
    estimators = getattr(getattr(spec, "measure", None), "estimators", None)
    return None if estimators is None else tuple(e.label for e in estimators if e.reach == "snapshot")


def has_warning(rows: pd.DataFrame, code: str) -> "pd.Series[bool]":
    """Say of each row whether it carries a warning."""
    return rows["warnings"].fillna("").astype(str).map(lambda codes: code in codes.split())


def mean_over_replicas(rows: pd.DataFrame) -> pd.DataFrame:
    """Average the replicas of each epoch and layer; `saturated`, `interpolated` where any of them is.

    Args:
        rows: Of a panel.
    """
    rows = rows if "interpolated" in rows else rows.assign(interpolated=False)
    plan: dict[str, Any] = {name: (name, "mean") for name in NUMBERS}
    plan |= {"saturated": ("saturated", "any"), "interpolated": ("interpolated", "any")}
    plan |= {"replicas": ("replica", "nunique")}
    means: pd.DataFrame = rows.groupby(["epoch", "depth", "layer"], as_index=False, sort=True).agg(**plan)
    return means


def by(rows: pd.DataFrame, column: str) -> Iterator[tuple[int, pd.DataFrame]]:
    """Give each value of a column of integers, in order, and its rows."""
    for value, group in rows.groupby(column, sort=True):
        yield int(cast(int, value)), group


def points_of(means: pd.DataFrame) -> list[Point]:
    """Return the rows of a table of means."""
    return [Point(*row) for row in means[list(Point.__dataclass_fields__)].itertuples(index=False, name=None)]


def layers_of(rows: pd.DataFrame) -> list[tuple[int, str]]:
    """Return (depth, name) of each layer, the shallowest first."""
    found = rows[["depth", "layer"]].drop_duplicates().sort_values(["depth", "layer"])
    return [(int(depth), printable(str(layer))) for depth, layer in found.itertuples(index=False)]


def replicas_in_words(rows: pd.DataFrame) -> str:
    """Say how replicas were averaged and which of them stop early; empty for one replica."""
    ends = rows.groupby("replica")["epoch"].max()
    if len(ends) < 2:
        return ""
    early = [f"replica {replica} stops at epoch {end}" for replica, end in ends.items() if end < ends.max()]
    shown = early if len(early) <= 3 else [f"{len(early)} replicas stop early"]
    stops = f"; {', '.join(shown)}" if early else ""
    if is_ragged(rows):
        has_bounds = bool(rows[["i_xt_lower", "i_ty_lower"]].notna().to_numpy().any())
        bounds = ", as are its bounds, which prove nothing there" if has_bounds else ""
        return f"mean of the replicas, each {IN_WORDS} of its own{bounds}{stops}"
    return f"mean of the replicas measured at each epoch{stops}"


def count_in_words(count: int, noun: str) -> str:
    """Return a number and its noun, with an s where there are several."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def list_in_words(items: Sequence[object]) -> str:
    """Return `a, b and c`; empty for nothing."""
    words = [str(item) for item in items]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
