"""A recorder whose estimators must have seen all of training before they answer."""

import numpy as np
import pytest
import torch

from ibspec import Recorder
from ibspec.core import SpecError
from ibspec.estimators import Binning, Edges, Quantiles, Renyi, WickstromKernel
from tests.recorder.examples import BINNING, images_net, net, probe, rows_of

SHARED = Binning(cells=Quantiles(bins=5, over="training"))
GLOBAL = Binning(cells=Quantiles(bins=5, per="global", over="training"))


def trained(recorder, epochs=3):
    """Record a net whose weights grow."""
    for epoch in range(epochs):
        recorder.record(epoch)
        with torch.no_grad():
            for weights in recorder.model.parameters():
                weights.mul_(1.5)


def test_rows_come_at_the_end_and_stand_where_they_belong():
    recorder = Recorder(net(), probe(), ["0", "1"], [BINNING, SHARED])
    assert [row.estimator for row in recorder.record(0)] == [BINNING.label] * 2
    trained(recorder)
    rows = recorder.finish()
    assert {(row.epoch, row.depth, row.layer) for row in rows} == {
        (epoch, depth, str(depth)) for epoch in range(3) for depth in range(2)
    }
    assert all(row.status == "ok" and row.n == 40 for row in rows)
    assert recorder.finish() == []
    assert len(recorder.measurements) == 2 + 6 + 6


def test_a_layer_is_not_mixed_with_others_unless_asked_for():
    """Layer 1 alone gives the same as beside layer 0 where edges are a layer's, not where they are shared."""
    for estimator, is_own in ((SHARED, True), (GLOBAL, False)):
        alone, beside = (Recorder(net(), probe(), names, [estimator]) for names in (["1"], ["0", "1"]))
        for recorder in (alone, beside):
            trained(recorder)
        first = [row.i_xt for row in alone.finish()]
        second = [row.i_xt for row in beside.finish() if row.layer == "1"]
        assert (first == second) is is_own


def test_the_mean_view_shares_edges_channel_by_channel():
    """Against edges of each channel over training, taken by hand."""
    recorder = Recorder(images_net(), probe(40, 1, 6, 6), ["1"], [SHARED], view="mean")
    seen = []
    for epoch in range(2):
        recorder.record(epoch)
        with torch.no_grad():
            seen.append(recorder.model[:2](torch.from_numpy(recorder.probe.x)))
            for weights in recorder.model.parameters():
                weights.mul_(1.5)
    rows = recorder.finish()
    for row, values in zip(rows, seen, strict=True):
        bits = []
        for channel in range(3):
            pool = torch.cat([each[:, channel].flatten() for each in seen])
            edges = Edges(edges=Quantiles(bins=5).edges(pool.numpy()[:, None]))
            bits.append(Binning(cells=edges).estimate(values[:, channel], recorder.probe).i_xt)
        assert row.i_xt == pytest.approx(np.mean(bits), abs=1e-12)  # a mean of three


def test_an_epoch_that_cannot_be_measured_is_a_row_and_spoils_no_other():
    recorder = Recorder(net(), probe(), ["0"], [SHARED])
    recorder.record(0)
    with torch.no_grad():
        recorder.model[0].weight[0, 0] = torch.nan
    (row,) = recorder.record(1)
    assert (row.status, row.epoch) == ("invalid", 1)
    (other,) = recorder.finish()
    assert (other.status, other.epoch) == ("ok", 0)


def test_a_session_that_breaks_costs_its_own_numbers_only(monkeypatch):
    recorder = Recorder(net(), probe(), ["0"], [BINNING, SHARED])
    trained(recorder)
    monkeypatch.setattr(Quantiles, "starts", lambda *_: 1 / 0)
    rows = recorder.finish()
    assert [row.status for row in rows] == ["failed"] * 3
    assert all(row.reason == "ZeroDivisionError: division by zero" for row in rows)


def test_smoothing_depends_on_the_epochs_before():
    smoothed = Renyi(width=WickstromKernel(smoothing=0.5, steps=20))
    recorder = Recorder(net(), probe(), ["0"], [smoothed])
    trained(recorder)
    assert len(rows_of(recorder.finish(), smoothed)) == 3


@pytest.mark.parametrize(
    ("estimator", "view", "message"),
    [
        (Renyi(channels="multivariate"), "whole", 'set view to "multivariate"'),
        (Renyi(), "multivariate", 'take renyi with "channels": "multivariate"'),
        (BINNING, "multivariate", 'take renyi with "channels": "multivariate"'),
    ],
)
def test_views_that_do_not_fit_are_refused(estimator, view, message):
    with pytest.raises(SpecError, match=message):
        Recorder(images_net(), probe(40, 1, 6, 6), ["1"], [estimator], view=view)


def test_the_multivariate_view_relates_channels():
    """What the recorder says of a layer with channels is what the estimator says of the array."""
    estimator = Renyi(channels="multivariate")
    recorder = Recorder(images_net(), probe(40, 1, 6, 6), ["1", "3"], [estimator], view="multivariate")
    first, last = recorder.record(0)
    with torch.no_grad():
        values = recorder.model[:2](torch.from_numpy(recorder.probe.x))
    assert first.i_xt == estimator.estimate(values, recorder.probe).i_xt
    assert first.i_xt != Renyi().estimate(values.flatten(1), recorder.probe).i_xt
    assert last.status == "ok"  # without channels it is one kernel
