"""One row of the table of measurements."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal, final

import pandas as pd

from ibspec.core import Estimate

Status = Literal["ok", "invalid", "failed"]


@final
@dataclass(frozen=True)
class Measurement:
    """One number of an information plane and all that is needed to judge it; nothing depends on the clock.

    Attributes:
        replica: Which of the independently trained networks, from 0; -1 for all of them together.
        epoch: Training epochs done; 0 is before training.
        depth: Position of the layer among the measured ones, from 0.
        layer: Name of the layer.
        view: How a layer with channels was looked at (`ibspec.activity.View`).
        estimator: Label of the estimator with its parameters.
        n: Samples measured.
        status: `ok`; `invalid` where the activity cannot be measured; `failed` where the estimator broke.
        reason: Why, in words, unless `ok`.
        i_xt, i_xt_lower, i_xt_upper: I(X;T) in bits and proven bounds.
        i_ty, i_ty_lower, i_ty_upper: I(T;Y) in bits and proven bounds.
        h_t: Entropy in bits of the discretised layer.
        warnings: Codes, separated by spaces (docs/warnings.md).
        extras: Further numbers, a JSON object.
        channel: Which channel of the layer, from 0, in view `channels`; empty where it is all of the layer.
    """

    replica: int
    epoch: int
    depth: int
    layer: str
    view: str
    estimator: str
    n: int
    status: Status = "ok"
    reason: str = ""
    i_xt: float | None = None
    i_xt_lower: float | None = None
    i_xt_upper: float | None = None
    i_ty: float | None = None
    i_ty_lower: float | None = None
    i_ty_upper: float | None = None
    h_t: float | None = None
    warnings: str = ""
    extras: str = "{}"
    channel: int | None = None


_NUMBERS = ("i_xt", "i_xt_lower", "i_xt_upper", "i_ty", "i_ty_lower", "i_ty_upper", "h_t")

_WHOLE = ("replica", "epoch", "depth", "n")

_TYPES = dict.fromkeys(_NUMBERS, "float64") | dict.fromkeys(_WHOLE, "int64") | {"channel": "Int64"}

COLUMNS: dict[str, str] = {name: _TYPES.get(name, "string") for name in Measurement.__dataclass_fields__}
"""Columns of the table, in order, with their pandas types; `Int64` may be empty."""


def estimate_fields(estimate: Estimate) -> dict[str, float | str | None]:
    """Return the columns of a row that come from an estimate."""
    i_xt_lower, i_xt_upper = estimate.i_xt_bounds or (None, None)
    i_ty_lower, i_ty_upper = estimate.i_ty_bounds or (None, None)
    return {
        "i_xt": estimate.i_xt,
        "i_xt_lower": i_xt_lower,
        "i_xt_upper": i_xt_upper,
        "i_ty": estimate.i_ty,
        "i_ty_lower": i_ty_lower,
        "i_ty_upper": i_ty_upper,
        "h_t": estimate.h_t,
        "warnings": " ".join(estimate.warnings),
        "extras": json.dumps(dict(estimate.extras), sort_keys=True),
    }


def measurement_table(rows: Iterable[Measurement]) -> pd.DataFrame:
    """Return the rows as a data frame with the columns and types of `COLUMNS`."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS))
    return frame.astype(COLUMNS)
