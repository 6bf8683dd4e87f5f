"""Planes next to each other: of the estimators of a run, of several runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ibspec.figures import Blank, Drawing, Tables, compare_planes, draw, draw_together
from ibspec.figures.side_by_side import names_of
from tests.figures.examples import FACTS, LAYERS, MadeUpRun, manifest, measurements

BOTH = ("kde(0.1)", "binning(width 0.5)")


def run(
    activation: str = "tanh", seed: int = 0, title: str = "net", estimators: tuple[str, ...] = BOTH
) -> Tables:
    spec = {"name": title, "model": {"kind": "mlp", "activation": activation}, "training": {"seed": seed}}
    return Tables(measurements(estimators=estimators), FACTS, title, spec=spec)


def shown(found: Drawing | Blank) -> list[str]:
    assert isinstance(found, Drawing), found
    return [axes.get_title().replace("\n", " ") for axes in found.figure.axes if axes.get_visible()]


def test_the_estimators_of_a_run_share_their_axes():
    (found,) = draw(run(), only="side-by-side")
    assert shown(found) == list(BOTH)
    assert isinstance(found, Drawing)
    first, second = found.figure.axes
    assert first.get_xlim() == second.get_xlim()
    assert first.get_ylim() == second.get_ylim()


def test_one_plane_has_nothing_beside_it():
    (found,) = draw(run(estimators=("kde(0.1)",)), only="side-by-side")
    assert isinstance(found, Blank)
    assert found.reason == (
        "nothing to draw: planes side by side need two estimators, views or runs; the run has 1"
    )


def test_runs_are_told_apart_by_what_differs_in_their_specs():
    assert names_of([run("tanh"), run("relu")]) == ["activation tanh", "activation relu"]
    assert names_of([run("tanh", 1), run("relu", 2)]) == [
        "activation tanh, seed 1",
        "activation relu, seed 2",
    ]
    assert names_of([run(), run()]) == ["net (1)", "net (2)"]
    assert names_of([run(title="a"), run(title="b")]) == ["a", "b"]
    assert names_of([run()]) == [""]
    far = Tables(measurements(), FACTS, "other", spec={"model": {"a": 1, "b": 2, "c": 3}})
    assert names_of([run(), far]) == ["net", "other"]


def test_a_row_for_each_run():
    found = compare_planes([run("tanh"), run("relu")])
    assert shown(found) == [f"activation {name} · {label}" for name in ("tanh", "relu") for label in BOTH]
    assert isinstance(found, Drawing)
    tops = [axes.get_position().y1 for axes in found.figure.axes]
    assert tops[0] == tops[1] > tops[2] == tops[3]


def test_layers_with_other_names_are_numbered():
    other = Tables(
        measurements(layers=("a", "dense2", "c"), estimators=("kde(0.1)",)), FACTS, "other", spec={"model": 1}
    )
    found = compare_planes([run(estimators=("kde(0.1)",)), other])
    assert isinstance(found, Drawing)
    legend = [text.get_text() for text in found.figure.legends[0].get_texts()]
    assert legend[:3] == ["layer 1", "dense2", "layer 3"]


def test_paths_are_means_from_the_first_to_the_last_epoch():
    table = measurements(replicas=3, estimators=BOTH)
    (found,) = draw(Tables(table, FACTS), only="side-by-side")
    assert isinstance(found, Drawing)
    mean = table[table["estimator"] == BOTH[1]].groupby(["depth", "epoch"])[["i_xt", "i_ty"]].mean()
    for depth in range(len(LAYERS)):
        (line,) = [each for each in found.figure.axes[1].get_lines() if each.get_gid() == f"path-{depth}"]
        assert np.asarray(line.get_xydata()) == pytest.approx(mean.loc[depth].to_numpy())
    assert "Means over the replicas" in found.caption


@pytest.mark.parametrize("count", [3, 4, 5, 7])
def test_any_number_of_estimators_has_room(count):
    labels = tuple(f"binning(range -1..1, {30 + k})" for k in range(count))
    (found,) = draw(run(estimators=labels), only="side-by-side")
    assert len(shown(found)) == count


def test_views_are_named_where_there_are_several():
    table = pd.concat([measurements(view="mean"), measurements(view="concat")], ignore_index=True)
    (found,) = draw(Tables(table, FACTS), only="side-by-side")
    assert shown(found) == ["kde(0.1) · mean", "kde(0.1) · concat"]


def made_up(path: Path, activation: str) -> MadeUpRun:
    spec = {"name": f"net_{activation}", "model": {"activation": activation}}
    return MadeUpRun(path, measurements(), manifest=manifest(), spec=spec)


def test_files_of_several_runs_lie_with_the_first(tmp_path):
    runs = [made_up(tmp_path / name, name) for name in ("tanh", "relu")]
    paths = draw_together(runs)
    assert paths == [
        tmp_path / "tanh" / "figures" / f"side-by-side-net-tanh-net-relu.{form}" for form in ("png", "svg")
    ]
    assert all(path.stat().st_size > 1000 for path in paths if isinstance(path, Path))


def test_several_runs_without_a_point_say_why(tmp_path):
    runs = [MadeUpRun(tmp_path / name, measurements().iloc[:0]) for name in "ab"]
    assert draw_together(runs) == (
        "nothing to draw: planes side by side need two estimators, views or runs; the 2 runs have 0"
    )
