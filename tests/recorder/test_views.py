"""All views of one layer: what the rows of the table have to do with each other."""

import math
from itertools import pairwise
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ibspec import Probe, Recorder
from ibspec.activity import View
from ibspec.estimators import AsIfRandom, Binning, Kde, Quantiles, Renyi
from ibspec.results import over_channels
from tests.recorder.examples import BINNING, KDE, Dice, images_net, probe

SHARED = Binning(cells=Quantiles(bins=5, over="training"))
GLOBAL = Binning(cells=Quantiles(bins=5, per="global", over="training"))
WINDOW = AsIfRandom(under=BINNING, over="epochs", window=2, windows="all")
ALL = [KDE, BINNING, Dice(), SHARED, GLOBAL, WINDOW]


def trained(view: View, estimators=ALL, epochs=3, spoil=lambda _model, _epoch: None) -> pd.DataFrame:
    """Measure a net whose weights grow."""
    recorder = Recorder(images_net(), probe(40, 1, 6, 6), ["1", "3"], estimators, view=view)
    for epoch in range(epochs):
        spoil(recorder.model, epoch)
        recorder.record(epoch)
        with torch.no_grad():
            for weights in recorder.model.parameters():
                weights.mul_(1.5)
    recorder.finish()
    return recorder.measurements


def conv_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["layer"] == "1"]


def test_channels_averaged_are_the_mean_view():
    """Exactly, under each estimator: those that draw, and those that look at several epochs."""
    apart, mean = trained("channels"), trained("mean")
    keys = ["estimator", "epoch"]
    of_channels = dict(list(conv_rows(apart).groupby(keys)))
    rows = conv_rows(mean)
    assert len(rows) == len(of_channels)
    for row in rows.to_dict("records"):
        group = of_channels[row["estimator"], row["epoch"]]
        assert group["channel"].tolist() == [0, 1, 2]
        for name in ("i_xt", "i_ty", "h_t", "i_xt_lower", "i_xt_upper"):
            np.testing.assert_equal(np.mean(group[name].tolist()), row[name])
    assert set(rows["channel"].isna()) == {True}


def test_a_layer_without_channels_has_one_row_in_every_view():
    tables = [trained(view, [KDE, BINNING]) for view in get_args(View) if view != "multivariate"]
    dense = [table[table["layer"] == "3"].drop(columns="view").reset_index(drop=True) for table in tables]
    assert dense[0]["channel"].isna().all()
    for one, other in pairwise(dense):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_table_of_channels_averages_to_that_of_the_mean_view():
    apart, mean = trained("channels", [KDE, BINNING]), trained("mean", [KDE, BINNING])
    found = over_channels(apart)
    assert found["channel"].isna().all()
    assert [str(kind) for kind in found.dtypes] == [str(kind) for kind in mean.dtypes]
    assert set(found["view"]) == {"channels"}
    names = ["epoch", "depth", "layer", "estimator", "status", "reason", "warnings", "n"]
    pd.testing.assert_frame_equal(found[names], mean[names])
    for name in ("i_xt", "i_xt_lower", "i_xt_upper", "i_ty", "i_ty_lower", "i_ty_upper", "h_t"):
        # Sums of three numbers of at most 6 bits, in another order.
        np.testing.assert_allclose(found[name], mean[name], rtol=0, atol=1e-14, equal_nan=True)


def test_a_channel_that_cannot_be_measured_costs_no_other():
    def spoil(model, epoch):
        with torch.no_grad():
            model[0].weight[1] = math.nan if epoch == 1 else 1.0

    table = conv_rows(trained("channels", [KDE, SHARED, GLOBAL, WINDOW], epochs=4, spoil=spoil))
    lost = table[table["status"] != "ok"]
    assert set(lost["status"]) == {"invalid"}
    assert set(zip(lost["epoch"], lost["channel"], strict=True)) == {(1, 1)}
    assert len(lost) == 4
    for estimator in (KDE, SHARED, GLOBAL):
        mine = table[(table["estimator"] == estimator.label) & (table["status"] == "ok")]
        kept = sorted(zip(mine["epoch"], mine["channel"], strict=True))
        assert kept == [(e, c) for e in range(4) for c in range(3) if (e, c) != (1, 1)]
    # Channel 1 has a window of two only from epoch 2 on, which is its second one.
    windows = table[(table["estimator"] == WINDOW.label) & (table["status"] == "ok")]
    found = sorted(zip(windows["epoch"], windows["channel"], strict=True))
    assert found == [(1, 0), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2)]


def test_what_was_lost_of_one_channel_is_lost_of_the_mean():
    def spoil(model, _epoch):
        with torch.no_grad():
            model[0].weight[1] = math.nan

    found = conv_rows(over_channels(trained("channels", [KDE], epochs=1, spoil=spoil))).iloc[0]
    assert (found["status"], found["warnings"]) == ("invalid", "")
    assert "not finite" in found["reason"]
    assert np.isnan([found["i_xt"], found["i_ty"]]).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), channels=st.integers(1, 4), samples=st.integers(2, 20))
def test_pooled_is_a_net_with_global_average_pooling(seed, channels, samples):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(1, channels, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    x = np.random.default_rng(seed).normal(size=(samples, 1, 5, 5)).astype(np.float32)
    sample = Probe(x=x, y=np.arange(samples) % 2)
    (pooled,) = Recorder(net, sample, ["0"], [KDE], view="pooled").record(0)
    *_, flat = Recorder(net, sample, ["1", "2"], [KDE], view="concat").record(0)
    # Means of nine float32 numbers of a few units may differ in their last bits, 1e-7, and the kernel's
    # exponents, differences of squares over 8 * 0.1, by some 1e-5 of a nat at most.
    assert pooled.i_xt == pytest.approx(flat.i_xt, abs=1e-5)
    assert pooled.i_ty == pytest.approx(flat.i_ty, abs=1e-5)


def test_a_pooling_layer_and_its_flattening_are_one():
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.MaxPool2d(2), nn.Flatten())
    rows = Recorder(net, probe(40, 1, 6, 6), ["1", "2"], [KDE, BINNING], view="concat").record(0)
    pool, flat = rows[:2], rows[2:]
    for one, other in zip(pool, flat, strict=True):
        assert (one.i_xt, one.i_ty, one.h_t) == (other.i_xt, other.i_ty, other.h_t)


def test_one_channel_related_to_itself_is_all_units():
    """With one channel the product of kernels has one factor, so `multivariate` is `concat`."""
    net, sample = nn.Sequential(nn.Conv2d(1, 1, 3)), probe(40, 1, 6, 6)
    (apart,) = Recorder(net, sample, ["0"], [Renyi(channels="multivariate")], view="multivariate").record(0)
    (joined,) = Recorder(net, sample, ["0"], [Renyi()], view="concat").record(0)
    assert apart.i_xt == joined.i_xt
    assert apart.channel is None


def test_a_wider_kernel_moves_every_channel():
    """The rows are of their channels, not copies of one."""
    table = conv_rows(trained("channels", [Kde(noise_variance=0.1)], epochs=1))
    assert table["i_xt"].nunique() == 3
