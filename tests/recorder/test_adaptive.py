"""Adaptive schedules in a training loop of one's own."""

import numpy as np
import pytest
import torch

from ibspec import Probe, Recorder
from ibspec.core import SpecError
from ibspec.estimators import AsIfRandom, Binning, Width
from ibspec.schedules import DeltaApproximate, DeltaExact, Walk, information_of, scale_of
from tests.recorder.examples import BINNING, KDE, net, probe

LAST = 40


def trained(schedule):
    """A net that stands still for half of the time and then moves; its weights after each epoch."""
    recorder = Recorder(net(), probe(), ["0", "1"], [KDE, BINNING], schedule, last=LAST)
    weights = []
    for epoch in range(LAST + 1):
        with torch.no_grad():
            if epoch > LAST // 2:
                recorder.model[0].weight.mul_(1.15)
        weights.append(recorder.model[0].weight.clone())
        recorder.record(epoch)
        assert torch.equal(recorder.model[0].weight, weights[-1]), "the model is as it was"
    return recorder.measurements


def dense():
    return trained(None)


@pytest.mark.parametrize("schedule", [DeltaExact(delta=0.02), DeltaApproximate(delta=0.02)])
def test_what_is_measured_is_the_walk_over_the_dense_curves(schedule):
    """Rows are those of the dense table, bit for bit, at the epochs that a walk over it asks for."""
    whole, sparse = dense(), trained(schedule)
    by_epoch = {}
    recorder = Recorder(net(), probe(), ["0", "1"], [KDE, BINNING])
    for row in whole.itertuples():
        by_epoch.setdefault(row.epoch, []).append(row)
    walk = Walk(schedule, LAST)
    scale = scale_of(schedule, recorder.probe)
    while walk.wanted:
        for epoch in walk.wanted:
            walk.take(epoch, information_of(by_epoch[epoch], scale))
    assert sorted(set(sparse.epoch)) == sorted(walk.found)
    assert 3 < len(walk.found) < LAST
    kept = whole[whole.epoch.isin(walk.found)].reset_index(drop=True)
    found = sparse.sort_values(["epoch", "depth"], kind="stable", ignore_index=True)
    for column in ("epoch", "layer", "estimator"):
        assert found[column].tolist() == kept[column].tolist()
    for column in ("i_xt", "i_ty", "i_xt_lower"):
        assert np.array_equal(found[column], kept[column], equal_nan=True)
    if isinstance(schedule, DeltaExact):
        assert walk.breaks() == []


def test_only_open_stretches_are_kept():
    recorder = Recorder(net(), probe(), ["0"], [KDE], DeltaExact(delta=0.5), last=LAST)
    for epoch in range(LAST + 1):
        recorder.record(epoch)
    assert recorder._pursuit._kept == {}


def test_the_last_epoch_must_be_known():
    with pytest.raises(SpecError, match="give the Recorder `last`"):
        Recorder(net(), probe(), ["0"], [KDE], DeltaExact(delta=0.1))


def test_shares_of_nothing_are_refused():
    flat = Probe(x=probe().x, y=np.zeros(40, dtype=int))
    with pytest.raises(SpecError, match=r"H\(Y\) of the probe, which is 0"):
        Recorder(net(), flat, ["0"], [KDE], DeltaExact(delta=0.1), last=3)
    Recorder(net(), flat, ["0"], [KDE], DeltaExact(delta=0.1, normalised=False), last=3)


def test_it_needs_an_estimator_that_answers_at_once():
    window = AsIfRandom(under=Binning(cells=Width(width=0.1)), window=2)
    with pytest.raises(SpecError, match=r"an estimator that answers before the end; got \['as-if-random\("):
        Recorder(net(), probe(), ["0"], [window], DeltaExact(delta=0.1), last=LAST)
