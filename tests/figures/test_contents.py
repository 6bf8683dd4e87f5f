"""What must be seen in a figure, looked up in its SVG, where text is text and groups have names."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ibspec.figures import Drawing, Tables, draw, render
from tests.figures.examples import EPOCHS, FACTS, history, measurements


def figure(kind: str, tables: Tables | None = None) -> Drawing:
    tables = tables or Tables(measurements(), FACTS, "seen", history())
    return next(found for found in draw(tables, only=kind) if isinstance(found, Drawing))


def svg(kind: str, tables: Tables | None = None) -> str:
    return render(figure(kind, tables), "svg").decode()


def group(text: str, name: str) -> str:
    """The part of an SVG between a named group and the next one that is named."""
    return re.split(r'<g id="(?!use)', text.split(f'<g id="{name}">', 1)[1])[0]


def axes_of(drawn: Figure):
    return drawn.axes


@pytest.mark.parametrize("kind", ["plane", "before-after", "information-vs-epoch", "bounds-vs-epoch"])
def test_labels_in_bits_and_names(kind: str) -> None:
    text = svg(kind)
    is_plane = kind in ("plane", "before-after")
    for words in (
        "I(X;T) [bits]",
        "I(T;Y) [bits]",
        "H(X) = 8",
        "H(Y) = 1 (information-bottleneck bound)" if is_plane else "H(Y) = 1",
        "kde(0.1) · view whole · n = 256",
    ):
        assert f">{words}</text>" in text
    for layer in ("dense1", "dense2", "output"):
        assert f">{layer}</text>" in text


@pytest.mark.parametrize("kind", ["plane", "before-after"])
def test_plane_has_the_box_bounds_and_hollow_saturated_marks(kind: str) -> None:
    text = svg(kind)
    for name in ("feasible", "bounds-x", "bounds-y"):
        assert f'<g id="{name}">' in text
    assert ">hollow: saturated</text>" in text
    end = "" if kind == "plane" else "-100"
    hollow = re.compile("fill: none|fill-opacity: 0;")
    assert hollow.search(group(text, f"saturated-0{end}"))
    assert not hollow.search(group(text, f"points-1{end}"))
    assert 'id="saturated-1' not in text


def test_no_bounds_no_bars() -> None:
    assert "bounds-" not in svg("plane", Tables(measurements(estimators=("binning(width 0.5)",)), FACTS))


def test_the_caption_says_at_which_epochs_bars_stand() -> None:
    assert "drawn at epochs 0, 10 and 100 only" in figure("plane").caption


def test_values_outside_the_box_stay_in_the_frame() -> None:
    wild = measurements().assign(i_xt=lambda rows: rows["i_xt"] * 3 - 9, i_ty=lambda rows: rows["i_ty"] - 1.4)
    (axes, *_) = axes_of(figure("plane", Tables(wild, FACTS)).figure)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert left < wild["i_xt"].min()
    assert wild["i_xt"].max() < right
    assert bottom < wild["i_ty"].min()
    assert wild["i_ty"].max() < top


def test_feasible_region_ends_at_the_diagonal() -> None:
    (axes, *_) = axes_of(figure("plane").figure)
    (polygon,) = [patch for patch in axes.patches if patch.get_gid() == "feasible"]
    np.testing.assert_array_equal(polygon.get_xy(), [(0, 0), (1, 1), (8, 1), (8, 0), (0, 0)])


def test_colour_bar_names_epoch_0() -> None:
    bar = axes_of(figure("plane").figure)[1]
    assert [label.get_text() for label in bar.get_yticklabels()] == [
        "0",
        "1",
        "2",
        "5",
        "10",
        "20",
        "50",
        "100",
    ]


def test_replicas() -> None:
    tables = Tables(measurements(replicas=3, ends={2: 10}), FACTS)
    assert '<g id="replicas">' in svg("plane", tables)
    assert "replica 2 stops at epoch 10; dots are single replicas" in figure("plane", tables).caption
    drawn = figure("before-after", tables)
    assert "Left out, because not measured at both epochs: 1 of the replicas" in drawn.caption
    assert "2 of 3 replicas" in drawn.title


def test_layers_that_cover_each_other_are_named() -> None:
    same = measurements().assign(i_xt=8.0, i_ty=1.0)
    assert "cover each other: dense1, dense2 and output" in figure("plane", Tables(same, FACTS)).caption
    drawn = figure("information-vs-epoch", Tables(same, FACTS))
    assert "Lines of I(X;T) that cover each other: dense1, dense2 and output." in drawn.caption


def test_bands_too_wide_to_share_a_panel_go_to_the_bounds_figure() -> None:
    wide = measurements().assign(i_ty_lower=-4.0, i_ty_upper=5.0)
    curves = svg("information-vs-epoch", Tables(wide, FACTS))
    assert '<g id="bounds-i_xt-1">' in curves
    assert '<g id="bounds-i_ty-1">' not in curves
    assert '<g id="bounds-i_ty-1">' in svg("bounds-vs-epoch", Tables(wide, FACTS))


def test_loss_units_and_where_a_replica_stops() -> None:
    tables = Tables(measurements(), FACTS, "loss", history(replicas=2, ends={1: 12}))
    text = svg("loss", tables)
    assert ">cross-entropy [nats]</text>" in text
    assert '<g id="stopped-loss-1">' in text
    assert "stopped: replica 1 after epoch 12" in figure("loss", tables).caption
    (panel, _) = axes_of(figure("loss", tables).figure)
    assert panel.get_ylim()[1] < 3  # the explosion of one replica does not flatten the others
    assert ">squared-error</text>" in svg(
        "loss", Tables(measurements(), FACTS, "s", history(), "squared-error")
    )


def test_views_of_layers_without_channels_join_the_others() -> None:
    both = measurements()
    both = both[~((both["view"] == "whole") & (both["layer"] == "dense1"))]
    conv = measurements(layers=("dense1",))
    table = pd.concat([conv.assign(view="mean"), conv.assign(view="concat"), both], ignore_index=True)
    panels = {panel.view: panel for panel in Tables(table).panels() if panel.estimator == "kde(0.1)"}
    assert set(panels) == {"mean", "concat"}
    assert set(panels["mean"].table["layer"]) == {"dense1", "dense2", "output"}
    assert len(panels["mean"].table) == 3 * len(EPOCHS)


def test_a_layer_whose_name_starts_with_an_underscore_is_in_the_legend() -> None:
    assert ">_head</text>" in svg("plane", Tables(measurements(layers=("stem", "_head")), FACTS))
