"""What a run says of gradients and rates is what a person finds from its weights, batches and formulas."""

import importlib
import json
import re

import numpy as np
import pandas as pd
import pytest
import torch

from ibspec.core import SpecError
from ibspec.dynamics import gradients_at
from ibspec.loading import load
from ibspec.runner import plan, prepare, run
from ibspec.runner.dynamics import batches_at
from ibspec.runner.unwritten import recorded, restored
from ibspec.training import BatchGradients, GeneralEngine, Norms, Snapshot, parameters_by_layer, snapshots
from ibspec.training.engine import Demand, Task
from tests.runner.tiny import Notes, assert_same, run_tiny, tiny

SGD = 'training.optimiser={"kind": "sgd", "learning_rate": 0.3}'
SMALL = "training.batch_size=21"  # 180 training rows: eight batches, and 12 rows are left over
EVERYTHING = {
    "readings": ["fixed", "moving", "parallel"],
    "batches": 4,
    "nets": 4,
    "per_sample": True,
    "loss_rate": True,
    "information_rate": True,
}
LAYERS = ["all", "dense1", "dense2", "output"]


def asked(**gradients):
    return f"measure.gradients={json.dumps(gradients)}"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Everything at once: read it, do not write into it."""
    return run_tiny(tmp_path_factory.mktemp("runs"), SGD, SMALL, asked(**EVERYTHING))


@pytest.fixture(scope="module")
def nets():
    """The same training without a runner: weights by replica and epoch."""
    prepared = prepare(tiny(SGD, SMALL), device="cpu")
    task = Task(
        torch.from_numpy(prepared.dataset.x),
        torch.from_numpy(prepared.dataset.y),
        [split.train for split in prepared.splits],
    )
    engine_of = importlib.import_module("ibspec.training").CompiledEngine
    engine = engine_of(
        Demand([prepared.build_net(r) for r in range(2)], prepared.spec.training, torch.device("cpu")), task
    )
    states = {(s.replica, s.epoch): s for s in snapshots(engine, 3, lambda epoch: True)}
    return prepared, task, states


def only(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    return table


def test_a_row_for_each_reading_layer_and_epoch(found):
    table = found.gradients
    assert not table.duplicated(["replica", "epoch", "layer", "reading"]).any()
    assert set(table["layer"]) == set(LAYERS)
    counts = table.groupby("reading").size().to_dict()
    # Two replicas, four layers with "all", epochs 0 to 3; no epoch leads to epoch 0.
    assert counts == {"fixed": 32, "parallel": 32, "moving": 24}
    assert set(only(table, reading="moving")["epoch"]) == {1, 2, 3}
    assert table.groupby("layer")["depth"].unique().map(list).to_dict() == {
        "all": [-1],
        "dense1": [0],
        "dense2": [1],
        "output": [2],
    }
    assert set(table["batch_size"]) == {21}
    batches = table.groupby("reading")["batches"].unique().map(list).to_dict()
    assert batches == {"fixed": [4], "moving": [8], "parallel": [4]}
    assert set(table["status"]) == {"ok"}
    assert found.manifest["gradients"] == {"statistics": 88, "rates": len(found.rates)}
    assert "gradients: 88 statistics (fixed, moving, parallel, single rows too); 44 rates of loss and" in (
        found.path / "log.txt"
    ).read_text(encoding="utf-8")
    assert {"gradients", "parallel nets"} <= set(found.timings["stage"])


def test_what_a_row_means(found):
    table = found.gradients
    assert np.allclose(table["snr"], table["mean_norm"] / table["std_norm"], rtol=1e-14)
    every = only(table, layer="all").set_index(["replica", "epoch", "reading"])
    layers = table[table["layer"] != "all"]
    squares = layers.assign(**{name: layers[name] ** 2 for name in ("mean_norm", "std_norm")})
    sums = squares.groupby(["replica", "epoch", "reading"])[["mean_norm", "std_norm"]].sum()
    for name in sums:
        assert np.allclose(every[name] ** 2, sums[name].reindex(every.index), rtol=1e-12)
    is_fixed = table["reading"] == "fixed"
    assert np.array_equal(table["per_sample_snr"].notna(), is_fixed)
    assert np.array_equal(table["weight_norm"].isna(), table["reading"] == "parallel")
    norms = found.history.set_index(["replica", "epoch"])["weight_norm.dense2"]
    own = only(table, layer="dense2", reading="moving").set_index(["replica", "epoch"])["weight_norm"]
    assert own.to_dict() == norms.reindex(own.index).to_dict()


def test_gradients_of_fixed_weights_are_those_of_the_weights(found, nets):
    prepared, task, states = nets
    net = prepared.build_net(0)
    for (replica, epoch), snapshot in states.items():
        net.load_state_dict(snapshot.weights)
        batches = batches_at(prepared, replica, epoch)
        assert [len(batch) for batch in batches] == [21] * 8
        assert len(set(np.concatenate(batches))) == 168
        assert set(np.concatenate(batches)) < set(prepared.splits[replica].train)
        wanted = gradients_at(net, task.x, task.y, batches[:4], "cross-entropy", parameters_by_layer(net))
        rows = only(found.gradients, replica=replica, epoch=epoch, reading="fixed").set_index("layer")
        for layer, statistics in wanted.items():
            assert rows.loc[layer, "mean_norm"] == statistics.mean_norm
            assert rows.loc[layer, "std_norm"] == statistics.std_norm
    assert not np.array_equal(batches_at(prepared, 0, 1)[0], batches_at(prepared, 0, 2)[0])
    assert not np.array_equal(batches_at(prepared, 0, 1)[0], batches_at(prepared, 1, 1)[0])


def test_moving_gradients_are_those_that_the_engine_met(found, nets):
    """The general engine meets them too, in an epoch that begins with the same weights and order."""
    prepared, task, _ = nets
    demand = Demand([prepared.build_net(r) for r in range(2)], prepared.spec.training, torch.device("cpu"))
    engine = GeneralEngine(demand, task)
    for epoch in range(1, 4):
        for report in engine.advance(gradients=True):
            rows = only(found.gradients, replica=report.replica, epoch=epoch, reading="moving").set_index(
                "layer"
            )
            for layer, norms in report.gradients.norms.items():
                # Two engines part by rounding of float32, over 24 steps.
                assert rows.loc[layer, "mean_norm"] == pytest.approx(norms.mean, rel=1e-3)
                assert rows.loc[layer, "std_norm"] == pytest.approx(norms.std, rel=1e-3)


def test_parallel_nets_begin_as_fixed_ones(found):
    """At the start, on the same batches, there is no difference; afterwards there is."""
    tables = [
        only(found.gradients, reading=name).set_index(["replica", "epoch", "layer"])
        for name in ("fixed", "parallel")
    ]
    fixed, parallel = (table[["mean_norm", "std_norm"]] for table in tables)
    first = fixed.index.get_level_values("epoch") == 0
    assert np.array_equal(fixed[first], parallel.reindex(fixed.index)[first])
    later = np.abs(np.log(fixed / parallel.reindex(fixed.index)))[~first]
    # Twenty steps and more on one batch: norms differ by far more than a thousandth somewhere.
    assert (later.groupby("epoch").max() > 0.1).all(axis=None)


def test_rates_are_realised_by_the_bounds_and_the_loss(found):
    rates = found.rates
    assert set(only(rates, quantity="loss")["layer"]) == {"all"}
    assert set(only(rates, quantity="loss")["epoch"]) == {0, 1, 2, 3}
    assert set(rates[rates["quantity"] != "loss"]["epoch"]) == {1, 2, 3}
    assert set(only(rates, quantity="i_xt_upper")["estimator"]) == {"kde(0.1)"}
    table = only(found.measurements, estimator="kde(0.1)").set_index(["replica", "epoch", "layer"])
    for quantity in ("i_xt_upper", "i_xt_lower"):
        for row in only(rates, quantity=quantity).itertuples():
            now, then = ((row.replica, epoch, row.layer) for epoch in (row.epoch, row.epoch - 1))
            # Two passes of float32 in other pieces: 1e-6 of an activity, over the noise's 0.3.
            assert row.realised == pytest.approx(
                table.loc[now, quantity] - table.loc[then, quantity], abs=1e-4
            )
            assert 0 <= row.contracting <= 1
    losses = only(rates, quantity="loss").set_index(["replica", "epoch"])
    fixed = only(found.gradients, reading="fixed", layer="all").set_index(["replica", "epoch"])
    predicted = -0.3 * fixed["mean_norm"] ** 2
    assert np.allclose(losses["predicted"], predicted.reindex(losses.index), rtol=1e-4)
    assert losses["contracting"].isna().all()


def test_a_rate_that_decays_has_fallen(tmp_path):
    """After an epoch of nine steps the rate is 0.3 / (1 + 9 * 0.5)."""
    spec = 'training.optimiser={"kind": "sgd", "learning_rate": 0.3, "decay": 0.5}'
    table = run_tiny(tmp_path, spec, SMALL, "training.epochs=1", asked(readings=["fixed"], loss_rate=True))
    loss = table.rates.set_index(["replica", "epoch"])["predicted"]
    fixed = only(table.gradients, layer="all").set_index(["replica", "epoch"])["mean_norm"]
    for place, rate in (((0, 0), 0.3), ((0, 1), 0.3 / 5.5), ((1, 1), 0.3 / 5.5)):
        assert loss[place] == pytest.approx(-rate * fixed[place] ** 2, rel=1e-4)


def test_nothing_else_changes_and_nothing_is_asked_by_default(found, tmp_path):
    blind = run_tiny(tmp_path, SGD, SMALL)
    assert_same(blind.measurements, found.measurements)
    assert_same(blind.history, found.history)
    assert len(blind.gradients) == len(blind.rates) == 0
    assert list(blind.gradients.columns) == list(found.gradients.columns)
    assert "gradients" not in blind.manifest
    assert not {"gradients.parquet", "rates.parquet"} & {each.name for each in blind.path.iterdir()}
    assert blind.manifest["digest"] != found.manifest["digest"]


def test_only_what_is_asked_for(tmp_path):
    some = run_tiny(tmp_path, SMALL, "training.epochs=1", asked())
    assert set(some.gradients["reading"]) == {"moving"}
    assert some.gradients["per_sample_snr"].isna().all()
    assert len(some.rates) == 0
    assert not (some.path / "rates.parquet").exists()
    assert "gradients: 8 statistics (moving)" in (some.path / "log.txt").read_text(encoding="utf-8")


def test_full_batches_have_the_ratio_of_single_rows_only(tmp_path):
    whole = run_tiny(
        tmp_path,
        'training.batch_size="full"',
        "training.epochs=2",
        asked(readings=["fixed", "moving"], per_sample=True),
    )
    assert set(whole.gradients["status"]) == {"noiseless"}
    assert (whole.gradients["std_norm"] == 0).all()
    assert whole.gradients["snr"].isna().all()
    single = only(whole.gradients, reading="fixed", layer="all", replica=0)["per_sample_snr"]
    assert (single > 0).all()
    assert single.nunique() == 3  # it changes though there is no noise


def test_adaptive_schedules_look_at_the_epochs_that_they_choose(tmp_path):
    dense = run_tiny(
        tmp_path / "dense", SMALL, "training.epochs=12", asked(readings=["moving", "parallel"], nets=3)
    )
    chosen = run_tiny(
        tmp_path / "sparse",
        SMALL,
        "training.epochs=12",
        'measure.when={"kind": "delta-exact", "delta": 0.05}',
        asked(readings=["moving", "parallel"], nets=3),
    )
    measured = set(zip(chosen.measurements["replica"], chosen.measurements["epoch"], strict=True))
    assert len(measured) < 26
    key = ["replica", "epoch", "layer", "reading"]
    assert set(zip(chosen.gradients["replica"], chosen.gradients["epoch"], strict=True)) == measured
    wanted = dense.gradients.merge(chosen.gradients[key], on=key)
    assert_same(wanted, chosen.gradients)


def test_a_replica_that_diverges_has_no_rows_of_that_epoch(tmp_path, monkeypatch):
    engine = importlib.import_module("ibspec.training").CompiledEngine
    advance = engine.advance

    def broken(self, **options):
        if self.epoch == 1:
            with torch.no_grad():
                next(self.nets[1].parameters()).fill_(float("nan"))
        return advance(self, **options)

    monkeypatch.setattr(engine, "advance", broken)
    lost = run_tiny(tmp_path, SGD, SMALL, asked(**EVERYTHING))
    for table in (lost.gradients, lost.rates):
        assert set(only(table, replica=0)["epoch"]) == {0, 1, 2, 3}
        assert set(only(table, replica=1)["epoch"]) == {0, 1}


def test_noise_in_the_net_leaves_training_alone(tmp_path):
    """Dropout is on while gradients are looked at, from a generator of its own."""
    net = {
        "kind": "cnn",
        "layers": [
            {"kind": "flatten"},
            {"kind": "dropout", "rate": 0.5},
            {"kind": "dense", "units": 6, "activation": "tanh"},
            {"kind": "dense", "units": 10, "activation": "softmax"},
        ],
        "init": {"kind": "glorot-uniform"},
    }
    spec = (f"model={json.dumps(net)}", SMALL, "training.epochs=2")
    gradients = asked(readings=["fixed", "moving", "parallel"], nets=2, information_rate=True)
    looked, blind = run_tiny(tmp_path / "looked", *spec, gradients), run_tiny(tmp_path / "blind", *spec)
    assert_same(looked.measurements, blind.measurements)
    assert_same(looked.history, blind.history)
    assert set(looked.gradients["layer"]) == {"all", "dense1", "output"}
    assert looked.gradients.groupby("layer")["depth"].first().to_dict() == {
        "all": -1,
        "dense1": 2,
        "output": 3,
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ('training.batch_size="full"', asked()),
            "measure.gradients: an epoch has 1 full batch of training.batch_size=180 in 180 "
            "training rows, and one gradient has no deviation",
        ),
        (
            ("training.batch_size=91", asked(readings=["fixed"])),
            "measure.gradients: an epoch has 1 full batch of",
        ),
        (
            (SMALL, asked(readings=["fixed"], batches=9)),
            "measure.gradients.batches: wanted 9, but an epoch has 8 full batches of training.batch_size=21 "
            "in 180 training rows. Lower measure.gradients.batches or training.batch_size",
        ),
        (
            (SMALL, asked(readings=["parallel"], nets=9)),
            "measure.gradients.nets: wanted 9, but an epoch has 8 full batches",
        ),
        (
            ('training.batch_size="full"', asked(readings=["fixed", "parallel"], per_sample=True)),
            "measure.gradients.nets: wanted 8, but an epoch has 1 full batch of",
        ),
        (
            (SMALL, asked(loss_rate=True)),
            "measure.gradients.loss_rate: the step that it predicts is plain descent, sgd without momentum "
            'or weight decay, and training.optimiser.kind is "adam". Change that, or write loss_rate false',
        ),
        (
            (
                'training.optimiser={"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9}',
                SMALL,
                asked(loss_rate=True),
            ),
            "training.optimiser.momentum is 0.9",
        ),
        (
            (
                'training.optimiser={"kind": "sgd", "learning_rate": 0.1, "weight_decay": 0.01}',
                SMALL,
                asked(loss_rate=True),
            ),
            "training.optimiser.weight_decay is 0.01",
        ),
        (
            (
                'model={"kind": "noisy", "sigma": 0.1, "net": {"kind": "mlp", "hidden": [6], '
                '"activation": "tanh", "init": {"kind": "glorot-uniform"}}}',
                SMALL,
                asked(information_rate=True),
            ),
            "measure.gradients.information_rate: it follows the activity along its derivative, and "
            "model.kind=noisy adds noise to its layers, so that there is none",
        ),
    ],
)
def test_what_cannot_be_had_is_refused_by_its_key(overrides, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        prepare(tiny(*overrides), device="cpu")


def test_one_full_batch_is_enough_for_single_rows():
    prepare(tiny("training.batch_size=91", asked(readings=["fixed"], per_sample=True)), device="cpu")


def test_memory_is_reckoned_by_key():
    spec = (SGD, SMALL, asked(**EVERYTHING))
    needs = {need.key: need.size for need in prepare(tiny(*spec), device="cpu").needs}
    keys = ("readings", "nets", "per_sample", "loss_rate", "information_rate")
    assert all(needs[f"measure.gradients.{key}"] > 0 for key in keys)
    assert not any("gradients" in need.key for need in prepare(tiny(SGD, SMALL), device="cpu").needs)


def test_passes_of_its_own_are_not_made_beside_training(monkeypatch):
    preparation = importlib.import_module("ibspec.runner.preparation")
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: 2)
    assert prepare(tiny(SMALL, asked()), device="cpu").workers == 2
    assert prepare(tiny(SMALL, asked(readings=["fixed"])), device="cpu").workers == 0
    assert prepare(tiny(SMALL, asked(information_rate=True)), device="cpu").workers == 0


def test_records_of_snapshots_hold_every_number():
    norms = {"dense1": Norms(0.1, 1 / 3), "all": Norms(float("inf"), 2e-300)}
    snapshot = Snapshot(3, 7, 0.1 + 0.2, float("nan"), None, gradients=BatchGradients(20, 8, norms))
    again = restored(json.loads(json.dumps(recorded(snapshot), allow_nan=False)))
    assert again.gradients == snapshot.gradients
    assert (again.replica, again.epoch, again.loss) == (3, 7, 0.1 + 0.2)
    assert np.isnan(again.accuracy)
    assert restored(recorded(Snapshot(0, 0, None, None, None))) == Snapshot(0, 0, None, None, None)


def test_progress_tells_of_parallel_nets(tmp_path):
    notes = Notes()
    run(
        tiny(SMALL, "training.epochs=1", asked(readings=["parallel"], nets=2)),
        out=tmp_path,
        device="cpu",
        progress=notes,
    )
    assert {"replica 0: parallel nets", "replica 1: parallel nets"} <= {each.doing for each in notes.moments}
    assert "gradients: 16 statistics (parallel)" in notes.notes


def test_a_killed_run_has_tables_of_its_parts(tmp_path):
    """They are read as those of a run that has ended are."""
    from tests.runner.test_resuming import Stops

    with pytest.raises(KeyboardInterrupt):
        run(
            tiny(SGD, SMALL, "training.epochs=9", asked(**EVERYTHING)),
            out=tmp_path,
            device="cpu",
            progress=Stops(4),
        )
    (path,) = (tmp_path / "tiny").iterdir()
    table = load(path).gradients
    assert {"fixed", "moving"} == set(table["reading"])
    assert set(load(path).rates["quantity"]) == {"loss", "i_xt_upper", "i_xt_lower"}
    assert isinstance(table, pd.DataFrame)


def test_a_plan_reckons_with_gradients():
    blind, looking = (
        plan(prepare(tiny(SGD, SMALL, *more), device="cpu")) for more in ((), (asked(**EVERYTHING),))
    )
    assert blind.seconds_gradients == 0
    assert looking.seconds_gradients > 0
    assert looking.seconds == pytest.approx(
        looking.seconds_training + looking.seconds_measuring + looking.seconds_gradients
    )
    # Eight times as many epochs take eight times as long, but for the noise of the trials.
    long = plan(prepare(tiny(SGD, SMALL, asked(**EVERYTHING), "training.epochs=31"), device="cpu"))
    assert long.seconds_gradients > 2 * looking.seconds_gradients
