"""Differences of rows that two tables have in common, column by column."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final, final

import numpy as np
import pandas as pd
from pydantic import Field

from ibspec.core import Frozen

KEYS: Final = ["replica", "epoch", "layer", "view", "estimator", "channel"]
"""What makes two rows of two tables measurements of the same thing."""

PLACE: Final = ["replica", "epoch", "channel"]

NO_CHANNEL: Final = -1
"""Stands for all of a layer, since a gap is not equal to itself."""

NUMBERS: Final = ("i_xt", "i_xt_lower", "i_xt_upper", "i_ty", "i_ty_lower", "i_ty_upper", "h_t")

WORDS: Final = ("status", "n", "warnings", "extras")
"""Columns that agree or do not."""

ROUNDING: Final = 1e-9
"""Bits. On one machine a run is repeated bit for bit. Other processors and libraries sum in another order;
estimates of the same activity are built to move by no more than this."""


@final
class Tolerance(Frozen):
    """Two numbers agree where |a - b| <= absolute + relative * max(|a|, |b|); NaN agrees with NaN."""

    relative: float = Field(default=0.0, ge=0)
    absolute: float = Field(default=ROUNDING, ge=0)


@final
class Place(Frozen):
    """Where a difference is largest; in which channel, where they stand apart."""

    replica: int
    epoch: int
    channel: int | None = None

    @classmethod
    def of(cls, replica: int, epoch: int, channel: int) -> "Place":
        """Return a place, the channel as `with_channel_numbers` has it."""
        return cls(replica=replica, epoch=epoch, channel=None if channel == NO_CHANNEL else channel)

    def in_words(self) -> str:
        """Name it."""
        channel = "" if self.channel is None else f", channel {self.channel}"
        return f"replica {self.replica}, epoch {self.epoch}{channel}"


@final
class Difference(Frozen):
    """How one column of one layer under one estimator differs over all common replicas and epochs.

    Attributes:
        rows: Numbers compared; there in both runs.
        beyond: How many of them differ by more than the tolerance.
        one_sided: Numbers that only one of the runs has.
        largest: The largest absolute difference, in bits, and where.
        relative: The largest difference as a share of the larger number, and where.
    """

    layer: str
    view: str
    estimator: str
    column: str
    rows: int
    beyond: int
    one_sided: int
    largest: float
    largest_at: Place | None
    relative: float
    relative_at: Place | None

    @property
    def agrees(self) -> bool:
        """Whether all numbers are within the tolerance."""
        return self.beyond == 0 and self.one_sided == 0


@final
class Mismatch(Frozen):
    """Rows that differ in a column that is no number: status, samples, warnings, further numbers.

    Attributes:
        rows: How many rows.
        first: The first of them, `replica 0, epoch 3, dense1, kde(0.1)`.
        one, other: What stands there.
    """

    column: str
    rows: int
    first: str
    one: str
    other: str


def with_channel_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a channel in every row: `NO_CHANNEL` where it is about all of the layer."""
    channels = table["channel"].fillna(NO_CHANNEL).astype("int64") if "channel" in table else NO_CHANNEL
    return table.assign(channel=channels)


def join(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both tables that belong together, columns of the first with `_a`, others `_b`."""
    columns = [*KEYS, "depth", *NUMBERS, *WORDS]
    joined: pd.DataFrame = one[columns].merge(other[columns], on=KEYS, suffixes=("_a", "_b"))
    order = ["estimator", "view", "depth_a", "replica", "epoch", "channel"]
    return joined.sort_values(order, kind="stable")


def find_differences(joined: pd.DataFrame, tolerance: Tolerance) -> Iterator[Difference]:
    """Give a difference for every column with numbers, by estimator, view and layer."""
    for (estimator, view, _, layer), rows in joined.groupby(
        ["estimator", "view", "depth_a", "layer"], sort=False
    ):
        for column in NUMBERS:
            a, b = (rows[f"{column}_{side}"].to_numpy(dtype=np.float64) for side in "ab")
            if not (np.isnan(a) & np.isnan(b)).all():
                numbers = _compare(a, b, rows[PLACE].to_numpy(), tolerance)
                yield Difference(
                    layer=str(layer), view=str(view), estimator=str(estimator), column=column, **numbers
                )


def _compare(a: Any, b: Any, places: Any, tolerance: Tolerance) -> dict[str, Any]:
    there = np.isfinite(a) & np.isfinite(b)
    same = there | (np.isnan(a) & np.isnan(b)) | (a == b)  # the same infinity is in both
    apart = np.where(there, np.abs(np.where(there, a, 0.0) - np.where(there, b, 0.0)), 0.0)
    size = np.where(there, np.maximum(np.abs(a), np.abs(b)), 1.0)
    share = apart / np.where(size > 0, size, 1.0)
    found: dict[str, Any] = {
        "rows": int(there.sum()),
        "beyond": int((apart > tolerance.absolute + tolerance.relative * size)[there].sum()),
        "one_sided": int((~same).sum()),
    }
    for name, values in (("largest", apart), ("relative", share)):
        at = int(values.argmax())
        found[name] = float(values[at])
        found[f"{name}_at"] = Place.of(*map(int, places[at])) if values[at] > 0 else None
    return found


def find_mismatches(joined: pd.DataFrame, tolerance: Tolerance) -> Iterator[Mismatch]:
    """Give a mismatch for every column of `WORDS` in which rows differ."""
    for column in WORDS:
        a, b = joined[f"{column}_a"].fillna(""), joined[f"{column}_b"].fillna("")
        differs = (a != b).to_numpy(dtype=bool, copy=True)
        if column == "extras" and differs.any():
            differs[differs] = [
                not _extras_agree(str(one), str(other), tolerance)
                for one, other in zip(a[differs], b[differs], strict=True)
            ]
        if differs.any():
            first = joined[differs].iloc[0]
            place = Place.of(*(int(first[name]) for name in PLACE)).in_words()
            place += f", {first['layer']}, {first['estimator']}"
            yield Mismatch(
                column=column,
                rows=int(differs.sum()),
                first=place,
                one=str(first[f"{column}_a"]),
                other=str(first[f"{column}_b"]),
            )


def _extras_agree(one: str, other: str, tolerance: Tolerance) -> bool:
    """Whether two JSON objects have the same names, and numbers within the tolerance."""
    try:
        a, b = json.loads(one), json.loads(other)
    except (ValueError, RecursionError):
        return False
    if not (isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys()):
        return False
    return all(_close(a[name], b[name], tolerance) for name in a)


def _close(a: Any, b: Any, tolerance: Tolerance) -> bool:
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in (a, b)):
        return bool(a == b)
    limit = tolerance.absolute + tolerance.relative * max(abs(a), abs(b))
    return bool(abs(a - b) <= limit)
