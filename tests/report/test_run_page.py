"""The page of a run: whole, safe to open, and readable when things went wrong."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ibspec.core import Frozen
from ibspec.report import run_figures, write_run_page
from ibspec.report.run_page import command_line
from tests.figures.examples import MadeUpRun, history, manifest, measurements

BOTH = ("kde(0.1)", "binning(width 0.5)")
LOADS = {"src", "href", "data", "action", "poster", "srcset", "background"}


class Page(HTMLParser):
    """Start tags, their attributes, and text outside of styles."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.text += " "
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside.append(tag)

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self._inside:
            self.text += data


@pytest.fixture
def run(tmp_path) -> MadeUpRun:
    return MadeUpRun(tmp_path, measurements(estimators=BOTH))


def changed(run: MadeUpRun, **parts) -> Page:
    return Page(write_run_page(MadeUpRun(**(vars(run) | parts))))


def test_what_it_says(run: MadeUpRun) -> None:
    path = write_run_page(run)
    assert path == run.path / "report.html"
    page = Page(path)
    for words in (
        "What a made-up net does.",
        "After nobody-2026 Figure 1",
        "Done; 1 of 1 replica trained to the end; 36 measurements, all valid.",
        "H(X) 8.0000 bits",
        "python -m ibspec run 'specs/made up.json' --set training.epochs=100",
        "threads 2",
        "torch 2.13.0",
        "0123456789abcdef",
        "took 1 min 15 s",
        "at its ceiling",
        "12 33 %",
        "the noise or the cells tell all inputs apart",
        "binning(width 0.5) epoch 100, n = 256",
        '"about": "What a made-up net does."',
    ):
        assert words in page.text


def test_nothing_is_loaded_from_anywhere(run: MadeUpRun) -> None:
    page = Page(write_run_page(run))
    loads = [value for _, name, value in page.attributes if name in LOADS]
    assert len(loads) >= 6
    assert all(value.startswith("data:image/") for value in loads)
    source = (run.path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?://", source)
    assert {"script", "link", "iframe", "object", "form"}.isdisjoint(page.tags)
    assert "default-src 'none'" in source


def test_text_of_others_is_escaped(run: MadeUpRun) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror="alert(2)">'
    table = run.measurements.assign(
        layer=evil, estimator=evil, view=evil, reason=evil, warnings="saturated <b>code</b>", status="ok"
    )
    table.loc[table.index[-3:], ["status", "i_xt"]] = ["invalid", np.nan]
    spec = {"name": evil, "about": evil, "sources": [evil], "training": {"loss": evil}}
    said = manifest(
        argv=["ibspec", evil],
        device=evil,
        reason=evil,
        state="failed",
        machine={"versions": {evil: evil}},
        expectations=[
            {"what": evil, "value": 1, "tolerance": 0, "found": None, "agrees": None, "source": evil}
        ],
        replicas={"0": {"state": "diverged", "reason": evil}},
    )
    page = changed(run, measurements=table, spec=spec, manifest=said)
    assert "script" not in page.tags
    assert page.tags.count("img") == sum(value.startswith("data:") for _, _, value in page.attributes)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert "alert(1)" in page.text


def test_a_run_that_went_badly(run: MadeUpRun) -> None:
    table = measurements(replicas=3, ends={2: 10})
    lost = table["epoch"].eq(100) & table["layer"].eq("output")
    table.loc[lost, ["i_xt", "i_ty", "i_xt_lower", "i_ty_lower"]] = np.nan
    table.loc[lost, "status"] = "invalid"
    table.loc[lost, "reason"] = "9 of 512 activity values are not finite"
    said = manifest(
        replicas={
            str(k): {"state": "diverged" if k == 2 else "done", "reason": "loss is nan" * (k == 2)}
            for k in range(3)
        }
    )
    page = changed(run, measurements=table, history=history(replicas=3, ends={2: 12}), manifest=said)
    assert "2 of 3 replicas trained to the end; replica 2 diverged (loss is nan);" in page.text
    assert "48 measurements, 2 of them invalid." in page.text
    assert "invalid 2 9 of 512 activity values are not finite" in page.text
    assert "Mean ± standard deviation over replicas." in page.text
    assert "mixed" in [value.split()[-1] for _, name, value in page.attributes if name == "class"]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("failed", "Failed: every replica diverged, measured up to epoch 100; 36 measurements"),
        ("interrupted", "Interrupted, measured up to epoch 100;"),
        ("running", "Not finished when this page was written, measured up to epoch 100;"),
    ],
)
def test_states(run: MadeUpRun, state: str, says: str) -> None:
    said = manifest(state=state, reason="every replica diverged")
    assert says in changed(run, manifest=said).text


def test_a_run_that_left_almost_nothing(run: MadeUpRun) -> None:
    page = changed(
        run,
        measurements=measurements().iloc[:0],
        history=pd.DataFrame(),
        manifest={"state": "failed"},
        spec={},
    )
    assert "Failed; no measurements." in page.text
    assert "loss: nothing to draw: the run has no finite loss." in page.text
    assert "img" not in page.tags


def test_only_the_figures_that_the_spec_asks_for(run: MadeUpRun) -> None:
    page = changed(run, spec={"name": "few", "figures": ["loss", "plane"]})
    assert [value for tag, name, value in page.attributes if (tag, name) == ("figure", "id")] == [
        "loss",
        "plane-kde-0.1-whole",
        "plane-binning-width-0.5-whole",
    ]


def test_published_values(run: MadeUpRun) -> None:
    one = {
        "what": "i_xt",
        "layer": "output",
        "estimator": "kde(0.1)",
        "epoch": None,
        "value": 2.0,
        "tolerance": 0.5,
    }
    said = [
        one | {"found": 2.4, "agrees": True, "source": "Table 1"},
        one | {"found": 3.25, "agrees": False, "source": ""},
    ]
    text = changed(run, manifest=manifest(expectations=said)).text
    assert "I(X;T) [bits] output, kde(0.1), last epoch 2.0 ± 0.5 2.4 yes Table 1" in text
    assert "3.25 no" in text
    assert "Published values" not in changed(run).text


def test_figures_beyond_five_megabytes_stay_outside(run: MadeUpRun, monkeypatch) -> None:
    assert run_figures.LARGEST_TOTAL < 5_000_000
    monkeypatch.setattr(run_figures, "LARGEST_TOTAL", 60_000)
    page = changed(run, spec={"figures": ["plane"]})
    assert page.tags.count("img") == 1
    assert "left out to keep this page small; see figures/plane-binning-width-0.5-whole.svg" in page.text


def test_a_large_drawing_goes_in_as_png(run: MadeUpRun, monkeypatch) -> None:
    monkeypatch.setattr(run_figures, "LARGEST_SVG", 1_000)
    page = changed(run, spec={"figures": ["loss"]})
    assert [value[:14] for _, name, value in page.attributes if name == "src"] == ["data:image/png"]


def test_what_moves_goes_in_as_a_film(run: MadeUpRun) -> None:
    page = changed(run, measurements=measurements(), spec={"figures": ["animation"]})
    assert [value[:14] for _, name, value in page.attributes if name == "src"] == ["data:image/gif"]


def test_many_figures_without_data_are_folded_away(run: MadeUpRun) -> None:
    none = ["gradients", "loss-rate", "information-rate", "channels"]
    page = changed(run, spec={"figures": none})
    assert "4 figures are not here, and why" in page.text
    assert all(f"{name}: nothing to draw: " in page.text for name in none)
    assert "are not here" not in changed(run, spec={"figures": none[:3]}).text


def test_a_spec_that_is_a_model(run: MadeUpRun) -> None:
    class Spec(Frozen):
        name: str = "from a model"

    assert "from a model" in changed(run, spec=Spec()).text


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        ([], ""),
        (["/opt/x/bin/ibspec", "run", "a b.json"], "ibspec run 'a b.json'"),
        (["/opt/x/ibspec/__main__.py", "run", "s.json"], "python -m ibspec run s.json"),
    ],
)
def test_command_line(argv: list[str], command: str) -> None:
    assert command_line({"argv": argv}) == command
