"""A whole run made by hand: the events of the net, and whether they go together."""

import json

import numpy as np
import pandas as pd
import pytest

from ibspec.analyse import RunAnalysis, analyse_run, is_current, read_analysis, write_analysis
from ibspec.analyse.net import accuracies, loss_kink, snr_drops, wandering
from ibspec.core import UserError
from tests.analyse.making import (
    EPOCHS,
    Tables,
    broken,
    fall_from,
    gradients_of,
    measured,
    rise_to,
    seen_fall,
    trained,
    with_noise,
)

STEPS = np.arange(1.0, 401.0)

SEEDS = 6


def noisy(curve, seeds=SEEDS, size=0.02, seed=5):
    """A positive curve with noise on its logarithm."""
    return np.exp(with_noise(np.log(curve), seeds, size, seed))


LOSS = noisy(broken(60, -0.2, -1.5, STEPS))

SNR = noisy(broken(60, -0.1, -1.0, EPOCHS[1:]) * 2, seed=6)


def the_run(**more):
    rows = pd.concat(
        [
            measured(with_noise(fall_from(60, 2.0), SEEDS, 0.01), with_noise(rise_to(40), SEEDS, 0.005)),
            measured(
                with_noise(fall_from(120, 1.0), SEEDS, 0.01),
                with_noise(rise_to(40), SEEDS, 0.005),
                layer="pool",
                depth=1,
            ),
        ]
    )
    told = {"history": trained(LOSS), "gradients": gradients_of(SNR, EPOCHS[1:])} | more
    return Tables(rows, **told)


@pytest.fixture(scope="module")
def analysis():
    return analyse_run(the_run(files={"measurements.parquet": "a" * 64, "timings.parquet": "b" * 64}))


def test_kink_of_the_loss(analysis):
    """Found within 0.1 decades in each replica, as the detector promises; epoch 0 has no loss."""
    assert analysis.loss_kink.found == SEEDS
    assert np.log10(analysis.loss_kink.value / 60) == pytest.approx(0, abs=0.1)


def test_drop_of_the_snr(analysis):
    """From two at the break on with slope -1: below one at twice the break."""
    (drop,) = analysis.snr
    assert (drop.reading, drop.layer, drop.batch_size) == ("moving", "dense1", 256)
    assert np.log10(drop.turn.value / 60) == pytest.approx(0, abs=0.1)
    assert drop.crossing.value == pytest.approx(120, abs=8)


def test_epoch_zero_has_no_logarithm(analysis):
    """Weights stand still at epoch 0 too: its SNR is measured, and left out."""
    start = gradients_of(np.full((SEEDS, 1), 2.0), np.zeros(1))
    assert snr_drops(pd.concat([start, gradients_of(SNR, EPOCHS[1:])]), range(SEEDS)) == [*analysis.snr]


def test_events_together(analysis):
    (estimator,) = analysis.estimators
    assert [layer.layer for layer in estimator.layers] == ["dense1", "pool"]
    first, second = estimator.together
    assert (first.layer, first.status, first.seeds, first.left_out) == ("dense1", "ok", SEEDS, 0)
    assert first.is_simultaneous
    assert first.adjusted == first.chance, "one test needs no correction"
    assert (second.status, second.reason) == ("not measured", "the layer has no weights, and so no gradients")


def test_holm_over_layers():
    both = pd.concat([gradients_of(SNR, EPOCHS[1:]), gradients_of(SNR, EPOCHS[1:], layer="pool")])
    (estimator,) = analyse_run(the_run(gradients=both)).estimators
    raw = sorted(each.chance for each in estimator.together)
    adjusted = sorted(each.adjusted for each in estimator.together)
    assert adjusted[0] == pytest.approx(min(2 * raw[0], 1))
    assert adjusted[1] == pytest.approx(min(max(2 * raw[0], raw[1]), 1))


def test_without_gradients():
    analysis = analyse_run(the_run(gradients=pd.DataFrame()))
    assert analysis.snr == ()
    (estimator,) = analysis.estimators
    assert {each.reason for each in estimator.together} == {
        "no gradients were measured; `measure.gradients` asks for them"
    }


def test_one_replica_has_no_test():
    run = the_run(history=trained(LOSS[:1]), gradients=gradients_of(SNR[:1], EPOCHS[1:]))
    run.measurements = run.measurements[run.measurements["replica"] == 0]
    (estimator,) = analyse_run(run).estimators
    assert "2 seeds or more with all three events; got 1 of 1" in estimator.together[0].reason


def test_a_loss_that_is_zero_is_refused_in_words():
    found = loss_kink(trained(np.zeros((2, 50))), [0, 1])
    assert found.status == "not measured"
    assert "numbers above zero; the least is 0" in found.reason


def test_a_run_without_history():
    found = loss_kink(pd.DataFrame(), [0, 1])
    assert (found.status, found.reason) == ("not measured", "the run has no running_loss")


def test_noiseless_gradients_are_no_ratio():
    rows = gradients_of(SNR[:1], EPOCHS[1:])
    rows["snr"], rows["status"] = np.nan, "noiseless"
    (drop,) = snr_drops(rows, [0])
    assert (drop.turn.status, drop.turn.reason) == ("not measured", "no epoch has a finite snr")


def test_accuracy_is_the_last_that_was_evaluated():
    """Test rows are evaluated at odd epochs only."""
    found = accuracies(trained(LOSS), range(SEEDS))
    assert (found["train"].value, found["test"].value) == (pytest.approx(0.97), pytest.approx(0.95))


def test_wandering_is_read_beside_windows():
    rows = measured(np.ones((3, len(EPOCHS))), np.ones((3, len(EPOCHS))))
    for replica, exponent in ((0, 1.1), (1, 0.9)):
        place = rows.index[(rows["replica"] == replica) & rows["epoch"].isin([200, 300])]
        rows.loc[place, "extras"] = [
            json.dumps({"displacement_exponent": value}) for value in (5.0, exponent)
        ]
    found = wandering(rows, [0, 1, 2])
    assert found.replicas == (1.1, 0.9, None)
    assert "1 of 3 replicas: no weights were kept" in found.reason


def test_channels_count_with_their_mean():
    channels = [
        measured(with_noise(fall_from(60, bits), 2, 0.01), with_noise(rise_to(40), 2, 0.005), view="channels")
        for bits in (1.0, 3.0)
    ]
    for number, rows in enumerate(channels):
        rows["channel"] = pd.array([number] * len(rows), dtype="Int64")
    ((layer,),) = [each.layers for each in analyse_run(Tables(pd.concat(channels))).estimators]
    assert layer.compression.value == pytest.approx(seen_fall(fall_from(60, 2.0)), abs=0.03)


def test_estimates_of_all_replicas_together():
    rows = measured(with_noise(fall_from(60, 2.0), 1, 0.01), with_noise(rise_to(40), 1, 0.005))
    together = rows.assign(replica=-1, estimator="as-if-random").astype(rows.dtypes)
    run = the_run()
    run.measurements = pd.concat([run.measurements, together])
    one, other = analyse_run(run).estimators
    assert len(one.together) == 2
    assert other.together == ()
    assert len(other.layers[0].compression.replicas) == 1
    assert other.layers[0].compression.value == pytest.approx(seen_fall(fall_from(60, 2.0)), abs=0.03)


def test_nothing_measured_is_refused():
    with pytest.raises(UserError, match="nothing was measured"):
        analyse_run(Tables(pd.DataFrame()))


def test_an_estimator_that_is_not_there(analysis):
    assert analysis.of("kde(0.1)") == analysis
    with pytest.raises(UserError, match=r"no estimator 'kde' in this run; it has kde\(0\.1\)"):
        analysis.of("kde")


def test_it_is_kept_whole(analysis, tmp_path):
    path = write_analysis(analysis, tmp_path)
    assert path.name == "analysis.json"
    found = read_analysis(tmp_path)
    assert isinstance(found, RunAnalysis)
    assert found == analysis


def test_it_names_the_tables_that_it_was_made_of(analysis):
    assert analysis.made_of == {"measurements.parquet": "a" * 64}
    files = {"measurements.parquet": "a" * 64, "timings.parquet": "c" * 64}
    assert is_current(analysis, {"files": files})
    assert not is_current(analysis, {"files": files | {"measurements.parquet": "c" * 64}})
    assert not is_current(analysis, {"files": files | {"gradients.parquet": "c" * 64}})
    assert not is_current(analyse_run(the_run()), {}), "an unfinished run has no tables yet"


def test_a_changed_file_is_told(analysis, tmp_path):
    assert read_analysis(tmp_path) is None
    path = write_analysis(analysis, tmp_path)
    path.write_text(path.read_text().replace('"dense1"', '"dense2"', 1))
    with pytest.raises(
        UserError, match=r"does not agree with its checksum. `ibspec analyse .*` writes it anew"
    ):
        read_analysis(tmp_path)
