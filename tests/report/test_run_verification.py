"""What `ibspec verify` found, on a run's page."""

import html
import re
from pathlib import Path

import numpy as np
import pytest

from ibspec.core import UserError
from ibspec.report import write_run_page
from ibspec.verify import judge_run_claims, write_verification
from tests.figures.examples import MadeUpRun, manifest, measurements


def text_of(path: Path) -> str:
    page = path.read_text(encoding="utf-8")
    page = re.sub(r"<style>.*?</style>|</?(?:math|mi|mo|mn|ms\w+|mrow|mspace|span)\b[^>]*>|\u200b", "", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", page)))


@pytest.fixture
def run(tmp_path) -> MadeUpRun:
    figures = {"name": "made_up", "figures": []}
    return MadeUpRun(tmp_path, measurements(estimators=("kde(0.1)", "binning(width 0.5)")), spec=figures)


def verified(run: MadeUpRun) -> str:
    write_verification(judge_run_claims(run), run.path)
    return text_of(write_run_page(run))


def test_a_run_that_was_not_verified_has_no_section(run) -> None:
    assert "What has to hold" not in text_of(write_run_page(run))


def test_a_sound_run(run) -> None:
    said = verified(run)
    assert "13 claims judged on 36 valid measurements: all as expected." in said
    for words in (
        "0≤I(X;T)≤H(X). ✓ holds closest:",
        "I(X;T) does not rise from layer to layer. ✓ supported",
        "Each number lies between its own bounds. – not measured",
        "saturated: 33.3 % (6 of 18); dense1: 100 %",
        "never a failure",
    ):
        assert words in said
    assert "With kde" not in said


def test_a_claim_that_fails_stands_out(run) -> None:
    run.measurements.loc[3, "i_xt"] = -0.5
    assert "2 not as expected" in verified(run)  # nor does it lie right of the diagonal
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert page.count('<tr class="unexpected">') == 2
    assert "replica 0, epoch 0, layer dense2, fails 0≤I(X;T), found 0.5, limit 0" in text_of(
        run.path / "report.html"
    )


def test_a_run_that_went_on_since(run) -> None:
    write_verification(judge_run_claims(run), run.path)
    more = MadeUpRun(run.path, measurements(replicas=3), spec=run.spec, manifest=manifest(state="running"))
    said = text_of(write_run_page(more))
    assert "Judged when the run had 36 measurements; now it has 54." in said
    assert "Judged when" not in verified(more)


def test_text_of_others_is_escaped(tmp_path) -> None:
    evil = "<script>alert(1)</script>"
    run = MadeUpRun(tmp_path, measurements(estimators=(evil,)).assign(layer=evil), spec={"figures": []})
    verified(run)
    assert "<script>" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_infinite_numbers_are_shown(run) -> None:
    run.measurements.loc[3, "i_xt"] = np.inf
    assert "found inf" in verified(run)


def test_a_damaged_file_is_not_passed_over(run) -> None:
    (run.path / "verification.json").write_text("{")
    with pytest.raises(UserError, match=r"verification\.json cannot be read"):
        write_run_page(run)
