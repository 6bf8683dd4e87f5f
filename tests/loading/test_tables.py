"""Tables from a stranger, all hashes right: what they lack or hold instead is said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ibspec.core import UserError
from ibspec.loading import load
from ibspec.loading.tables import check_measurements
from ibspec.results import (
    COLUMNS,
    GRADIENT_COLUMNS,
    RATE_COLUMNS,
    Checkpoints,
    GradientRow,
    RateRow,
    measurement_table,
    sha256_of,
    write_sealed,
)
from tests.loading.making import begin, history, make_finished, make_unfinished, put_hash, put_table, rows


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return make_finished(tmp_path / "run")


TABLE = measurement_table(rows())

NEEDED = ["replica", "epoch", "depth", "layer", "view", "estimator", "n", "status"]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_is_missing(made: Path, name: str) -> None:
    put_table(made, "measurements", TABLE.drop(columns=name))
    if name in NEEDED:
        with pytest.raises(UserError, match=rf"run/measurements: the table has no column '{name}'"):
            _ = load(made).measurements
    else:
        assert load(made).measurements[name].isna().all()


WRONG: dict[str, dict[str, tuple[list[Any], str]]] = {
    "int64": {
        "text": (["x"] * 6, "is to hold int64, and holds string"),
        "fractions": ([0.5] * 6, "is to hold int64, and holds floating"),
        "whole floats": ([1.0] * 6, "is to hold int64, and holds floating"),
        "truth": ([True] * 6, "is to hold int64, and holds boolean"),
        "gaps": ([None, 1, 2, 3, 4, 5], "is to hold int64, and holds floating"),
        "negative": ([-2, 1, 2, 3, 4, 5], r"reaches from -2 to 5; wanted nothing below (0|-1)"),
        "large": (np.array([2**63] * 6, dtype="uint64").tolist(), "reaches from 9223372036854775808"),
    },
    "float64": {
        "text": (["0.5"] * 6, "is to hold float64, and holds string"),
        "truth": ([True] * 6, "is to hold float64, and holds boolean"),
    },
    "string": {
        "numbers": ([1] * 6, "is to hold string, and holds integer"),
        "floats": ([0.5] * 6, "is to hold string, and holds floating"),
    },
}


@pytest.mark.parametrize(
    ("kind", "values", "says"), [(kind, *case) for kind, cases in WRONG.items() for case in cases.values()]
)
def test_a_column_that_holds_something_else(made: Path, kind: str, values: list[Any], says: str) -> None:
    for name in [name for name, of in COLUMNS.items() if of == kind]:
        put_table(made, "measurements", TABLE.assign(**{name: values}))
        with pytest.raises(UserError, match=rf"run/measurements: column '{name}' {says}"):
            _ = load(made).measurements


@pytest.mark.parametrize("name", ["layer", "view", "estimator", "status"])
def test_a_gap_where_a_name_belongs(made: Path, name: str) -> None:
    put_table(made, "measurements", TABLE.assign(**{name: ["x", None, "x", "x", "x", "x"]}))
    with pytest.raises(UserError, match=rf"run/measurements: column '{name}' has gaps"):
        _ = load(made).measurements


@pytest.mark.parametrize(
    "table", [pd.DataFrame({"x": [1]}), pd.DataFrame({"x": []}), pd.DataFrame(index=range(3))], ids=str
)
def test_other_tables_altogether(made: Path, table: pd.DataFrame) -> None:
    for name in ("measurements", "history"):
        put_table(made, name, table)
    if len(table.columns):
        with pytest.raises(UserError, match="measurements: the table has no column 'replica'"):
            _ = load(made).measurements
        with pytest.raises(UserError, match="history: the table has no column 'replica'"):
            _ = load(made).history
    else:
        assert len(load(made).measurements) == len(load(made).history) == 0


def test_what_may_differ(made: Path) -> None:
    """Narrower types and more columns, in another order, change no value."""
    table = TABLE.astype({"epoch": "int16", "i_ty": "float32", "n": "uint64"}).assign(more="x")
    put_table(made, "measurements", table[reversed(table.columns)])
    pd.testing.assert_frame_equal(load(made).measurements, TABLE)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"epoch": ["one"] * 6}, "column 'epoch' is to hold int64, and holds string"),
        ({"replica": [-2] * 6}, "column 'replica' reaches from -2 to -2; wanted nothing below -1"),
        ({"running_loss": ["high"] * 6}, "column 'running_loss' is to hold float64, and holds string"),
        ({"weight_norm.x": ["high"] * 6}, "column 'weight_norm.x' is to hold float64, and holds string"),
        ({"stage": [1] * 6}, "column 'stage' is to hold string, and holds integer"),
    ],
)
@pytest.mark.parametrize("name", ["history", "timings"])
def test_other_tables(made: Path, name: str, change: dict[str, Any], says: str) -> None:
    put_table(made, name, history().assign(stage="training"))
    assert len(getattr(load(made), name)) == 6
    put_table(made, name, history().assign(**change))
    with pytest.raises(UserError, match=rf"run/{name}: {says}"):
        getattr(load(made), name)


GRADIENTS = pd.DataFrame(
    [vars(GradientRow(0, epoch, "all", -1, "fixed", 20, 8, 0.1, 0.2, 0.5, "ok")) for epoch in range(6)]
)
RATES = pd.DataFrame(
    [vars(RateRow(0, epoch, "dense1", 0, "i_xt_upper", "kde(1)", 0.1, 0.0, 0.1, 0.5)) for epoch in range(6)]
)
OF_GRADIENTS = {"gradients": (GRADIENTS, GRADIENT_COLUMNS), "rates": (RATES, RATE_COLUMNS)}


@pytest.mark.parametrize("name", OF_GRADIENTS)
def test_tables_of_gradients(made: Path, name: str) -> None:
    """Numbers may be missing, as those of a later version; what says of what a number is may not."""
    table, columns = OF_GRADIENTS[name]
    assert len(getattr(load(made), name)) == 0
    assert list(getattr(load(made), name).columns) == list(columns)
    put_table(made, name, table[reversed(table.columns)].assign(more="x"))
    pd.testing.assert_frame_equal(getattr(load(made), name), table.astype(columns))
    for column, kind in columns.items():
        put_table(made, name, table.drop(columns=column))
        if kind == "float64":
            assert getattr(load(made), name)[column].isna().all()
        else:
            with pytest.raises(UserError, match=rf"run/{name}: the table has no column '{column}'"):
                getattr(load(made), name)
        for values, says in WRONG[kind].values():
            put_table(made, name, table.assign(**{column: values}))
            with pytest.raises(UserError, match=rf"run/{name}: column '{column}' {says}"):
                getattr(load(made), name)


def test_no_parquet_under_a_right_hash(made: Path) -> None:
    (made / "measurements.parquet").write_bytes(b"none")
    put_hash(made, "measurements.parquet")
    with pytest.raises(UserError, match=r"run/measurements\.parquet is no table: "):
        _ = load(made).measurements


def test_no_parquet_in_a_part(tmp_path: Path) -> None:
    run = begin(tmp_path / "run").path
    (run / f"measurements-000000-{sha256_of(b'none')[:16]}.parquet").write_bytes(b"none")
    with pytest.raises(UserError, match=r"measurements-000000-\w{16}\.parquet is no table: "):
        _ = load(run).measurements


@pytest.mark.parametrize(
    "files",
    [None, [], "measurements.parquet", 5, {"measurements.parquet": None}, {"measurements.parquet": {}}],
)
def test_a_manifest_whose_files_are_something_else(made: Path, files: Any) -> None:
    write_sealed(made / "manifest.json", {"files": files})
    if files is None:
        assert len(load(made).measurements) == 0  # a run without parts
    else:
        with pytest.raises(UserError, match=r"manifest\.json is not the manifest of a run: files"):
            _ = load(made).measurements


@pytest.mark.parametrize(
    "record", [{}, {"parts": None}, {"parts": []}, {"parts": {"measurements": 5}}, [], None, "x"], ids=str
)
def test_a_checkpoint_whose_record_is_something_else(tmp_path: Path, record: Any) -> None:
    run = make_unfinished(tmp_path / "run")
    write_sealed(run / "checkpoints" / "000009.json", {"record": record, "state": {}, "tensors": ""})
    assert Checkpoints(run / "checkpoints").records()[-1] == record
    pd.testing.assert_frame_equal(load(run).measurements, TABLE)


def test_channels_of_some_layers_only_are_whole_numbers_in_a_part_too() -> None:
    """A part of a run that goes on is written as its rows come: gaps make a column of floats there."""
    mixed = zip(rows(), (None, 0, 7), strict=False)
    table = pd.DataFrame([dict(vars(row)) | {"channel": channel} for row, channel in mixed])
    assert table["channel"].dtype == "float64"
    found = check_measurements(table, "here")["channel"]
    assert found.dtype == "Int64"
    assert found.isna().tolist() == [True, False, False]
    assert found[1:].tolist() == [0, 7]
    table["channel"] = [None, 0.0, 7.5]
    with pytest.raises(UserError, match="here: column 'channel' is to hold Int64, and holds floating"):
        check_measurements(table, "here")
