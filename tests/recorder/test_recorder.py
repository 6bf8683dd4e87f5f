"""The recorder in a training loop of one's own: which rows, and what stands in them."""

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ibspec import Recorder
from ibspec.results import COLUMNS
from ibspec.schedules import Every, Listed, LogSpaced
from tests.recorder.examples import (
    BINNING,
    KDE,
    Broken,
    Dice,
    Total,
    images_net,
    inputs,
    net,
    probe,
    rows_of,
)


def fit(model: nn.Module, recorder: Recorder | None, epochs: int = 6) -> list[float]:
    """A training loop as people write it."""
    x, y = torch.from_numpy(inputs()), torch.arange(40) % 3
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    torch.manual_seed(9)
    if recorder is not None:
        recorder.record(0)
    for epoch in range(1, epochs + 1):
        model.train()
        for batch in torch.randperm(40).split(16):
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        if recorder is not None:
            recorder.record(epoch)
    return losses


# ---- the table ----------------------------------------------------------------------------------------


def test_a_loop_of_ones_own():
    model = net()
    recorder = Recorder(model, probe(), ["1", "3"], [KDE, BINNING], Every(epochs=2), last=5, replica=3)
    fit(model, recorder, epochs=5)
    table = recorder.measurements
    assert list(zip(table.epoch, table.layer, table.estimator, strict=True)) == [
        (epoch, layer, estimator)
        for epoch in (0, 2, 4, 5)
        for layer in ("1", "3")
        for estimator in (KDE.label, BINNING.label)
    ]
    assert table.depth.tolist() == [0, 0, 1, 1] * 4
    assert set(table.replica) == {3}
    assert set(table["view"]) == {"whole"}
    assert set(table.n) == {40}
    assert set(table.status) == {"ok"}
    assert set(table.reason) == {""}
    assert list(table.columns) == list(COLUMNS)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    assert table.i_xt.between(0, math.log2(40)).all()
    assert table.i_xt.nunique() > 8  # the net was trained meanwhile


def test_the_table_is_empty_at_first_and_typed():
    table = Recorder(net(), probe(), estimators=[KDE]).measurements
    assert len(table) == 0
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS


def test_the_new_rows_are_returned():
    recorder = Recorder(net(), probe(), estimators=[KDE], schedule=Listed(epochs=(3,)))
    assert len(recorder.record(0)) == 4  # all direct children
    assert recorder.record(1) == []
    rows = recorder.record(3)
    assert [(row.epoch, row.layer, row.depth) for row in rows] == [(3, name, int(name)) for name in "0123"]
    assert len(recorder.measurements) == 8


@pytest.mark.parametrize("last", [None, 4])
def test_due_epochs_are_the_schedules(last):
    schedule = LogSpaced(per_decade=3)
    recorder = Recorder(net(), probe(), ["3"], [KDE], schedule, last=last)
    measured = [epoch for epoch in range(5) if recorder.record(epoch)]
    assert measured == [epoch for epoch in range(5) if schedule.is_due(epoch, last)]


def test_numbers_are_the_estimators_own():
    model, sample = net(), probe()
    recorder = Recorder(model, sample, ["0", "1"], [KDE, BINNING])
    rows = recorder.record(0)
    model.eval()
    with torch.no_grad():
        first = model[0](torch.from_numpy(inputs()))
        activity = [first, torch.tanh(first)]
    for estimator in (KDE, BINNING):
        for row, t in zip(rows_of(rows, estimator), activity, strict=True):
            wanted = estimator.estimate(t, sample)
            # the recorder forwards all 40 rows at once too: the same float32 numbers, the same estimate
            assert (row.i_xt, row.i_ty, row.h_t) == (wanted.i_xt, wanted.i_ty, wanted.h_t)
            assert (row.i_xt_lower, row.i_xt_upper) == (wanted.i_xt_bounds or (None, None))
            assert (row.i_ty_lower, row.i_ty_upper) == (wanted.i_ty_bounds or (None, None))
            assert row.warnings == " ".join(wanted.warnings)


def test_estimators_are_told_the_epoch():
    recorder = Recorder(net(), probe(), ["0"], [Total()])
    assert [recorder.record(epoch)[0].i_ty for epoch in (0, 7)] == [0.0, 7.0]


def test_layers_are_announced_before_they_are_measured():
    told: list[str] = []
    Recorder(net(), probe(), ["1", "3"], [KDE, BINNING]).record(0, told.append)
    assert told == ["1", "3"]


# ---- views --------------------------------------------------------------------------------------------


def test_the_mean_view_is_the_mean_over_channels():
    model, sample = images_net(), probe(40, 1, 6, 6)
    rows = Recorder(model, sample, ["1", "3"], [KDE, BINNING], view="mean").record(0)
    with torch.no_grad():
        t = torch.relu(model[0](torch.from_numpy(sample.x)))
    for estimator in (KDE, BINNING):
        row, dense = rows_of(rows, estimator)
        each = [estimator.estimate(t[:, channel].flatten(1), sample) for channel in range(3)]
        assert row.i_xt == pytest.approx(np.mean([one.i_xt for one in each]), abs=1e-12)  # one rounding
        assert row.i_ty == pytest.approx(np.mean([one.i_ty for one in each]), abs=1e-12)
        assert row.view == dense.view == "mean"
        assert '"channels": 3.0' in row.extras
        assert "channels" not in dense.extras  # a row of units has none
    bounds = [KDE.estimate(t[:, channel].flatten(1), sample).i_xt_bounds for channel in range(3)]
    row = rows_of(rows, KDE)[0]
    assert row.i_xt_lower == pytest.approx(np.mean([low for low, _ in bounds]), abs=1e-12)
    assert row.i_xt_upper == pytest.approx(np.mean([high for _, high in bounds]), abs=1e-12)


@pytest.mark.parametrize("view", ["concat", "whole"])
def test_the_concat_view_is_the_layer_as_one_vector(view):
    model, sample = images_net(), probe(40, 1, 6, 6)
    (row,) = Recorder(model, sample, ["1"], [KDE], view=view).record(0)
    with torch.no_grad():
        t = torch.relu(model[0](torch.from_numpy(sample.x)))
    assert row.i_xt == KDE.estimate(t.reshape(40, 48), sample).i_xt
    assert row.view == view


# ---- nothing disturbs anything ------------------------------------------------------------------------


def test_measuring_does_not_change_the_training():
    alone, watched = net(), net()
    losses = fit(alone, None)
    recorder = Recorder(watched, probe(), estimators=[KDE, BINNING, Dice(), Broken()])
    assert fit(watched, recorder) == losses
    for one, other in zip(alone.parameters(), watched.parameters(), strict=True):
        assert torch.equal(one, other)
    assert watched.training


def test_another_estimator_does_not_change_the_numbers():
    few, many = Dice(name="a"), [Dice(name="b"), KDE, Broken(), Dice(name="a"), Dice(name="c")]
    one = Recorder(net(), probe(), estimators=[few])
    other = Recorder(net(), probe(), estimators=many)
    for epoch in (0, 1):
        assert one.record(epoch) == rows_of(other.record(epoch), few)


def test_another_layer_does_not_change_the_numbers():
    one = Recorder(net(), probe(), ["3"], [Dice()]).record(0)[0]
    other = Recorder(net(), probe(), ["0", "3"], [Dice()]).record(0)[1]
    assert (one.i_xt, one.i_ty) == (other.i_xt, other.i_ty)


def test_random_numbers_come_from_the_seed_and_the_place():
    def rolled(**more: Any) -> list[float | None]:
        recorder = Recorder(net(), probe(), ["0", "1"], [Dice(), Dice(name="other")], **more)
        return [row.i_xt for epoch in (0, 1) for row in recorder.record(epoch)]

    first = rolled()
    assert rolled() == first
    assert len(set(first)) == 8  # each layer, epoch and estimator rolls its own
    assert not set(first) & set(rolled(seed=1))
    assert not set(first) & set(rolled(replica=1))


def test_channels_do_not_share_their_random_numbers():
    (row,) = Recorder(images_net(), probe(40, 1, 6, 6), ["0"], [Dice()], view="mean").record(0)
    extras = json.loads(row.extras)
    assert extras["i_xt_channel_min"] < extras["i_xt_channel_max"]
