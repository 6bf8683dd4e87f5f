"""Every kind of figure over every odd table: a drawing, or one line that says why not."""

import re

import numpy as np
import pandas as pd
import pytest

from ibspec.core import UserError
from ibspec.figures import FIGURES, Blank, Drawing, Tables, draw, draw_all, render
from tests.figures.examples import EPOCHS, FACTS, MadeUpRun, history, measurements


def changed(**columns: object) -> pd.DataFrame:
    return measurements().assign(**columns)


def _without_labels() -> pd.DataFrame:
    return changed(i_ty=np.nan, i_ty_lower=np.nan, i_ty_upper=np.nan)


def _partly_invalid() -> pd.DataFrame:
    table = measurements()
    bad = table.index[table["epoch"] == EPOCHS[-1]]
    table.loc[bad, ["i_xt", "i_ty"]] = np.nan
    table.loc[bad, ["status", "reason"]] = ["invalid", "the activity is not finite"]
    return table


CASES = {
    "one replica": Tables(measurements(), FACTS, "plain", history()),
    "ragged replicas": Tables(
        measurements(replicas=3, ends={2: 10}), FACTS, "ragged", history(replicas=3, ends={2: 12})
    ),
    "one epoch": Tables(measurements(epochs=(0,)), FACTS, "one epoch", history(epochs=0)),
    "epochs start late": Tables(measurements(epochs=(7, 8)), FACTS, "late", history()),
    "one layer": Tables(measurements(layers=("output",)), FACTS, "one layer"),
    "25 layers with long names": Tables(
        measurements(layers=tuple(f"features.{k}.convolution" for k in range(25)), epochs=(0, 4)),
        FACTS,
        "deep",
    ),
    "no labels": Tables(_without_labels(), {"h_x": 8.0, "h_y": None}, "regression", loss="squared-error"),
    "no facts": Tables(measurements(), {}, "no facts"),
    "facts that are not finite": Tables(measurements(), {"h_x": float("nan"), "h_y": float("inf")}, "odd"),
    "label noise": Tables(measurements(), FACTS | {"i_xy": 0.4}, "noisy labels"),
    "some invalid": Tables(_partly_invalid(), FACTS, "some invalid"),
    "all invalid": Tables(changed(status="invalid", reason="not finite", i_xt=np.nan), FACTS, "all invalid"),
    "negative and too large": Tables(changed(i_xt=-3.0, i_ty=40.0), FACTS, "raw"),
    "infinite": Tables(changed(i_xt=np.inf), FACTS, "infinite"),
    "a title with markup": Tables(measurements(), FACTS, "$x^2$ <b> & \x00 \N{GREEK SMALL LETTER BETA} 日本"),
    "no rows": Tables(measurements().iloc[:0], FACTS, "no rows"),
    "no columns": Tables(pd.DataFrame(), {}, ""),
    "losses that are not finite": Tables(
        measurements(), FACTS, "lost", history().assign(running_loss=np.inf)
    ),
}


@pytest.mark.parametrize("kind", FIGURES)
@pytest.mark.parametrize("case", CASES)
def test_draws_or_says_why_not(case: str, kind: str) -> None:
    found = list(draw(CASES[case], only=kind))
    assert found
    for figure in found:
        if isinstance(figure, Blank):
            assert figure.reason.startswith("nothing to draw: ")
            assert "\n" not in figure.reason
        else:
            assert render(figure, "svg").rstrip().endswith(b"</svg>")


@pytest.mark.parametrize(
    ("case", "kind", "reason"),
    [
        ("no labels", "plane", r"kde\(0.1\) has no I\(T;Y\)"),
        ("all invalid", "plane", "all 18 measurements of kde"),
        ("one epoch", "before-after", "measured at epoch 0 only"),
        ("no rows", "information-vs-epoch", "no measurements"),
        ("no columns", "loss", "no finite loss"),
    ],
)
def test_reasons(case: str, kind: str, reason: str) -> None:
    first = next(draw(CASES[case], only=kind))
    assert isinstance(first, Blank)
    assert re.search(reason, first.reason)


def test_unknown_kind() -> None:
    with pytest.raises(UserError, match="no figure is called 'plain'; the figures are plane, "):
        draw(CASES["one replica"], only="plain")


def test_files(tmp_path) -> None:
    run = MadeUpRun(tmp_path, measurements(estimators=("kde(0.1)", "binning(width 0.5)")))
    paths = draw_all(run)
    assert {path.suffix for path in paths} == {".png", ".svg", ".gif"}
    assert {path.name.split("-")[0] for path in paths if path.suffix == ".gif"} == {"animation"}
    assert {path.parent for path in paths} == {tmp_path / "figures"}
    assert tmp_path / "figures" / "plane-kde-0.1-whole.png" in paths
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in paths if path.suffix == ".png")
    assert not [path for path in paths if "bounds" in path.name and "binning" in path.name]
    assert draw_all(run, only="loss") == [tmp_path / "figures" / f"loss.{form}" for form in ("png", "svg")]


def test_nothing_to_draw_writes_nothing(tmp_path) -> None:
    run = MadeUpRun(tmp_path, measurements=measurements().iloc[:0], history=pd.DataFrame())
    assert draw_all(run) == []
    assert list(tmp_path.iterdir()) == []


def test_labels_that_make_one_file_name_get_two_files() -> None:
    tables = Tables(measurements(estimators=("kde(0.1)", "kde[0.1]")), FACTS)
    names = [figure.name for figure in draw(tables, only="plane")]
    assert len(set(names)) == 2
    assert all(isinstance(figure, Drawing) for figure in draw(tables, only="plane"))
