"""Runs that look at channels: what they ask of the net, what they write, and how they go on."""

import json

import numpy as np
import pandas as pd
import pytest

from ibspec.compare import Tolerance, compare_runs, compare_tables
from ibspec.core import RunError, SpecError, UserError
from ibspec.figures import Tables, draw
from ibspec.loading import load
from ibspec.loading.tables import check_measurements
from ibspec.results import over_channels
from ibspec.runner import plan, prepare, run
from ibspec.spec import apply_overrides, parse_spec
from tests.runner.tiny import assert_same
from tests.spec.documents import CNN, TINY

KDE = {"kind": "kde", "noise_variance": 0.1}
SMALL = ["training.epochs=1", "training.replicas=1", "measure.probe.size=20"]
EXACT = Tolerance(relative=0.0, absolute=0.0)


def spec(view, *overrides, document=CNN):
    return parse_spec(apply_overrides(document, [f"measure.view={view}", *SMALL, *overrides]))


@pytest.fixture(scope="module")
def channel_run(tmp_path_factory):
    return load(run(spec("channels"), out=tmp_path_factory.mktemp("channels"), device="cpu").path)


def test_every_channel_is_a_curve(channel_run):
    table = channel_run.measurements
    assert str(table["channel"].dtype) == "Int64"
    first = table[table["epoch"] == 0]
    found = [(row.layer, None if pd.isna(row.channel) else row.channel) for row in first.itertuples()]
    assert found == [
        ("conv1", 0),
        ("conv1", 1),
        ("pool", 0),
        ("pool", 1),
        ("flatten", None),
        ("output", None),
    ]
    assert not table.duplicated(["replica", "epoch", "layer", "estimator", "channel"]).any()
    assert plan(prepare(spec("channels"), device="cpu")).measurements == len(table) == 12
    assert first[first["layer"] == "conv1"]["i_xt"].nunique() == 2


def test_the_mean_of_the_curves_is_the_view_of_that_name(channel_run, tmp_path):
    mean = load(run(spec("mean"), out=tmp_path, device="cpu").path).measurements
    apart = over_channels(channel_run.measurements)
    for name in ("i_xt", "i_xt_lower", "i_ty"):
        np.testing.assert_array_equal(apart[name], mean[name])  # a sum of two numbers has one order


def test_a_run_agrees_with_itself_and_with_no_other_view(channel_run, tmp_path):
    again = load(run(spec("channels"), out=tmp_path, device="cpu").path)
    assert_same(channel_run.measurements, again.measurements)
    found = compare_runs(channel_run, again, EXACT)
    assert (found.agrees, found.rows) == (True, 12)


def test_a_difference_is_found_in_its_channel(channel_run):
    table = channel_run.measurements.copy()
    place = (table["layer"] == "pool") & (table["channel"] == 1).fillna(value=False) & (table["epoch"] == 1)
    table.loc[place, "i_xt"] += 0.5
    found = compare_tables(channel_run.measurements, table, EXACT)
    (difference,) = (each for each in found.differences if each.largest > 0)
    assert (difference.layer, difference.beyond) == ("pool", 1)
    assert difference.largest_at.in_words() == "replica 0, epoch 1, channel 1"
    without = channel_run.measurements.query("channel.isna() or channel == 0")
    lost = compare_tables(channel_run.measurements, without, EXACT)
    assert lost.only_one.in_words() == "channel 1"
    assert not lost.only_one.is_epochs_alone


def test_an_older_table_has_no_channels(channel_run):
    older = channel_run.measurements.query("layer == 'output'").drop(columns="channel")
    found = check_measurements(older, "here")
    assert found["channel"].isna().all()
    assert str(found["channel"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("channel", "message"),
    [(-1, "column 'channel' reaches from -1 to -1"), ("one", "is to hold Int64, and holds string")],
)
def test_a_strangers_channels_are_checked(channel_run, channel, message):
    table = channel_run.measurements.assign(channel=channel)
    with pytest.raises(UserError, match=message):
        check_measurements(table, "here")


def test_figures_show_the_mean_of_channels(channel_run):
    tables = Tables.of_run(channel_run)
    (panel,) = tables.panels()
    assert "view channels (their mean)" in panel.subtitle
    assert len(panel.table) == 2 * 4
    assert {each.name for each in draw(tables, only="plane")} == {"plane-kde-0.1-channels"}


def test_a_replica_that_diverges_ends_all_its_curves(tmp_path):
    with pytest.raises(RunError, match="every replica diverged"):
        run(spec("channels", "training.optimiser.learning_rate=1e30"), out=tmp_path, device="cpu")
    found = load(next(tmp_path.glob("*/*"))).measurements
    broken = found[found["status"] == "invalid"]
    assert broken["channel"].fillna(-1).tolist() == [0, 1, 0, 1, -1, -1]


@pytest.mark.parametrize("view", ["mean", "channels", "multivariate", "pooled"])
def test_a_net_without_channels_has_no_such_view(view):
    renyi = {"kind": "renyi", "channels": "multivariate"}
    estimators = json.dumps([renyi if view == "multivariate" else KDE])
    message = rf'^measure\.view: "{view}" looks at the channels of a layer, and no measured layer has any'
    with pytest.raises(SpecError, match=message):
        prepare(spec(view, f"measure.estimators={estimators}", document=TINY), device="cpu")
    with pytest.raises(SpecError, match=message):
        prepare(spec(view, f"measure.estimators={estimators}", 'measure.layers=["flatten"]'), device="cpu")
    prepare(spec(view, f"measure.estimators={estimators}", 'measure.layers=["pool"]'), device="cpu")


def test_codes_are_not_pooled():
    """`exact` counts levels, and a mean of levels is none: only where some layer has them apart."""
    model = json.dumps({"kind": "quantised", "levels": 4, "net": CNN["model"]})
    exact = 'measure.estimators=[{"kind": "exact"}]'
    overrides = [f"model={model}", exact, 'measure.layers=["conv1", "pool"]']
    prepare(spec("channels", *overrides), device="cpu")
    with pytest.raises(SpecError, match=r"measure\.estimators\[0\]: exact.* can measure none of the layers"):
        prepare(spec("pooled", *overrides), device="cpu")
