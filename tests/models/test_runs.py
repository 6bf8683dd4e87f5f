"""Whole runs of nets that can be measured exactly: quantised and noisy ones, on digits."""

import warnings
from typing import Any

import numpy as np
import pytest

import ibspec.runner.preparation as preparation
from ibspec import Probe, Recorder
from ibspec.estimators import Estimator
from ibspec.estimators.exact import Exact
from ibspec.estimators.sample_propagation import SamplePropagation
from ibspec.loading import load
from ibspec.runner import run
from ibspec.spec import ExperimentSpec, parse_spec
from tests.models.examples import ANY_MODEL
from tests.runner.tiny import assert_same
from tests.spec.documents import tiny

DEEP = {"kind": "mlp", "hidden": [8, 4, 2], "activation": "tanh"}
QUANTISED = {"kind": "quantised", "net": DEEP, "levels": 4}
NOISY = {"kind": "noisy", "net": DEEP, "sigma": 0.2}
CNN = {
    "kind": "quantised",
    "levels": 8,
    "net": {
        "kind": "cnn",
        "layers": [
            {"kind": "conv", "channels": 2, "kernel": 3, "activation": "relu"},
            {"kind": "max-pool", "size": 2},
            {"kind": "flatten"},
            {"kind": "dense", "units": 3, "activation": "relu"},
            {"kind": "dense", "units": 10, "activation": "softmax"},
        ],
    },
}


def spec_of(model: dict[str, Any], *estimators: Estimator, **training: Any) -> ExperimentSpec:
    document = tiny() | {"model": model}
    document["training"] |= {"epochs": 4, **training}
    document["measure"]["probe"] = {"split": "all", "size": 300}
    spec = parse_spec(document)
    measure = spec.measure.model_copy(update={"estimators": (*spec.measure.estimators, *estimators)})
    return spec.model_copy(update={"measure": measure})


def carry_out(spec: ExperimentSpec, out):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of estimators that the union does not know yet
        return load(run(spec, out=out, device="cpu").path)


def test_a_quantised_run_violates_no_processing_inequality(tmp_path):
    found = carry_out(spec_of(QUANTISED, Exact()), tmp_path)
    rows = found.measurements[found.measurements["estimator"] == "exact"]
    assert (rows["status"] == "ok").all()
    assert len(rows) == 2 * 5 * 4
    assert rows["h_t"].notna().all()
    falls = rows.sort_values("depth").groupby(["replica", "epoch"])[["i_xt", "i_ty"]].diff().dropna()
    assert len(falls) == 2 * 5 * 3
    assert (falls.to_numpy() > 1e-12).sum() == 0
    assert (falls.to_numpy() < -0.1).any()  # and there is something to lose
    assert (rows["i_ty"] <= rows["i_xt"] + 1e-12).all()


def test_a_quantised_net_learns(tmp_path):
    found = carry_out(spec_of({**QUANTISED, "levels": 256}, Exact(), epochs=40, replicas=1), tmp_path)
    history = found.history.sort_values("epoch")
    assert history["test_accuracy"].iloc[-1] > 0.35 > history["test_accuracy"].iloc[0]
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0] - 0.5


def test_a_run_that_fails_to_learn_is_kept(tmp_path):
    """Two levels and no step to speak of: chance, and all rows are there."""
    optimiser = {"kind": "sgd", "learning_rate": 1e-9}
    found = carry_out(spec_of({**QUANTISED, "levels": 2}, Exact(), optimiser=optimiser), tmp_path)
    assert found.manifest["state"] == "done"
    assert set(found.measurements["replica"]) == {0, 1}
    assert (found.measurements["status"] == "ok").all()
    assert found.history["test_accuracy"].max() < 0.35


@pytest.mark.parametrize("view", ["whole", "mean"])
def test_a_quantised_cnn_is_measured_in_every_layer_and_view(view):
    """Images of their own: digits come as rows."""
    rng = np.random.default_rng(0)
    probe = Probe(x=rng.integers(0, 3, (80, 1, 6, 6)).astype(np.float32), y=np.arange(80) % 3)
    net = ANY_MODEL.validate_python(CNN).build((1, 6, 6), 10, seed=0)
    rows = Recorder(net, probe, estimators=[Exact()], view=view).record(0)
    assert [row.layer for row in rows] == ["conv1", "pool", "flatten", "dense1", "output"]
    assert {row.status for row in rows} == {"ok"}
    i_xt = [row.i_xt for row in rows]
    behind = i_xt[2:]  # no view splits these
    assert behind == sorted(behind, reverse=True)
    if view == "whole":
        assert i_xt[0] >= i_xt[1] == i_xt[2]


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_noisy_run_repeats_and_workers_beside_training_change_nothing(tmp_path, monkeypatch, replicas):
    spec = spec_of(NOISY, SamplePropagation(draws=3, passes=4), epochs=2, replicas=replicas)
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: 0)
    one, two = (carry_out(spec, tmp_path / name) for name in ("one", "two"))
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: 2)
    beside = carry_out(spec, tmp_path / "beside")
    assert (one.manifest["measured_beside_training"], beside.manifest["measured_beside_training"]) == (0, 2)
    for other in (two, beside):
        assert_same(one.measurements, other.measurements)
        assert_same(one.history, other.history)
    rows = one.measurements
    hidden = rows[rows["estimator"].str.startswith("sample-propagation") & (rows["layer"] != "output")]
    assert (hidden["status"] == "ok").all()
    assert hidden["i_xt"].nunique() == len(hidden)  # fresh noise at each epoch, layer and replica


def test_what_is_measured_does_not_move_the_training_of_a_noisy_net(tmp_path):
    one = carry_out(spec_of(NOISY, epochs=2), tmp_path / "one")
    other = carry_out(spec_of(NOISY, SamplePropagation(draws=3, passes=4), epochs=2), tmp_path / "other")
    assert_same(one.history, other.history)
    kde = other.measurements[other.measurements["estimator"].str.startswith("kde")]
    assert_same(
        kde.reset_index(drop=True),
        one.measurements[one.measurements["estimator"].str.startswith("kde")].reset_index(drop=True),
    )
