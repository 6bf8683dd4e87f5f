"""A recorder that is shown several nets at one epoch: replicas, and nets a step away."""

import numpy as np
import pytest
import torch
from torch import nn

from ibspec import Activity, Recorder
from ibspec.core import Probe, as_rows
from ibspec.estimators import AsIfRandom, Binning, Width
from ibspec.training import Sgd, Task, Training, one_step_away

UNDER = Binning(cells=Width(0.5))


def net(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def probe():
    rng = np.random.default_rng(0)
    return Probe(x=rng.normal(size=(30, 3)).astype(np.float32), y=np.arange(30) % 2)


def by_hand(states, layer):
    """The window of these nets, measured as one epoch after the other."""
    on = probe()
    session = AsIfRandom(under=UNDER, window=len(states)).session("layer", on)
    model = net(0)
    for epoch, state in enumerate(states):
        model.load_state_dict(state)
        with torch.no_grad():
            values = model[: layer + 1](torch.from_numpy(on.x))
        session.add(Activity(as_rows(values, 30), "layer", epoch=epoch))
    return session.finish()[0].estimate


@pytest.mark.parametrize("over", ["replicas", "steps"])
def test_nets_of_one_epoch_make_one_row_a_layer(over):
    if over == "replicas":
        nets = {0: [net(seed).state_dict() for seed in (1, 2, 3)], 4: [net(7).state_dict()] * 2}
        estimator = AsIfRandom(under=UNDER, over="replicas")
    else:
        how = Training(epochs=1, batch_size=5, optimiser=Sgd(learning_rate=1.0))
        task = Task(torch.from_numpy(probe().x), torch.from_numpy(probe().y), [np.arange(30)])
        rng = np.random.default_rng(5)
        starts = {epoch: net(epoch).state_dict() for epoch in (0, 4)}
        nets = {
            epoch: list(one_step_away(net(0), start, how, task, 0, 3, rng)) for epoch, start in starts.items()
        }
        estimator = AsIfRandom(under=UNDER, over="steps", window=3)
    model = net(0)
    recorder = Recorder(model, probe(), ["1", "2"], [estimator])
    for epoch, states in nets.items():
        for state in states:
            model.load_state_dict(state)
            assert recorder.record(epoch) == []
    rows = recorder.finish()
    assert [(row.layer, row.epoch) for row in rows] == [("1", 0), ("1", 4), ("2", 0), ("2", 4)]
    for row in rows:
        wanted = by_hand(nets[row.epoch], int(row.layer))
        assert (row.status, row.i_xt, row.i_ty) == ("ok", wanted.i_xt, wanted.i_ty)


def test_one_net_an_epoch_is_no_replica():
    """In a training loop of one net: the rows say what is missing."""
    model = net(0)
    recorder = Recorder(model, probe(), ["1"], [AsIfRandom(under=UNDER, over="replicas")])
    for epoch in range(3):
        recorder.record(epoch)
    rows = recorder.finish()
    assert {row.status for row in rows} == {"failed"}
    assert all("wants 2 nets at each epoch; got 1" in row.reason for row in rows)


def test_a_window_over_epochs_in_a_loop_of_ones_own():
    model = net(0)
    estimator = AsIfRandom(under=UNDER, window=2, windows="all")
    recorder = Recorder(model, probe(), ["1"], [estimator])
    states = [net(seed).state_dict() for seed in range(4)]
    for epoch, state in enumerate(states):
        model.load_state_dict(state)
        recorder.record(epoch)
    rows = recorder.finish()
    assert [row.epoch for row in rows] == [1, 2, 3]
    assert rows[-1].i_xt == by_hand(states[-2:], 1).i_xt
