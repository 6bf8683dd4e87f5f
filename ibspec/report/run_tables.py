"""The tables of a run's page: last epoch, warnings, invalid measurements, published values."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import numpy as np
import pandas as pd

from ibspec.core import Frozen
from ibspec.report.warning_meanings import Meaning, meaning_of
from ibspec.results import over_channels

QUANTITIES: Final = {"i_xt": "I(X;T)", "i_ty": "I(T;Y)", "h_t": "H(T)"}

MISSING = "–"


@final
class Cell(Frozen):
    """A number, its deviation over replicas and its bounds; all of them words."""

    value: str
    spread: str = ""
    bounds: str = ""


@final
class Row(Frozen):
    """One layer at the last epoch."""

    layer: str
    view: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]


@final
class LastEpoch(Frozen):
    """All layers under one estimator at its last measured epoch."""

    estimator: str
    epoch: int
    n: str
    quantities: tuple[str, ...]
    rows: tuple[Row, ...]
    is_mean: bool
    replicas: str


@final
class WarningCount(Frozen):
    """A warning code, how often it was given and where."""

    code: str
    meaning: Meaning
    count: int
    share: str
    layers: str


def show_bits(number: float | None) -> str:
    """Write a number with three decimals and a true minus sign."""
    if number is None or not math.isfinite(number):
        return MISSING
    return f"{number:.3f}".replace("-", "−")


def last_epochs(measurements: pd.DataFrame) -> list[LastEpoch]:
    """Return one table for each estimator, layers in order of depth, means over replicas and channels."""
    tables = []
    measurements = over_channels(measurements)
    for estimator, rows in measurements.groupby("estimator", sort=False):
        valid = rows[rows["status"] == "ok"]
        epoch = int((valid if len(valid) else rows)["epoch"].max())
        last = rows[rows["epoch"] == epoch]
        shown = [name for name in QUANTITIES if valid[name].notna().any()] or ["i_xt", "i_ty"]
        groups = last.groupby(["depth", "layer", "view"], sort=True)
        sizes = sorted({int(n) for n in last["n"]})
        tables.append(
            LastEpoch(
                estimator=str(estimator),
                epoch=epoch,
                n=str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}",
                quantities=tuple(QUANTITIES[name] for name in shown),
                rows=tuple(_row(group, shown) for _, group in groups),
                is_mean=last["replica"].nunique() > 1,
                replicas=_share_of_replicas(last, rows),
            )
        )
    return tables


def _share_of_replicas(last: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Say how many replicas the numbers are of, where it is not all: the others stopped before."""
    here, every = last["replica"].nunique(), rows["replica"].nunique()
    return "" if here == every else f"{here} of {every} replicas"


def _row(group: pd.DataFrame, shown: Sequence[str]) -> Row:
    valid = group[group["status"] == "ok"]
    notes = [meaning_of(code).short for code in sorted({code for codes in _codes(valid) for code in codes})]
    bad = group[group["status"] != "ok"]
    reasons = "; ".join(sorted({str(reason) for reason in bad["reason"]}))
    if len(bad):
        which = "" if len(bad) == len(group) else f"{len(bad)} of {len(group)} replicas "
        notes.append(f"{which}{bad['status'].iloc[0]}: {reasons}")
    return Row(
        layer=str(group["layer"].iloc[0]),
        view=str(group["view"].iloc[0]),
        cells=tuple(_cell(valid, name) for name in shown),
        notes=tuple(notes),
    )


def _cell(valid: pd.DataFrame, name: str) -> Cell:
    values = valid[name].dropna().to_numpy(dtype=np.float64)
    if not len(values):
        return Cell(value=MISSING)
    value = show_bits(float(values.mean()))
    spread = show_bits(float(values.std(ddof=1))) if len(values) > 1 else ""
    if f"{name}_lower" not in valid or valid[f"{name}_lower"].isna().all():
        return Cell(value=value, spread=spread)
    low, high = float(valid[f"{name}_lower"].mean()), float(valid[f"{name}_upper"].mean())
    return Cell(value=value, spread=spread, bounds=f"[{show_bits(low)}, {show_bits(high)}]")


def _codes(rows: pd.DataFrame) -> list[list[str]]:
    return [str(codes).split() for codes in rows["warnings"].fillna("")]


def warning_counts(measurements: pd.DataFrame) -> list[WarningCount]:
    """Return every warning code of a run, the most frequent first, with the layers that carry it."""
    counts: Counter[str] = Counter()
    layers: dict[str, dict[str, None]] = {}
    ordered = measurements.sort_values("depth", kind="stable") if len(measurements) else measurements
    for layer, codes in zip(ordered["layer"], _codes(ordered), strict=True) if len(ordered) else ():
        counts.update(codes)
        for code in codes:
            layers.setdefault(code, {})[str(layer)] = None
    return [
        WarningCount(
            code=code,
            meaning=meaning_of(code),
            count=count,
            share=f"{100 * count / len(measurements):.0f} %",
            layers=", ".join(layers[code]),
        )
        for code, count in counts.most_common()
    ]


def invalid_reasons(measurements: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Return (status, reason, count) of measurements that gave no number, the most frequent first."""
    bad = measurements[measurements["status"] != "ok"] if len(measurements) else measurements
    pairs = (
        Counter((str(row[0]), str(row[1])) for row in bad[["status", "reason"]].to_numpy())
        if len(bad)
        else Counter()
    )
    return [(status, reason, count) for (status, reason), count in pairs.most_common()]


def expectation_rows(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return published values beside what was found, as words."""
    names = {**QUANTITIES, "i_xt": "I(X;T) [bits]", "i_ty": "I(T;Y) [bits]", "h_t": "H(T) [bits]"}
    rows = []
    for item in manifest.get("expectations") or []:
        what = str(item.get("what", ""))
        place = ", ".join(str(item[key]) for key in ("layer", "estimator") if item.get(key))
        epoch = item.get("epoch")
        agrees = {True: "yes", False: "no"}.get(item.get("agrees"), "not measured")
        rows.append(
            {
                "what": names.get(what, what.replace("_", " ")),
                "where": ", ".join(
                    part for part in (place, f"epoch {epoch}" if epoch is not None else "last epoch") if part
                ),
                "published": f"{item.get('value')} ± {item.get('tolerance')}",
                "found": MISSING if item.get("found") is None else f"{item['found']:.4g}",
                "agrees": agrees,
                "source": str(item.get("source", "")),
            }
        )
    return rows
