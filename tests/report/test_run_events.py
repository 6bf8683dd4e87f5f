"""What `ibspec analyse` found, on a run's page."""

import json
import re

import pytest

from ibspec.analyse import analyse_run, in_words, write_analysis
from ibspec.core import UserError
from ibspec.report import write_run_page
from tests.figures.examples import MadeUpRun, manifest, measurements
from tests.report.test_run_verification import text_of


@pytest.fixture
def run(tmp_path) -> MadeUpRun:
    rows = measurements(estimators=("kde(0.1)", "binning(width 0.5)"))
    return MadeUpRun(tmp_path, rows, spec={"name": "made_up", "figures": []})


def analysed(run: MadeUpRun) -> str:
    write_analysis(analyse_run(run), run.path)
    return text_of(write_run_page(run))


def test_a_run_that_was_not_analysed_has_no_section(run):
    assert "Events of training" not in text_of(write_run_page(run))


def test_each_word_of_the_analysis_is_on_the_page(run):
    said, words = analysed(run), in_words(analyse_run(run))
    assert len(words.sheets) >= 2
    for sheet in words.sheets:
        for text in (sheet.title, *sheet.head, *(cell for row in sheet.rows for cell in row)):
            assert re.sub(r"\s+", " ", text).strip() in said
    for line in (*words.caveats, *words.not_said, words.summary):
        assert line[1:] in said
    assert "The run has changed" not in said


def test_a_run_that_went_on_since(run):
    write_analysis(analyse_run(run), run.path)
    more = MadeUpRun(run.path, measurements(replicas=3), spec=run.spec, manifest=manifest(state="running"))
    assert "The run has changed since this was found. `ibspec analyse" in text_of(write_run_page(more))
    assert "The run has changed" not in analysed(more)


def test_a_finished_run_with_other_tables(tmp_path):
    """Equally many rows, and other numbers: the manifest says so."""
    ended = manifest(files={"measurements.parquet": "0" * 64})
    first = MadeUpRun(tmp_path, measurements(), spec={"figures": []}, manifest=ended)
    assert "The run has changed" not in analysed(first)
    other = manifest(files={"measurements.parquet": "1" * 64})
    now = MadeUpRun(tmp_path, measurements(), spec={"figures": []}, manifest=other)
    assert "The run has changed since this was found." in text_of(write_run_page(now))


def test_a_damaged_file_is_named(run):
    analysed(run)
    path = run.path / "analysis.json"
    document = json.loads(path.read_text())
    document["measurements"] = 7
    path.write_text(json.dumps(document))
    with pytest.raises(UserError, match=r"analysis\.json"):
        write_run_page(run)


def test_text_of_others_is_escaped(tmp_path):
    evil = "<script>alert(1)</script>"
    run = MadeUpRun(tmp_path, measurements(estimators=(evil,)).assign(layer=evil), spec={"figures": []})
    analysed(run)
    assert "<script>" not in (tmp_path / "report.html").read_text(encoding="utf-8")
