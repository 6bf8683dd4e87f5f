"""`ibspec analyse`: what it prints, what it leaves, and what it refuses."""

import html
import json
import re
import shutil

import pytest

from ibspec.results import measurement_table
from tests.analyse.making import fall_from, measured, rise_to, trained, with_noise
from tests.analyse.test_run_analysis import LOSS, SEEDS
from tests.cli.conftest import ask
from tests.loading.making import make_finished, put_manifest, put_table


@pytest.fixture
def run(tmp_path):
    """Six replicas whose layer falls by two bits from epoch 60 on."""
    path = make_finished(tmp_path / "made")
    rows = measured(with_noise(fall_from(60, 2.0), SEEDS, 0.01), with_noise(rise_to(40), SEEDS, 0.005))
    put_table(path, "measurements", rows)
    put_table(path, "history", trained(LOSS))
    put_manifest(path, facts={"samples": 1000, "h_x": 9.965784, "h_y": 1.0, "i_xy": 1.0}, data={"classes": 2})
    return path


def test_events_are_printed_and_kept(run):
    said = ask("analyse", run)
    assert (said.code, said.err) == (0, "")
    assert "kde(0.1), times in epochs" in said.out
    assert "fall [bits]" in said.out
    (layer,) = [line for line in said.out.splitlines() if line.strip().startswith("dense1")]
    assert "6 of 6" in layer
    (kink,) = [line for line in said.out.splitlines() if "kink of the loss [epoch]" in line]
    assert "6 of 6" in kink
    assert "95 % bootstrap intervals over 6 replicas" in said.out
    assert "not said: absence of a fall of dense1: 10 seeds are needed; got 6" in said.out
    assert "not said: simultaneity of dense1: no gradients were measured" in said.out
    last = said.out.splitlines()[-1]
    assert last == (
        "1 curve by 1 estimator: I(X;T) falls in all replicas on 1, in some on 0, in none on 0; "
        f"{run / 'analysis.json'}, page {run / 'report.html'}"
    )
    assert json.loads((run / "analysis.json").read_text())["estimators"][0]["layers"][0]["compressing"] == 6


def test_the_page_of_the_run_tells_them(run):
    said = ask("analyse", run, "--estimator", "kde(0.1)")
    page = html.unescape(re.sub("<[^>]*>", " ", (run / "report.html").read_text(encoding="utf-8")))
    section = page[page.index("Events of training") :]
    (printed,) = [line for line in said.out.splitlines() if line.strip().startswith("dense1")]
    cells = [re.escape(cell) for cell in re.split(r"\s{2,}", printed.strip())]
    assert re.search(r"\s+".join(cells), section)
    assert "Not said: absence of a fall of dense1: 10 seeds are needed; got 6." in section


def test_it_repeats_itself(run):
    ask("analyse", run)
    first = (run / "analysis.json").read_bytes()
    ask("analyse", run)
    assert (run / "analysis.json").read_bytes() == first


def test_one_estimator_is_printed_and_all_are_kept(run):
    assert ask("analyse", run, "--estimator", "kde(0.1)").code == 0
    whole = (run / "analysis.json").read_bytes()
    ask("analyse", run)
    assert (run / "analysis.json").read_bytes() == whole


def test_a_real_run_that_is_too_short(ran, tmp_path):
    """Two replicas and three epochs: reasons, and no numbers."""
    path = tmp_path / "copy"
    shutil.copytree(ran.path, path)
    said = ask("analyse", path)
    assert said.code == 0
    assert "need more than 9 measured epochs" in said.out


def test_one_replica(run):
    rows = measured(with_noise(fall_from(60, 2.0), 1, 0.01), with_noise(rise_to(40), 1, 0.005))
    put_table(run, "measurements", rows)
    said = ask("analyse", run)
    assert said.code == 0
    assert "one replica: nothing is said about others like it, and there are no intervals" in said.out


def test_an_unknown_estimator(run):
    said = ask("analyse", run, "--estimator", "ksg")
    assert said.code == 2
    assert said.complaint == f"{run}: no estimator 'ksg' in this run; it has kde(0.1)"
    assert not (run / "analysis.json").exists()


def test_a_run_that_measured_nothing(run):
    put_table(run, "measurements", measurement_table([]))
    said = ask("analyse", run)
    assert (said.code, said.complaint) == (2, f"{run}: nothing was measured, so there is nothing to analyse")


def test_a_damaged_table(run):
    path = run / "measurements.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    said = ask("analyse", run)
    assert said.code == 2
    assert "measurements.parquet is damaged" in said.complaint


def test_no_run(tmp_path):
    said = ask("analyse", tmp_path / "nothing")
    assert (said.code, "no such directory" in said.complaint) == (2, True)
