"""Each claim on a run holds for a sound table, and is refuted by one doctored to violate it."""

import numpy as np
import pandas as pd
import pytest

from ibspec.claims import Judgement
from ibspec.verify import Facts, judge_measurements, judge_run_claims
from ibspec.verify import promises as promises_module
from tests.figures.examples import FACTS, MadeUpRun, manifest, measurements

KNOWN = Facts(h_x=8.0, h_y=1.0, i_xy=1.0)
BOTH = ("kde(0.1)", "binning(width 0.5)")
NUMBERS = ["i_xt", "i_ty", "i_xt_lower", "i_xt_upper", "i_ty_lower", "i_ty_upper", "h_t"]


def judged(table: pd.DataFrame, facts: Facts = KNOWN) -> dict[str, Judgement]:
    """Judgements by id, without `run.`."""
    return {found.claim.id.removeprefix("run."): found for found in judge_measurements(table, facts)}


def doctored(estimator: str = "binning(width 0.5)", **changes: float) -> pd.DataFrame:
    """A sound table, but for the second layer at epoch 10."""
    table = measurements(estimators=(estimator,))
    place = table["epoch"].eq(10) & table["layer"].eq("dense2")
    for name, value in changes.items():
        table.loc[place, name] = value
    return table


def surprises(found: dict[str, Judgement]) -> list[str]:
    return [name for name, each in found.items() if not each.passed and not each.skipped]


def test_a_sound_table() -> None:
    found = judged(measurements(estimators=BOTH, replicas=2))
    assert len(found) == 14
    assert surprises(found) == []
    assert found["box.kde-0-1"].verdict == "holds"
    assert found["box.kde-0-1"].evidence.cases == 36
    assert found["label-bound.kde-0-1"].verdict == "holds"
    assert found["data-processing-x.kde-0-1"].verdict == "supported"
    assert found["bounds-in-order.binning-width-0-5"].verdict == "not measured"


@pytest.mark.parametrize(
    ("claim", "changes", "says"),
    [
        ("box", {"i_xt": -0.5}, "0 <= I(X;T) fails in 1 of 18"),
        ("box", {"i_xt": 8.001}, "I(X;T) <= H(X) fails in 1 of 18"),
        ("box", {"i_xt": np.inf}, "I(X;T) <= H(X) fails in 1 of 18"),
        ("region", {"i_ty": -0.01}, "0 <= I(T;Y) fails in 1 of 18"),
        ("region", {"i_ty": 1.01}, "I(T;Y) <= H(Y) fails in 1 of 18"),
        ("region", {"i_ty": 0.9, "i_xt": 0.5}, "I(T;Y) <= I(X;T) fails in 1 of 18"),
        ("label-bound", {"i_ty": 1.01}, "I(T;Y) <= I(X;Y) fails in 1 of 18"),
    ],
)
def test_doctored_tables_are_refuted(claim: str, changes: dict[str, float], says: str) -> None:
    found = judged(doctored(**changes))[f"{claim}.binning-width-0-5"]
    assert (found.verdict, found.passed) == ("refuted", False)
    assert says in found.message
    assert found.evidence.counterexample["layer"] == "dense2"
    assert found.evidence.counterexample["epoch"] == 10


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"i_xt_lower": 9.0}, "I(X;T) lower <= I(X;T) fails in 1"),
        ({"i_xt_upper": 0.0}, "I(X;T) <= I(X;T) upper fails in 1"),
        ({"i_ty_lower": 9.0}, "I(T;Y) lower <= I(T;Y) fails in 1"),
        ({"i_ty_upper": -9.0}, "I(T;Y) lower <= I(T;Y) upper fails in 1"),
        ({"i_ty": np.nan, "i_ty_lower": 9.0}, "I(T;Y) lower <= I(T;Y) upper fails in 1"),
    ],
)
def test_bounds_out_of_order_are_refuted(changes: dict[str, float], says: str) -> None:
    found = judged(doctored("kde(0.1)", **changes))["bounds-in-order.kde-0-1"]
    assert found.verdict == "refuted"
    assert says in found.message


def test_rounding_is_allowed_and_no_more() -> None:
    assert surprises(judged(doctored(i_xt=8 + 0.9e-9))) == []
    assert surprises(judged(doctored(i_xt=8 + 1.1e-9))) == ["box.binning-width-0-5"]


def test_a_rise_along_the_layers_is_evidence_and_no_failure() -> None:
    found = judged(doctored("kde(0.1)", i_xt=2.0, i_xt_lower=1.0, i_xt_upper=2.0))
    assert surprises(found) == []
    rise = found["data-processing-x.kde-0-1"]
    assert (rise.claim.kind, rise.verdict, rise.passed) == ("finding", "artefact", True)
    assert "never a failure" in rise.message
    assert rise.evidence.numbers["steps with a rise"] == "1 of 12"
    assert rise.evidence.numbers["epochs with a rise"] == "1 of 6"
    below, above = (rise.evidence.counterexample[f"at {layer}"] for layer in ("dense2", "output"))
    assert below == 2.0
    assert rise.evidence.numbers["largest rise in bits"] == f"{above - below:.4g}"


def test_a_rise_on_the_side_of_the_label() -> None:
    found = judged(doctored("kde(0.1)", i_ty=0.0))
    assert found["data-processing-y.kde-0-1"].verdict == "artefact"
    assert found["data-processing-x.kde-0-1"].verdict == "supported"


def test_a_rise_refutes_an_estimator_that_promises_none(monkeypatch) -> None:
    promised = {"exact": frozenset({"no rise of I(X;T)"})}
    monkeypatch.setattr(promises_module, "PROMISES", promised)
    found = judged(doctored("exact(1)", i_xt=2.0))["data-processing-x.exact-1"]
    assert (found.verdict, found.passed) == ("refuted", False)
    sound = judged(measurements(estimators=("exact(1)",)))["data-processing-x.exact-1"]
    assert sound.verdict == "holds"


def test_layers_without_a_number_are_stepped_over() -> None:
    table = measurements(estimators=("kde(0.1)",))
    table.loc[table["layer"] == "dense2", ["status", "i_xt"]] = ["invalid", np.nan]
    steps = judged(table)["data-processing-x.kde-0-1"].evidence.numbers["steps with a rise"]
    assert steps == "0 of 6"


def test_views_and_replicas_are_paths_of_their_own() -> None:
    whole = measurements(estimators=("kde(0.1)",))
    mean = whole.assign(view="mean", i_xt=whole["i_xt"] / 2, i_xt_lower=0.0, i_xt_upper=8.0)
    found = judged(pd.concat([mean, whole], ignore_index=True))["data-processing-x.kde-0-1"]
    assert (found.verdict, found.evidence.numbers["epochs with a rise"]) == ("supported", "0 of 12")


def test_an_unknown_estimator_promises_nothing() -> None:
    found = judged(doctored("ksg(3)", i_xt=-0.2, i_ty=1.4))
    assert surprises(found) == []
    assert found["box.ksg-3"].verdict == "artefact"
    assert "does not promise" in found["box.ksg-3"].message
    assert found["box.ksg-3"].evidence.counterexample["found"] == 0.2
    assert judged(measurements(estimators=("ksg(3)",)))["box.ksg-3"].verdict == "supported"


def test_kernels_do_not_promise_a_label_information_above_zero() -> None:
    found = judged(doctored("kde(0.1)", i_ty=-0.01))["region.kde-0-1"]
    assert found.verdict == "holds"
    assert found.evidence.numbers["0 <= I(T;Y) (not promised)"] == "fails in 1 of 18, by at most 0.01 bits"


def test_kernels_promise_the_label_bound_only_where_the_input_tells_the_label() -> None:
    table = measurements(estimators=("kde(0.1)",))
    assert judged(table)["label-bound.kde-0-1"].claim.kind == "bound"
    noisy = judged(table, Facts(h_x=8.0, h_y=1.0, i_xy=0.5))["label-bound.kde-0-1"]
    assert (noisy.claim.kind, noisy.verdict, noisy.passed) == ("finding", "artefact", True)


def test_the_saturated_share() -> None:
    found = judged(measurements(estimators=BOTH))
    for slug in ("kde-0-1", "binning-width-0-5"):
        saturation = found[f"saturation.{slug}"]
        assert saturation.verdict == "not supported"
        assert saturation.evidence.numbers["saturated"] == "33.3 % (6 of 18)"
        assert saturation.evidence.numbers["dense1"] == "100 %"
        assert saturation.evidence.numbers["output"] == "0 %"


def test_saturation_is_seen_without_its_warning() -> None:
    table = measurements(estimators=BOTH).assign(warnings="")
    assert judged(table)["saturation.kde-0-1"].evidence.numbers["saturated"] == "33.3 % (6 of 18)"
    # Where H(X) is unknown, it is taken as log2 of 256 samples, which is 8 bits all the same.
    assert judged(table, Facts())["saturation.kde-0-1"].evidence.numbers["saturated"] == "33.3 % (6 of 18)"
    assert judged(table.assign(n=512), Facts())["saturation.kde-0-1"].verdict == "supported"
    assert judged(table.assign(n=512), Facts(h_x=8.0))["saturation.kde-0-1"].verdict == "not supported"
    some = table.assign(warnings="saturated-channels")
    assert judged(some)["saturation.kde-0-1"].verdict == "artefact"


def test_random_layers_may_lie_above_the_diagonal() -> None:
    changes = {"i_xt": 0.5, "i_ty": 0.9}
    table = doctored(**changes)
    place = table["epoch"].eq(10) & table["layer"].eq("dense2")
    table.loc[place, "warnings"] = "stochastic"
    assert surprises(judged(table)) == []


def test_rows_that_are_not_ok_or_not_numbers_do_not_count() -> None:
    table = measurements(estimators=BOTH, replicas=2)
    table.loc[table["replica"] == 1, "status"] = "invalid"
    table.loc[table["replica"] == 1, "i_xt"] = -99.0
    table.loc[table["epoch"] == 0, NUMBERS] = np.nan
    found = judged(table)
    assert surprises(found) == []
    assert found["box.kde-0-1"].evidence.cases == 15


def test_a_table_without_a_single_number() -> None:
    table = measurements().assign(status="failed", **dict.fromkeys(NUMBERS, np.nan))
    found = judged(table)
    assert {each.verdict for each in found.values()} == {"not measured"}
    assert surprises(found) == []
    assert all(each.message for each in found.values())


def test_an_empty_table() -> None:
    assert judge_measurements(measurements().iloc[:0], KNOWN) == []


def test_no_labels() -> None:
    table = measurements(estimators=BOTH)
    table[["i_ty", "i_ty_lower", "i_ty_upper"]] = np.nan
    found = judged(table, Facts(h_x=8.0))
    assert surprises(found) == []
    unmeasured = {name for name, each in found.items() if each.verdict == "not measured"}
    assert {"region.kde-0-1", "label-bound.kde-0-1", "data-processing-y.kde-0-1"} <= unmeasured
    assert "no class labels" in found["label-bound.kde-0-1"].message
    assert found["box.kde-0-1"].verdict == found["bounds-in-order.kde-0-1"].verdict == "holds"


def test_one_layer() -> None:
    found = judged(measurements(layers=("dense1",)))
    assert surprises(found) == []
    assert found["data-processing-x.kde-0-1"].verdict == "not measured"
    assert "at least two layers" in found["data-processing-x.kde-0-1"].message


def test_without_facts_log2_of_the_samples_is_the_ceiling() -> None:
    assert judged(measurements(), Facts())["box.kde-0-1"].verdict == "holds"
    assert judged(doctored("kde(0.1)", i_xt=8.1), Facts())["box.kde-0-1"].verdict == "refuted"
    assert "H(Y)" in judged(measurements(), Facts())["region.kde-0-1"].evidence.numbers


@pytest.mark.parametrize("facts", [None, [], {"h_x": "8"}, {"h_x": float("nan"), "h_y": True}])
def test_facts_that_are_no_numbers_are_unknown(facts: object) -> None:
    assert Facts.of_manifest({"facts": facts}) == Facts()


def test_labels_of_estimators_that_look_alike_get_ids_of_their_own() -> None:
    names = ("kde(0.1)", "kde(0-1)", "  KDE\n(0.1) ", "???")
    found = judged(measurements(estimators=names))
    assert len(found) == 28
    assert {"box.kde-0-1", "box.kde-0-1-2", "box.kde-0-1-3", "box.estimator"} <= set(found)


def test_an_unfinished_run(tmp_path) -> None:
    table = measurements(epochs=(0, 1))
    found = judge_run_claims(MadeUpRun(tmp_path, table, manifest=manifest(state="running", facts=FACTS)))
    assert (found.state, found.measurements, found.valid, found.surprises) == ("running", 6, 6, ())
    assert judge_run_claims(MadeUpRun(tmp_path, table, manifest={})).state == "unknown"
