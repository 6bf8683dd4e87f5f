"""One row of the table: its columns, their types, and where an estimate goes."""

import json
from dataclasses import asdict, fields

import pytest

from ibspec.core import Estimate
from ibspec.results import COLUMNS, Measurement, estimate_fields, measurement_table

PINNED = {
    "replica": "int64",
    "epoch": "int64",
    "depth": "int64",
    "layer": "string",
    "view": "string",
    "estimator": "string",
    "n": "int64",
    "status": "string",
    "reason": "string",
    "i_xt": "float64",
    "i_xt_lower": "float64",
    "i_xt_upper": "float64",
    "i_ty": "float64",
    "i_ty_lower": "float64",
    "i_ty_upper": "float64",
    "h_t": "float64",
    "warnings": "string",
    "extras": "string",
}
"""Every table ever written has these: adding one at the end is fine, anything else breaks readers."""


def test_columns_and_types() -> None:
    assert list(COLUMNS.items())[: len(PINNED)] == list(PINNED.items())
    assert list(COLUMNS) == [field.name for field in fields(Measurement)]


def test_every_number_of_an_estimate_arrives() -> None:
    estimate = Estimate(
        i_xt=1.0,
        i_ty=-0.5,
        h_t=2.0,
        i_xt_bounds=(0.25, 1.0),
        i_ty_bounds=(-1.0, 0.75),
        extras={"b": 1.0, "a": 0.1 + 0.2},
        warnings=("saturated", "ties"),
    )
    row = Measurement(1, 2, 3, "output", "mean", "kde(0.1)", 50, **estimate_fields(estimate))
    assert (row.i_xt, row.i_xt_lower, row.i_xt_upper) == (1.0, 0.25, 1.0)
    assert (row.i_ty, row.i_ty_lower, row.i_ty_upper) == (-0.5, -1.0, 0.75)
    assert (row.h_t, row.warnings, row.status, row.reason) == (2.0, "saturated ties", "ok", "")
    assert json.loads(row.extras) == {"a": 0.1 + 0.2, "b": 1.0}
    assert row.extras.index('"a"') < row.extras.index('"b"')  # the same text whatever the order


def test_what_an_estimator_lacks_is_missing() -> None:
    row = estimate_fields(Estimate(i_xt=1.0))
    assert [name for name, value in row.items() if value is None] == [
        "i_xt_lower",
        "i_xt_upper",
        "i_ty",
        "i_ty_lower",
        "i_ty_upper",
        "h_t",
    ]
    assert (row["warnings"], row["extras"]) == ("", "{}")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_table(count: int) -> None:
    rows = [Measurement(0, k, 0, "dense1", "whole", "kde(0.1)", 5) for k in range(count)]
    table = measurement_table(rows)
    assert len(table) == count
    assert dict(table.dtypes.astype(str)) == COLUMNS
    for k, row in enumerate(rows):
        kept = table.iloc[k].to_dict()
        assert {name: kept[name] for name, value in asdict(row).items() if value is not None} == {
            name: value for name, value in asdict(row).items() if value is not None
        }
