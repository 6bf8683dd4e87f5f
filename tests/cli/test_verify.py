"""`ibspec verify`: exit codes, what it prints and what it leaves."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Ran, ask
from tests.loading.making import put_manifest, put_table

SOUND = """
import pytest

@pytest.mark.claim("made.first", kind="theorem", expected="holds", source="me", says="One is one.")
def test_first(evidence):
    evidence.equal({value}, 1, within=0.0)

@pytest.mark.claim("made.second", kind="theorem", expected="holds", source="me", says="Two is two.")
def test_second(evidence, pytestconfig):
    assert pytestconfig.getoption("claims_long") is {long}
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """Write a verification/ of two claims into the current directory."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def write(value: str = "1", *, long: bool = False) -> None:
        (tmp_path / "verification").mkdir(exist_ok=True)
        (tmp_path / "verification" / "test_made.py").write_text(SOUND.format(value=value, long=long))

    return write


@pytest.fixture
def run(ran: Ran, tmp_path) -> Path:
    """A copy of the run, to write into."""
    return Path(shutil.copytree(ran.path, tmp_path / "run"))


def change(run: Path, **values: object) -> None:
    """Doctor the last measurement of a run."""
    table = pd.read_parquet(run / "measurements.parquet")
    for name, value in values.items():
        table.loc[table.index[-1], name] = value
    put_table(run, "measurements", table)


# The theory


def test_all_as_expected(suite, tmp_path) -> None:
    suite()
    said = ask("verify", "--report", "found")
    assert (said.code, said.err) == (0, "")
    assert len(json.loads((tmp_path / "found" / "claims.json").read_text())["claims"]) == 2


def test_long(suite) -> None:
    suite(long=True)
    assert ask("verify", "--long").code == 0
    assert ask("verify").code == 1


@pytest.mark.parametrize("value", ["2", "1 / 0", "None"])
def test_a_verdict_that_differs_or_an_error(suite, value) -> None:
    suite(value)
    assert ask("verify").code == 1
    assert ask("verify", "-k", "second").code == 0


def test_a_suite_that_cannot_be_collected(suite, tmp_path) -> None:
    suite()
    (tmp_path / "verification" / "test_broken.py").write_text("import nothing_of_that_name")
    assert ask("verify").code == 1


def test_no_claim_is_chosen(suite) -> None:
    suite()
    said = ask("verify", "-k", "third")
    assert said.code == 2
    assert "verification/ has no claims that -k 'third' chooses" in said.err


def test_bad_words_for_k(suite) -> None:
    suite()
    said = ask("verify", "-k", "(")
    assert said.code == 2
    assert "pytest refused the arguments" in said.err


def test_no_suite_here() -> None:
    said = ask("verify")
    assert said.code == 2
    assert said.complaint.startswith("verify: there is no verification/ in this directory.")


def test_pytest_is_missing(suite, monkeypatch) -> None:
    suite()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = ask("verify")
    assert said.code == 2
    assert said.complaint.startswith(
        "verify: pytest and hypothesis not installed; pip install 'ibspec[test]'"
    )


def test_pytest_is_ended_from_outside(suite, monkeypatch) -> None:
    suite()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert ask("verify").code == 1
    (Path("end.sh")).write_text("#!/bin/sh\nkill -9 $$\n")
    Path("end.sh").chmod(0o755)
    monkeypatch.setattr(sys, "executable", "./end.sh")
    said = ask("verify")
    assert said.code == 3
    assert "ended from outside (exit status -9)" in said.err


# A run


def test_a_sound_run(run) -> None:
    said = ask("verify", run)
    assert (said.code, said.err) == (0, "")
    *lines, last = said.out.splitlines()
    assert "; all as expected; " in last
    assert str(run / "verification.json") in last
    found = json.loads((run / "verification.json").read_text())
    assert found["state"] == "done"
    assert len(lines) == sum(len(part["judgements"]) for part in found["estimators"]) > 0
    page = (run / "report.html").read_text()
    assert "all as expected" in page
    assert "<math>" in page


def test_the_newest_run_of_a_spec(ran: Ran) -> None:
    shutil.copytree(ran.path.parent, "runs/tiny")
    assert ask("verify", "runs/tiny").code == 0
    assert (Path("runs/tiny") / ran.path.name / "verification.json").is_file()


def test_a_run_that_breaks_a_claim(run) -> None:
    change(run, i_xt=-3.0)
    said = ask("verify", run)
    assert said.code == 1
    assert "refuted  (0 <= I(X;T) fails in 1 of " in said.out
    assert "not as expected" in said.out.splitlines()[-1]
    assert "not as expected" in (run / "report.html").read_text()


def test_an_unfinished_run(run) -> None:
    put_manifest(run, state="running")
    said = ask("verify", run)
    assert said.code == 0
    assert "the run is not finished (running)" in said.out


def test_plotting_again_keeps_what_was_found(run) -> None:
    assert ask("verify", run).code == 0
    assert ask("plot", run, "--figure", "loss").code == 0
    assert 'id="verified"' in (run / "report.html").read_text()


def test_options_of_the_theory_do_not_fit_a_run(run) -> None:
    said = ask("verify", run, "-k", "x", "--long")
    assert said.code == 2
    assert said.complaint == "verify: -k, --long is for verification/ and cannot stand beside a RUN"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("manifest.json", "{", "manifest.json is damaged"),
        ("measurements.parquet", "no table", "measurements.parquet is damaged: wanted SHA-256"),
        ("verification.json", "{}", ""),
    ],
)
def test_damaged_runs(run, name, content, message) -> None:
    (run / name).write_text(content)
    said = ask("verify", run)
    assert said.code == (2 if message else 0)
    assert message in said.err


def test_not_a_run(tmp_path) -> None:
    assert ask("verify", "nowhere").complaint.startswith("nowhere: no such directory")
    (tmp_path / "empty").mkdir()
    said = ask("verify", "empty")
    assert said.code == 2
    assert said.complaint.startswith("empty: not a run directory")


def test_a_run_without_measurements(run) -> None:
    put_table(run, "measurements", pd.read_parquet(run / "measurements.parquet").iloc[:0])
    said = ask("verify", run)
    assert said.code == 2
    assert "nothing was measured, so there is nothing to judge" in said.complaint
    assert not (run / "verification.json").exists()
