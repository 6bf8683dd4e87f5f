"""What a run says beside a window of epochs: how the weights moved, and what a random walk would give."""

import json

import numpy as np
import pytest
import torch

from ibspec.analysis import displacement_exponent, random_walk, relative_steps
from ibspec.core import Activity, child_generator
from ibspec.estimators import AsIfRandom, Binning, Width
from ibspec.results import WeightStore
from ibspec.runner import prepare
from ibspec.runner.motion import Motion, is_even
from tests.runner.tiny import assert_same, run_tiny, tiny

WINDOW = 8
UNDER = {"kind": "binning", "cells": {"kind": "width", "width": 0.5}}
EPOCHS = {"kind": "as-if-random", "over": "epochs", "window": WINDOW, "under": UNDER}
MOTION = {
    "relative_step",
    "displacement_exponent",
    "displacement_exponent_low",
    "displacement_exponent_high",
    "dependent_steps",
    "lag_one_correlation",
}
NULL = {"null_i_xt", "null_i_ty"}
LONG = ("training.epochs=17", "training.replicas=2")


def measuring(*estimators):
    return f"measure.estimators={json.dumps(estimators)}"


def extras_of(rows):
    return [json.loads(text) for text in rows.extras]


def test_a_run_says_how_the_weights_of_its_last_window_moved(tmp_path, kept):
    """Against the weights themselves, through none of the runner's own reading of them."""
    rows = run_tiny(tmp_path, measuring(EPOCHS), *LONG).measurements
    assert set(rows.epoch) == {17}
    for replica, mine in rows.groupby("replica"):
        path = np.stack(
            [
                torch.cat([each.reshape(-1) for each in kept[epoch, replica].values()]).double().numpy()
                for epoch in range(10, 18)
            ]
        )
        for extras in extras_of(mine):
            assert set(extras) >= MOTION | NULL
            assert extras["relative_step"] == pytest.approx(relative_steps(path).mean(), rel=1e-9)
            wanted = displacement_exponent(path, np.random.default_rng(0)).value
            assert extras["displacement_exponent"] == pytest.approx(wanted, rel=1e-6)  # of float32 weights


def test_the_null_is_the_window_of_a_walk_from_the_same_weights(tmp_path, kept):
    """Walked again here, put into a net, and measured by a session of the estimator."""
    rows = run_tiny(tmp_path, measuring(EPOCHS), *LONG).measurements
    prepared = prepare(tiny(*LONG), device="cpu")
    net, names = prepared.build_net(0), list(kept[17, 0])
    path = np.stack(
        [torch.cat([kept[epoch, 0][name].reshape(-1) for name in names]).numpy() for epoch in range(10, 18)]
    )
    rng = child_generator(prepared.spec.training.seed, "random-walk", 0, 17, WINDOW)
    session = AsIfRandom(under=Binning(cells=Width(0.5)), window=WINDOW).session("output", prepared.probe)
    for epoch, row in enumerate(random_walk(path, rng)):
        torch.nn.utils.vector_to_parameters(torch.from_numpy(row.copy()), net.parameters())
        with torch.no_grad():
            outputs = torch.softmax(net.logits(torch.from_numpy(prepared.probe.x)), 1)
        session.add(Activity(outputs, "output", epoch=epoch))
    (walked,) = session.finish()
    mine = rows[(rows.replica == 0) & (rows.layer == "output")]
    assert extras_of(mine)[0]["null_i_xt"] == pytest.approx(walked.estimate.i_xt, abs=1e-9)


def test_windows_that_share_no_epoch_say_it(tmp_path):
    rows = run_tiny(tmp_path, measuring({**EPOCHS, "windows": "all"}), *LONG).measurements
    assert set(rows.epoch) == set(range(7, 18))
    for epoch, extras in zip(rows.epoch, extras_of(rows), strict=True):
        assert (set(extras) >= MOTION | NULL) == (epoch in (9, 17)), epoch
        assert (not set(extras) & (MOTION | NULL)) == (epoch not in (9, 17)), epoch


def test_numbers_do_not_depend_on_the_company(tmp_path):
    alone = run_tiny(tmp_path / "alone", measuring(EPOCHS), *LONG).measurements
    beside = run_tiny(tmp_path / "beside", measuring(UNDER, EPOCHS), *LONG).measurements
    beside = beside[beside.estimator.isin(alone.estimator)].reset_index(drop=True)
    assert_same(alone, beside)


def test_epochs_unequally_far_apart_are_a_warning_and_no_number(tmp_path):
    when = {"kind": "listed", "epochs": [0, 1, 2, 3, 4, 5, 6, 9, 17]}
    rows = run_tiny(tmp_path, measuring(EPOCHS), *LONG, f"measure.when={json.dumps(when)}").measurements
    assert all("uneven-window" in warnings.split() for warnings in rows.warnings)
    assert not any(set(extras) & (MOTION | NULL) for extras in extras_of(rows))
    assert is_even([1])
    assert is_even([3, 5, 7])
    assert not is_even([3, 5, 8])


def test_short_windows_say_nothing(tmp_path):
    rows = run_tiny(tmp_path, measuring({**EPOCHS, "window": 7}), *LONG).measurements
    assert not any(set(extras) & (MOTION | NULL) for extras in extras_of(rows))


def store_of(tmp_path, path):
    store = WeightStore(tmp_path, 10**6)
    for epoch, row in enumerate(path):
        store.put(0, epoch, {"weight": torch.tensor(row), "calls": torch.tensor(epoch)})
    return Motion(store, 0, ["weight"], 0)


@pytest.mark.parametrize(
    ("path", "numbers"),
    [
        (np.ones((8, 3)), {"relative_step"}),
        (np.tile([[1.0, 2.0], [2.0, 2.0]], (4, 1)), {"relative_step"}),  # back where it was each second time
        (np.arange(8.0)[:, None] + 1, MOTION),
    ],
)
def test_a_net_that_stands_still_or_returns_has_no_slope(tmp_path, path, numbers):
    found = store_of(tmp_path, path).numbers(tuple(range(8)))
    assert set(found) == numbers
    assert (found["relative_step"] == 0) == (path == path[:1]).all()


def test_buffers_do_not_walk(tmp_path):
    path = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)
    walked = list(store_of(tmp_path, path).walk(tuple(range(8))))
    assert [epoch for epoch, _ in walked] == list(range(8))
    assert [int(weights["calls"]) for _, weights in walked] == list(range(8))
    assert (walked[0][1]["weight"].numpy() == path[0]).all()
    assert not (walked[1][1]["weight"].numpy() == path[1]).any()
    assert walked[1][1]["weight"].dtype == torch.float32
