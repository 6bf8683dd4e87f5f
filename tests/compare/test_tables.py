"""Two tables side by side: what differs, by how much and where."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.compare import Tolerance, compare_tables
from ibspec.compare.presence import ranges, shorten
from ibspec.core import UserError
from tests.figures.examples import EPOCHS, LAYERS, measurements

EXACT = Tolerance(relative=0.0, absolute=0.0)


def changed(table: pd.DataFrame, where: dict[str, object], **values: object) -> pd.DataFrame:
    table = table.copy()
    chosen = np.logical_and.reduce([(table[name] == value).to_numpy() for name, value in where.items()])
    assert chosen.any()
    for name, value in values.items():
        table.loc[chosen, name] = value
    return table


def only_difference(one: pd.DataFrame, other: pd.DataFrame, tolerance: Tolerance = EXACT):
    found = compare_tables(one, other, tolerance)
    (difference,) = (each for each in found.differences if each.largest > 0 or each.one_sided)
    return found, difference


def test_a_table_agrees_with_itself_in_any_order():
    table = measurements(replicas=2, estimators=("kde(0.1)", "binning(width 0.5)"))
    found = compare_tables(table, table.sample(frac=1, random_state=1), EXACT)
    assert found.agrees
    assert found.rows == len(table)
    assert found.only_one.rows == found.only_other.rows == 0
    assert not found.mismatches
    # kde has bounds and no H(T), binning the other way round
    assert sorted({(each.estimator, each.column) for each in found.differences}) == [
        ("binning(width 0.5)", "h_t"),
        ("binning(width 0.5)", "i_ty"),
        ("binning(width 0.5)", "i_xt"),
        *(("kde(0.1)", f"{number}{end}") for number in ("i_ty", "i_xt") for end in ("", "_lower", "_upper")),
    ]  # fmt: skip
    assert all(each.rows == 2 * len(EPOCHS) for each in found.differences)


def test_one_number_that_differs():
    table = measurements(replicas=2)
    place = {"replica": 1, "epoch": 10, "layer": "dense2"}
    before = float(table.query("replica == 1 and epoch == 10 and layer == 'dense2'")["i_xt"].iloc[0])
    found, difference = only_difference(table, changed(table, place, i_xt=before + 0.25))
    assert not found.agrees
    assert (difference.layer, difference.column, difference.beyond) == ("dense2", "i_xt", 1)
    assert difference.largest == pytest.approx(0.25, abs=1e-12)
    assert difference.relative == pytest.approx(0.25 / (before + 0.25), abs=1e-12)
    assert (difference.largest_at.replica, difference.largest_at.epoch) == (1, 10)
    assert (difference.relative_at.replica, difference.relative_at.epoch) == (1, 10)


@pytest.mark.parametrize(
    ("relative", "absolute", "agrees"),
    [(0, 0.1, True), (0, 0.09, False), (0.1 / 2.1, 0, True), (0.04, 0, False), (0.02, 0.06, True)],
)
def test_tolerances_add(relative, absolute, agrees):
    """|2.1 - 2| against absolute + relative * 2.1; 0.1 is not exact in binary."""
    one, other = (measurements().assign(i_xt=value) for value in (2.0, 2.1))
    tolerance = Tolerance(relative=relative * (1 + 1e-12), absolute=absolute * (1 + 1e-12))
    assert compare_tables(one, other, tolerance).agrees is agrees
    assert compare_tables(other, one, tolerance).agrees is agrees


def test_rounding_is_allowed_for():
    table = measurements()
    assert compare_tables(table, table.assign(i_xt=table["i_xt"] + 9e-10), Tolerance()).agrees
    assert not compare_tables(table, table.assign(i_xt=table["i_xt"] + 1.1e-9), Tolerance()).agrees


def test_missing_numbers_agree_with_missing_ones_only():
    table = measurements()
    lost = changed(table, {"layer": "output", "epoch": 3}, i_ty=math.nan)
    assert compare_tables(lost, lost, EXACT).agrees
    found, difference = only_difference(table, lost)
    assert (difference.column, difference.one_sided, difference.beyond) == ("i_ty", 1, 0)
    assert difference.rows == len(EPOCHS) - 1
    assert not found.agrees


def test_infinities():
    table = measurements()
    endless = changed(table, {"epoch": 3}, i_xt=math.inf)
    assert compare_tables(endless, endless, EXACT).agrees
    assert not compare_tables(endless, table, EXACT).agrees
    assert not compare_tables(endless, changed(table, {"epoch": 3}, i_xt=-math.inf), EXACT).agrees


@pytest.mark.parametrize(
    ("column", "value"), [("status", "invalid"), ("n", 7), ("warnings", "ties"), ("extras", '{"a": 1}')]
)
def test_what_is_no_number(column, value):
    table = measurements()
    other = changed(table, {"layer": "dense2", "epoch": 30}, **{column: value})
    found = compare_tables(table, other, Tolerance())
    assert not found.agrees
    (mismatch,) = found.mismatches
    assert (mismatch.column, mismatch.rows) == (column, 1)
    assert mismatch.first == "replica 0, epoch 30, dense2, kde(0.1)"
    assert mismatch.other == str(value)


@pytest.mark.parametrize(
    ("one", "other", "agrees"),
    [
        ('{"a": 1.0, "b": 2}', '{"b": 2, "a": 1.0000000001}', True),
        ('{"a": 1.0}', '{"a": 1.1}', False),
        ('{"a": 1.0}', '{"b": 1.0}', False),
        ('{"a": NaN}', '{"a": 1.0}', False),
        ('{"a": "x"}', '{"a": "y"}', False),
        ("{", "[1]", False),
        ("[" * 100_000, "{}", False),
    ],
)
def test_further_numbers(one, other, agrees):
    table = measurements()
    assert compare_tables(table.assign(extras=one), table.assign(extras=other), Tolerance()).agrees is agrees


def test_what_only_one_has_is_named():
    whole = measurements(replicas=2, estimators=("kde(0.1)", "binning(width 0.5)"))
    part = whole[(whole["replica"] == 0) & (whole["layer"] != "dense1") & ~whole["epoch"].isin([1, 10])]
    part = part[part["estimator"] == "kde(0.1)"]
    found = compare_tables(whole, part, EXACT)
    assert not found.agrees
    only = found.only_one
    assert only.rows == len(whole) - len(part)
    assert (only.replicas, only.layers, only.estimators) == ((1,), ("dense1",), ("binning(width 0.5)",))
    assert (only.epochs, only.views, only.is_epochs_alone) == ((1, 10), (), False)
    assert only.in_words() == ("replica 1; layer dense1; estimator binning(width 0.5); epochs 1, 10")
    assert found.only_other.rows == 0
    assert found.rows == len(part)


def test_ranges():
    assert ranges([0, 1, 2, 5, 7, 8]) == ["0 to 2", "5", "7 to 8"]
    assert ranges([]) == []
    assert shorten([str(k) for k in range(11)], 8) == "0, 1, 2, 3, 4, 5, 6, 7, and 3 more"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.iloc[:0], "B has no measurements"),
        (lambda table: table.assign(estimator="ksg(3)"), r"estimators are kde\(0.1\) in the one, ksg\(3\)"),
        (
            lambda table: table.assign(layer="x" + table["layer"]),
            "layers are dense1, dense2, output in the one, xdense1, xdense2, xoutput in the other",
        ),
        (
            lambda table: table.assign(epoch=table["epoch"] + 1000),
            r"epochs are 0, 1, 3, 10, and 2 more in the one",
        ),
        (lambda table: pd.concat([table, table.iloc[[4]]]), "B has a measurement twice: .*'epoch': 1"),
    ],
)
def test_tables_that_cannot_be_compared(change, message):
    table = measurements()
    with pytest.raises(UserError, match=message):
        compare_tables(table, change(table), EXACT)


@given(shift=st.floats(-1, 1), size=st.sampled_from([0.0, 1e-12, 1e-3]), seed=st.integers(0, 2**32 - 1))
def test_both_ways_round_the_same(shift, size, seed):
    table = measurements(epochs=(0, 3))
    rng = np.random.default_rng(seed)
    other = table.assign(i_xt=table["i_xt"] + shift * rng.choice([0, size], len(table)))
    one_way, back = compare_tables(table, other, Tolerance()), compare_tables(other, table, Tolerance())
    assert one_way.agrees == back.agrees
    assert one_way.differences == back.differences


def test_everything_is_json():
    table = measurements()
    found = compare_tables(table, changed(table, {"epoch": 3}, i_xt=math.inf, status="failed"), EXACT)
    document = json.loads(found.model_dump_json())
    assert {each["layer"] for each in document["differences"]} == set(LAYERS)
    assert document["mismatches"][0]["column"] == "status"
