"""Channels in a table of measurements: written, read back, and averaged."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from ibspec.results import COLUMNS, Measurement, PartWriter, measurement_table, over_channels

ROW = Measurement(0, 1, 0, "conv1", "channels", "kde(0.1)", 8, i_xt=1.0, i_ty=0.5)


def of_channels(**lists):
    count = len(next(iter(lists.values())))
    changes = [{name: values[each] for name, values in lists.items()} for each in range(count)]
    return [replace(ROW, channel=number, **change) for number, change in enumerate(changes)]


def test_channels_come_back_from_parts_with_and_without_them(tmp_path):
    dense = replace(ROW, layer="dense1", depth=1)
    writer = PartWriter(tmp_path, "measurements")
    for part in ([dense], of_channels(i_xt=[1.0, 2.0]), [dense, replace(ROW, channel=2)]):
        for row in part:
            writer.add(asdict(row))
        writer.flush()
    table, _ = writer.finish(COLUMNS)
    assert str(table["channel"].dtype) == "Int64"
    assert table["channel"].fillna(-1).tolist() == [-1, 0, 1, -1, 2]
    again = pd.read_parquet(writer.whole)
    pd.testing.assert_frame_equal(again[["channel"]], table[["channel"]])


def test_numbers_and_bounds_are_averaged():
    table = measurement_table(of_channels(i_xt=[1.0, 2.0, 6.0], i_xt_lower=[0.0, 1.0, 2.0]))
    (row,) = over_channels(table).to_dict("records")
    assert (row["i_xt"], row["i_xt_lower"], row["i_ty"]) == (3.0, 1.0, 0.5)
    assert np.isnan(row["h_t"])
    assert (row["layer"], row["n"], row["status"], row["extras"]) == ("conv1", 8, "ok", '{"channels": 3.0}')
    assert pd.isna(row["channel"])


def test_a_number_that_one_channel_lacks_is_lacking():
    table = measurement_table(of_channels(i_xt=[1.0, None]))
    assert np.isnan(over_channels(table)["i_xt"][0])


def test_the_first_channel_that_was_lost_says_why():
    rows = of_channels(
        status=["ok", "failed", "invalid"], reason=["", "broken", "not finite"], i_xt=[1.0, None, None]
    )
    (row,) = over_channels(measurement_table(rows)).to_dict("records")
    assert (row["status"], row["reason"]) == ("failed", "broken")
    assert np.isnan(row["i_ty"])  # what two channels gave up has no mean, though all three have a number


def test_warnings_of_all_and_of_some():
    rows = of_channels(warnings=["saturated ties", "saturated", "saturated"])
    assert over_channels(measurement_table(rows))["warnings"][0] == "saturated ties-channels"


def test_layers_epochs_and_replicas_are_kept_apart_and_in_order():
    rows = [
        replace(row, replica=replica, epoch=epoch, i_xt=10.0 * replica + epoch + row.channel)
        for replica in (1, 0)
        for epoch in (0, 1)
        for row in of_channels(i_xt=[0.0, 0.0])
    ]
    rows.insert(2, replace(ROW, layer="dense1", depth=1, i_xt=7.0))
    found = over_channels(measurement_table(rows))
    assert found["i_xt"].tolist() == [10.5, 7.0, 11.5, 0.5, 1.5]
    assert found.dtypes.astype(str).to_dict() == COLUMNS


@pytest.mark.parametrize("rows", [[], [ROW], [ROW, replace(ROW, epoch=2)]])
def test_a_table_without_channels_is_left_as_it_is(rows):
    table = measurement_table(rows)
    assert over_channels(table) is table
