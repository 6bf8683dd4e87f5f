"""Pages of estimators: in step with the code and with their table, and each of them whole."""

import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ibspec.calibrate.standard import kind_of, members, standard
from ibspec.report import write_estimator_pages
from ibspec.report.estimator_facts import FACTS
from ibspec.report.estimator_index import index_page
from ibspec.report.estimator_pages import TABLE, estimator_page, read_table
from ibspec.report.estimator_tables import cell, key_rows, refusals, table
from tests.figures.calibrations import summary

DOCS = Path(__file__).parents[2] / "docs" / "estimators"

AGAIN = "run `python -m tests.report.write_estimator_pages` and look at what it changed"

LARGEST = 150_000
"""Bytes of a figure that a reader does not wait for."""

KINDS = pytest.mark.parametrize("member", members(), ids=kind_of)


@pytest.fixture(scope="module")
def calibrated():
    return read_table(DOCS)


@KINDS
def test_page_is_what_the_code_writes_today(member, calibrated):
    found = (DOCS / f"{kind_of(member)}.md").read_text(encoding="utf-8")
    assert found == estimator_page(member, calibrated), AGAIN


def test_index_is_what_the_code_writes_today(calibrated):
    assert (DOCS / "README.md").read_text(encoding="utf-8") == index_page(calibrated), AGAIN


def test_nothing_but_pages_figures_and_their_table(calibrated):
    pages = {f"{kind_of(member)}.md" for member in members()}
    assert {path.name for path in DOCS.iterdir()} == pages | {"README.md", "images", TABLE}
    shown = {name for page in pages for name in re.findall(r"\(images/([^)]+)\)", (DOCS / page).read_text())}
    assert {path.name for path in (DOCS / "images").iterdir()} == shown
    for path in (DOCS / "images").iterdir():
        assert path.stat().st_size < LARGEST, path.name


@KINDS
def test_every_choice_was_calibrated(member, calibrated):
    mine = calibrated[calibrated["kind"] == kind_of(member)]
    assert set(mine["estimator"]) == {each.label for each in standard(member)}
    assert mine["samples"].nunique() >= 2
    assert mine["mean"].notna().any()


@KINDS
def test_a_page_has_all_that_is_promised(member):
    facts = FACTS[kind_of(member)]
    assert all((facts.measures, facts.trust, facts.formula, facts.cost))
    assert "bits" in facts.formula or "/ ln 2" in facts.formula or "as kde" in facts.formula
    assert "Source:" in inspect.getdoc(member)
    page = estimator_page(member, summary(kind=kind_of(member)))
    for head in ("Formula", "Parameters", "Cost", "Source", "Where the truth is known"):
        assert f"\n## {head}\n" in page
    assert "**When to trust it.**" in page
    assert "**Unit.** Bits." in page
    assert ("**The tables show estimates, not errors.**" in page) == bool(facts.another)


def test_facts_are_those_of_the_union():
    assert set(FACTS) == {kind_of(member) for member in members()}


def test_writing_again_changes_nothing(tmp_path):
    write_estimator_pages(summary(samples=(100, 400), dims=(1, 2)), tmp_path)
    first = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    write_estimator_pages(read_table(tmp_path), tmp_path)
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == first
    assert (tmp_path / "images" / "calibration-e.svg") in first


def test_one_estimator_may_be_calibrated_again_by_itself(tmp_path):
    write_estimator_pages(pd.concat([summary(label="a"), summary(label="b")]), tmp_path)
    again = summary(label="b")
    again["mean"], again["bias"] = again["mean"] + 1, again["bias"] + 1
    write_estimator_pages(again, tmp_path)
    kept = read_table(tmp_path)
    assert kept.groupby("estimator")["bias"].unique().to_dict() == {"a": [-0.25], "b": [0.75]}
    page = (tmp_path / "ksg.md").read_text()
    assert "### a" in page
    assert "### b" in page


def test_errors_or_estimates():
    rows = summary(laws=("normal-0.9",))
    assert table(rows, as_bias=True).splitlines() == [
        "| law | columns | truth | bias ± sd, N = 100 | warnings |",
        "| --- | --- | --- | --- | --- |",
        "| normal-0.9 | 1 + 1 | 0.000 | -0.250 ± 0.125 |  |",
    ]
    rows["truth"], rows["mean"] = 1.0, 0.75
    assert "| estimate ± sd, N = 100 |" in table(rows, as_bias=False)
    assert "| normal-0.9 | 1 + 1 | 1.000 | 0.750 ± 0.125 |  |" in table(rows, as_bias=False)


def test_a_size_without_draws_is_empty_and_warnings_are_links():
    rows = summary(laws=("independent", "student-3"), samples=(100, 400))
    rows = rows[(rows["law"] == "independent") | (rows["samples"] == 400)].copy()
    rows.loc[rows["samples"] == 400, "codes"] = "ties too-wide"
    *_, last = table(rows, as_bias=True).splitlines()
    warned = "[ties](../warnings.md#ties), [too-wide](../warnings.md#too-wide)"
    assert last == f"| student-3 | 1 + 1 | 1.500 |  | -0.250 ± 0.125 | {warned} |"


@pytest.mark.parametrize(
    ("bias", "refused", "text"),
    [
        (-0.0004, 0, "0.000 ± 0.125"),
        (0.0004, 0, "0.000 ± 0.125"),
        (0.0006, 0, "+0.001 ± 0.125"),
        (np.nan, 4, "refused"),
        (1.0, 3, "+1.000 ± 0.125 (3 of 4 refused)"),
    ],
)
def test_cells(bias, refused, text):
    row = {"bias": bias, "mean": bias, "sd": 0.125, "refused": refused, "draws": 4}
    assert cell(row, as_bias=True) == text


def test_refusals_are_brief_and_say_where():
    rows = summary(laws=("independent", "student-3", "identity-16"), dims=(1, 5))
    wide = (rows["law"] != "identity-16") & (rows["dims"] == 5)
    rows.loc[wide, ["refused", "reason"]] = 4, "at most 6 columns; got 10. Measure fewer"
    tied = rows["law"] == "identity-16"
    said = "nothing could be measured; i_xt: 100 of 100 rows are equal (limit 3); i_ty: 100 of 100 rows are"
    rows.loc[tied, ["refused", "reason"]] = 4, said
    assert refusals(rows).splitlines() == [
        "- at most 6 columns; got 10: independent in 5 + 5, student-3 in 5 + 5.",
        "- all rows are equal: identity-16.",
    ]
    assert refusals(summary()) == ""


def test_where_only_the_label_has_a_number():
    rows = summary(laws=("identity-16",), numbers=("i_xt", "i_ty"))
    rows.loc[rows["number"] == "i_xt", ["refused", "reason"]] = 4, "dropped-points ties"
    assert refusals(rows) == "- no such number, for dropped-points, ties: identity-16."


def test_key_laws_are_few():
    rows = summary(
        laws=("independent", "normal-0.6", "channel-0.1"), dims=(1, 2, 5), numbers=("i_xt", "i_ty")
    )
    kept = key_rows(rows)
    assert kept[["law", "dims", "number"]].to_numpy().tolist() == [
        ["independent", 1, "i_xt"],
        ["independent", 5, "i_xt"],
        ["channel-0.1", 1, "i_xt"],
    ]
