"""The numbers and words of the page's tables."""

import re
from pathlib import Path

import numpy as np
import pytest

from ibspec.report.run_tables import last_epochs, show_bits, warning_counts
from ibspec.report.run_verdict import judge_run
from ibspec.report.warning_meanings import MEANINGS, meaning_of
from tests.figures.examples import manifest, measurements

DOCS = Path(__file__).parents[2] / "docs" / "warnings.md"


def test_last_epoch_of_one_replica() -> None:
    (table,) = last_epochs(measurements())
    assert (table.estimator, table.epoch, table.n, table.is_mean) == ("kde(0.1)", 100, "256", False)
    assert table.quantities == ("I(X;T)", "I(T;Y)")
    first, _, last = table.rows
    assert (first.layer, first.notes) == ("dense1", ("at its ceiling",))
    assert (last.cells[0].value, last.cells[0].bounds) == ("4.000", "[2.667, 4.000]")


def test_means_and_deviations_over_replicas() -> None:
    (table,) = last_epochs(measurements(replicas=3))
    spread = 0.1 * 2 / 3
    assert table.is_mean
    assert table.rows[-1].cells[0].value == f"{4 - spread:.3f}"
    assert table.rows[-1].cells[0].spread == f"{spread:.3f}"


def test_replicas_that_stopped_before_are_not_in_the_mean() -> None:
    (table,) = last_epochs(measurements(replicas=3, ends={2: 10}))
    assert (table.is_mean, table.replicas) == (True, "2 of 3 replicas")
    (table,) = last_epochs(measurements(replicas=3, ends={1: 10, 2: 30}))
    assert (table.is_mean, table.replicas) == (False, "1 of 3 replicas")
    (table,) = last_epochs(measurements(replicas=3))
    assert table.replicas == ""


def test_a_layer_without_a_number_says_why() -> None:
    rows = measurements(replicas=2)
    lost = rows["epoch"].eq(100) & rows["layer"].eq("output") & rows["replica"].eq(1)
    rows.loc[lost, "i_xt"] = np.nan
    rows.loc[lost, ["status", "reason"]] = ["invalid", "not finite"]
    (table,) = last_epochs(rows)
    assert table.rows[-1].notes == ("1 of 2 replicas invalid: not finite",)
    assert table.rows[-1].cells[0].value == "4.000"


def test_an_estimator_without_any_number() -> None:
    (table,) = last_epochs(measurements().assign(status="failed", reason="broke", i_xt=np.nan))
    assert [row.notes for row in table.rows] == [("failed: broke",)] * 3


def test_warnings_are_counted() -> None:
    rows = measurements()
    rows.loc[rows["layer"] == "output", "warnings"] = "saturated-channels new-code"
    counts = {warning.code: (warning.count, warning.layers) for warning in warning_counts(rows)}
    assert counts == {
        "saturated": (6, "dense1"),
        "saturated-channels": (6, "output"),
        "new-code": (6, "output"),
    }


def test_every_documented_code_has_a_meaning() -> None:
    documented = set(re.findall(r"^## (\S+)$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert documented <= set(MEANINGS)


def test_codes_of_channels_and_unknown_codes() -> None:
    assert meaning_of("saturated-channels").short == "some channels: at its ceiling"
    assert meaning_of("never-heard-of").short == "never-heard-of"
    assert "docs/warnings.md" in meaning_of("never-heard-of").long


@pytest.mark.parametrize(
    ("number", "text"), [(-0.25, "−0.250"), (None, "–"), (float("nan"), "–"), (12, "12.000")]
)
def test_bits(number: float | None, text: str) -> None:
    assert show_bits(number) == text


@pytest.mark.parametrize(("state", "tone"), [("done", "good"), ("failed", "bad"), ("running", "open")])
def test_tone(state: str, tone: str) -> None:
    assert judge_run(manifest(state=state), measurements()).tone == tone


def test_many_diverged_replicas_are_not_all_listed() -> None:
    said = {str(k): {"state": "diverged", "reason": f"loss at step {k}"} for k in range(9)}
    says = judge_run(manifest(replicas=said), measurements()).says
    assert "replicas 0, 1, 2, 3, 4 and 4 more diverged;" in says
