"""What windows of several nets remember, refuse and answer."""

import numpy as np
import pytest
import torch

from ibspec import Activity
from ibspec.core import ActivityError, Probe, SampleSizeError, ShapeError
from ibspec.estimators import AsIfRandom, Binning, Kde, Quantiles
from tests.estimators.small_windows import UNIT, activities, gathered, last


def test_every_window_is_the_last_one_of_its_past():
    table = np.random.default_rng(0).integers(0, 3, size=(7, 20, 2))
    probe = Probe(y=np.arange(20) % 2, ids=np.arange(20))
    session = AsIfRandom(under=UNIT, window=3, windows="all").session("layer", probe)
    for activity in activities(table):
        session.add(activity)
    found = session.finish()
    assert [each.epoch for each in found] == [2, 3, 4, 5, 6]
    for each in found:
        assert each.estimate == last(table[each.epoch - 2 : each.epoch + 1], probe)


def test_only_the_last_window_is_remembered():
    """Of 40 epochs three are held, and of each no more than its cells."""
    probe = Probe(ids=np.arange(500))
    session = AsIfRandom(under=UNIT, window=3).session("layer", probe)
    table = np.random.default_rng(0).normal(size=(40, 500, 30))
    for activity in activities(table):
        session.add(activity)
    held = [kept for _, _, kept in session._held]
    assert len(held) == 3
    assert sum(kept.number.nbytes + len(kept.names) for kept in held) <= 3 * 500 * (4 + 16)
    assert session.finish()[0].estimate == last(table[-3:], probe)


def test_what_cannot_be_measured_leaves_the_window():
    probe = Probe(ids=np.arange(4))
    session = AsIfRandom(under=UNIT, window=2).session("layer", probe)
    good = [[0.0, 1.0, 2.0, 3.0], [1.0, 1.0, 2.0, 3.0]]
    session.add(Activity(torch.tensor(good[0]), "layer", epoch=0))
    with pytest.raises(ActivityError, match="not finite"):
        session.add(Activity(torch.full((4,), torch.nan), "layer", epoch=1))
    with pytest.raises(ShapeError, match="got 2 units, after activity with 1"):
        session.add(Activity(torch.ones(4, 2), "layer", epoch=2))
    session.add(Activity(torch.tensor(good[1]), "layer", epoch=3))
    (found,) = session.finish()
    assert found.epoch == 3
    assert found.estimate == last(good, probe)


def test_an_activity_may_change_after_it_was_added():
    probe, values = Probe(ids=np.arange(9)), np.arange(9.0)[:, None]
    for under in (UNIT, Kde(noise_variance=0.1), Binning(cells=Quantiles(bins=3, over="training"))):
        session = AsIfRandom(under=under, window=1).session("layer", probe)
        mine = values.copy()
        session.add(Activity(torch.from_numpy(mine), "layer"))
        mine[:] = 0
        assert session.finish()[0].estimate == last([values], probe, under=under)


def test_too_few_epochs_are_refused():
    session = AsIfRandom(under=UNIT, window=3).session("layer", Probe(ids=np.arange(4)))
    for activity in activities(np.zeros((2, 4))):
        session.add(activity)
    with pytest.raises(SampleSizeError, match="window of 3 measured epochs; got 2"):
        session.finish()


def test_nets_of_an_epoch_come_together():
    tables = {epoch: np.random.default_rng(epoch).integers(0, 3, size=(3, 8)) for epoch in (0, 5, 9)}
    probe = Probe(y=np.arange(8) % 2, ids=np.arange(8))
    found = gathered(AsIfRandom(under=UNIT, over="replicas"), probe, tables)
    assert [each.epoch for each in found] == [0, 5, 9]
    for each in found:
        assert each.estimate == last(tables[each.epoch], probe)


def test_an_epoch_that_lacks_a_net():
    """Over replicas the others count; of steps all must be there, or the epoch has no answer."""
    tables = {0: np.zeros((3, 8)), 5: np.zeros((2, 8)), 9: np.zeros((1, 8))}
    probe = Probe(ids=np.arange(8))
    found = gathered(AsIfRandom(under=UNIT, over="replicas"), probe, tables)
    assert [(each.epoch, each.estimate.extras["window"]) for each in found] == [(0, 3), (5, 2), (9, 1)]
    (only,) = gathered(AsIfRandom(under=UNIT, over="steps", window=3), probe, tables)
    assert only.epoch == 0
    with pytest.raises(SampleSizeError, match="wants 2 nets at each epoch; got 1"):
        gathered(AsIfRandom(under=UNIT, over="replicas"), probe, {0: np.zeros((1, 8)), 1: np.zeros((1, 8))})
    with pytest.raises(SampleSizeError, match="wants 4 nets at each epoch; got 3"):
        gathered(AsIfRandom(under=UNIT, over="steps", window=4), probe, tables)


def test_what_is_held_is_declared():
    """Counts hold names of cells, however wide the layer; quantiles and kernels hold activity."""
    cells = AsIfRandom(under=UNIT, window=10)
    assert cells.held_memory(1000, 10, 50) == cells.held_memory(1000, 10_000, 50)
    assert cells.held_memory(1000, 10, 50) == cells.held_memory(1000, 10, 5000)
    every = AsIfRandom(under=UNIT, window=10, windows="all")
    assert every.held_memory(1000, 10, 50) < every.held_memory(1000, 10, 5000)
    # A dictionary entry of a name and a count takes 100 bytes at the very least, and any row may need one.
    assert cells.held_memory(1000, 10, 50) > 100 * 1000 * 10
    kernels = AsIfRandom(under=Kde(noise_variance=0.1), window=10)
    assert kernels.held_memory(1000, 100, 50) > 4 * 1000 * 100 * 10
    quantiles = AsIfRandom(under=Binning(cells=Quantiles(bins=3, over="training")), window=10)
    assert quantiles.held_memory(1000, 100, 50) > 4 * 1000 * 100 * 50


def test_how_long_a_window_takes_in_measurements_of_one_net():
    """K nets are K times the rows, and K squared pairs of them; the last window of a run is one in all."""
    cells, kernels = UNIT, Kde(noise_variance=0.1)

    def times(under, **fields):
        alone, factor = AsIfRandom(under=under, **fields).tried_as(replicas=6)
        assert alone == under
        return factor

    assert times(cells, over="epochs", window=5) == times(kernels, over="epochs", window=5) == 2.0
    assert times(cells, over="epochs", window=5, windows="all") == 5.0
    assert times(kernels, over="epochs", window=5, windows="all") == 25.0
    assert times(cells, over="steps", window=4) == 4.0
    assert times(kernels, over="steps", window=4) == 16.0
    assert times(cells, over="replicas") == 1.0, "six of one replica each, shared by six"
    assert times(kernels, over="replicas") == 6.0
