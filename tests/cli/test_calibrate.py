"""`ibspec calibrate`: what it leaves, and what it refuses."""

import pandas as pd
import pytest

from ibspec.report.estimator_pages import TABLE
from tests.cli.conftest import ask

FEW = [
    "--samples",
    "60",
    "--dims",
    "1",
    "--seeds",
    "2",
    "--laws",
    "independent,identity-16",
    "--workers",
    "1",
]


def test_table_figures_and_pages(tmp_path):
    said = ask("calibrate", "--estimators", "kde,binning", *FEW, "--out", "c", "--docs", "d", "--quiet")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("16 trials, 0 refused; table c/calibration.parquet")
    assert len(pd.read_parquet(tmp_path / "c" / "calibration.parquet")) == 16
    # Four estimators; the second law has two numbers, as its inputs are class labels, too.
    assert len(pd.read_csv(tmp_path / "c" / "summary.csv")) == len(pd.read_csv(tmp_path / "d" / TABLE)) == 12
    assert len(list((tmp_path / "c" / "figures").glob("*.png"))) == 4
    page = (tmp_path / "d" / "kde.md").read_text()
    assert "| `noise_variance` | required | Variance of the Gaussian noise" in page
    assert "## Source\n\nKolchinsky & Tracey (2017)" in page
    assert "| identity-16 | 1 + 1 | 4.000 |" in page
    for image in {line.split("](")[1].rstrip(")") for line in page.splitlines() if line.startswith("![")}:
        assert (tmp_path / "d" / image).is_file()
    assert "Not calibrated yet" in (tmp_path / "d" / "ksg.md").read_text()
    assert "[binning](binning.md)" in (tmp_path / "d" / "README.md").read_text()


def test_one_as_json(tmp_path):
    said = ask("calibrate", "--estimators", '{"kind": "kde", "noise_variance": 3}', *FEW, "--quiet")
    assert said.code == 0
    assert set(pd.read_parquet(tmp_path / "calibration" / "calibration.parquet")["estimator"]) == {"kde(3)"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--estimators", "kde,foo"], "no estimator called 'foo'. Known here: kde, binning"),
        (["--estimators", '{"kind": "kde"}'], "noise_variance: Field required"),
        (["--estimators", '{"kind": '], "--estimators: the JSON:"),
        (["--samples", "10,a"], "--samples: wanted whole numbers with commas between; got '10,a'"),
        (["--dims", "0"], "--dims: wanted numbers above 0; got 0"),
        (["--seeds", "0"], "--seeds: wanted at least 1; got 0"),
        (["--laws", "zipf"], "no law called 'zipf'"),
    ],
)
def test_bad_words(arguments, message, tmp_path):
    said = ask("calibrate", *arguments)
    assert said.code == 2
    assert message in said.err
    assert list(tmp_path.iterdir()) == []
