"""The figure of an adaptive schedule: measured epochs, distances of neighbours, and what is too far apart."""

import math
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ibspec.figures import Blank, Drawing, Tables, render, schedule
from ibspec.figures.neighbours import Neighbours, neighbours
from ibspec.results import Measurement, measurement_table
from ibspec.schedules import DeltaApproximate, DeltaExact, Walk
from ibspec.schedules.adaptive import Adaptive
from tests.figures.examples import FACTS, MadeUpRun, manifest
from tests.figures.test_draw import CASES

SAID = {"kind": "delta-exact", "delta": 0.25, "normalised": True, "scale": [8.0, 1.0]}


def rows(replica: int, found: dict[int, np.ndarray], estimator: str = "kde(0.1)") -> list[Measurement]:
    """One layer; NaN is a measurement that gave no number."""
    return [
        Measurement(replica, epoch, 0, "dense1", "whole", estimator, 64, i_xt=8 * x, i_ty=y)
        if not math.isnan(x)
        else Measurement(replica, epoch, 0, "dense1", "whole", estimator, 64, status="invalid", reason="lost")
        for epoch, (x, y) in sorted(found.items())
    ]


def walked(way: Adaptive, seed: int, last: int = 60) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    curve = np.cumsum(rng.normal(scale=0.08, size=(last + 1, 2)), axis=0)
    walk = Walk(way, last)
    while not walk.is_over:
        walk.take(walk.wanted[0], curve[walk.wanted[0]])
    return walk.found


def draw(tables: Tables) -> Drawing:
    (found,) = schedule(tables)
    assert isinstance(found, Drawing), found
    return found


def ends(found: dict[int, np.ndarray]) -> list[tuple[int, int]]:
    epochs = sorted(found)
    return list(pairwise(epochs))


def test_neighbours_and_their_distances_are_those_of_the_walk():
    way = DeltaApproximate(delta=0.25)
    walk_of = {replica: walked(way, replica) for replica in range(2)}
    table = measurement_table([row for replica, found in walk_of.items() for row in rows(replica, found)])
    pairs = list(neighbours(table, (8.0, 1.0), None))
    for replica, found in walk_of.items():
        mine = [pair for pair in pairs if pair.replica == replica]
        assert [(pair.low, pair.high) for pair in mine] == ends(found)
        for pair in mine:
            apart = np.abs(found[pair.low] - found[pair.high]).max()
            assert pair.apart == pytest.approx(apart, abs=1e-12)
            assert pair.is_break(0.25) == (apart > 0.25 and pair.high - pair.low > 1)


def test_only_estimators_that_steer_count():
    """One that looks back over all epochs has moved for other reasons."""
    found = {0: np.zeros(2), 4: np.full(2, 0.1)}
    wild = {0: np.zeros(2), 4: np.full(2, 0.9)}
    table = measurement_table(rows(0, found) + rows(0, wild, "late"))
    assert [pair.apart for pair in neighbours(table, (8.0, 1.0), ("kde(0.1)",))] == [pytest.approx(0.1)]
    assert [pair.apart for pair in neighbours(table, (8.0, 1.0), None)] == [pytest.approx(0.9)]


def test_what_is_missing_is_infinitely_far_and_a_diverged_end_is_no_epoch():
    found = {0: np.zeros(2), 2: np.array([math.nan, math.nan]), 5: np.zeros(2), 6: np.full(2, math.nan)}
    pairs = list(neighbours(measurement_table(rows(0, found)), (1.0, 1.0), None))
    assert pairs == [Neighbours(0, 0, 2, math.inf), Neighbours(0, 2, 5, math.inf)]


def test_the_figure_of_an_exact_walk():
    found = {replica: walked(DeltaExact(delta=0.25), replica) for replica in range(3)}
    table = measurement_table([row for replica in found for row in rows(replica, found[replica])])
    drawn = draw(Tables(table, FACTS, "run", schedule=SAID))
    text = render(drawn, "svg").decode()
    for group in ("epochs", "stretches", "adjacent"):
        assert f'<g id="{group}">' in text
    assert 'id="breaks"' not in text
    counts = sorted(len(each) for each in found.values())
    share = 100 * sum(counts) / (3 * 61)
    assert (
        f">delta-exact · delta = 0.25 of H · {counts[0]} to {counts[-1]} of 61 epochs in each of 3 replicas "
        f"({share:.1f} %)</text>" in text
    )
    assert ">delta = 0.25</text>" in text
    assert ">distance [shares of H]</text>" in text
    assert "no other pair is further apart than delta" in drawn.caption.lower()


def test_breaks_are_ringed_and_counted():
    found = {0: np.zeros(2), 1: np.full(2, 0.6), 3: np.zeros(2), 9: np.full(2, 0.02)}
    said = SAID | {"normalised": False, "scale": [1.0, 1.0], "kind": "delta-approximate"}
    drawn = draw(Tables(measurement_table(rows(0, found)), FACTS, "run", schedule=said))
    assert "Ringed: 1 pair further apart, with unmeasured epochs between" in drawn.caption
    (below,) = [axes for axes in drawn.figure.axes if axes.get_ylabel() == "distance [bits]"]
    (ring,) = [line for line in below.get_lines() if line.get_gid() == "breaks"]
    assert np.asarray(ring.get_xdata()).tolist() == [2.0]
    assert np.asarray(ring.get_ydata()).tolist() == pytest.approx([0.6 * 8])


def test_distances_of_zero_and_infinity_stay_in_the_frame():
    found = {0: np.zeros(2), 2: np.zeros(2), 5: np.full(2, math.nan), 7: np.zeros(2)}
    drawn = draw(Tables(measurement_table(rows(0, found)), FACTS, "run", schedule=SAID))
    assert "At the upper frame: 2 pairs of which one lacks a number" in drawn.caption
    (below,) = [axes for axes in drawn.figure.axes if axes.get_ylabel().startswith("distance")]
    (bars,) = [bars for bars in below.collections if bars.get_gid() == "stretches"]
    low, high = below.get_ylim()
    heights = [float(np.asarray(bar)[0, 1]) for bar in bars.get_segments()]  # type: ignore[attr-defined]
    assert heights == pytest.approx([low, high, high])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("said", [{}, SAID], ids=["fixed", "adaptive"])
def test_draws_or_says_why_not(case: str, said: dict[str, Any]):
    tables = CASES[case]
    (found,) = schedule(Tables(tables.measurements, tables.facts, tables.title, schedule=said))
    if isinstance(found, Blank):
        assert found.reason.startswith("nothing to draw: ")
    else:
        assert said
        assert render(found, "svg").rstrip().endswith(b"</svg>")


@pytest.mark.parametrize(
    "said",
    [
        {"delta": "0.02"},
        {"delta": math.nan},
        {"delta": -1},
        {"delta": True},
        {"delta": None},
    ],
)
def test_a_manifest_that_says_nothing_of_use(said):
    (found,) = schedule(Tables(measurement_table(rows(0, walked(DeltaExact(delta=1.0), 0))), schedule=said))
    assert isinstance(found, Blank)
    assert "measure.when is not adaptive" in found.reason


@pytest.mark.parametrize("scale", [None, [0, 1], ["8", 1], [8.0], "88", {"x": 8}, [math.inf, 1]])
def test_a_manifest_with_an_odd_scale(scale):
    table = measurement_table(rows(0, walked(DeltaExact(delta=0.25), 0)))
    assert draw(Tables(table, schedule=SAID | {"scale": scale, "kind": "\x1b[2J"}))


def test_of_a_run(tmp_path):
    """From the manifest; which estimators steer, from a spec that knows."""
    found = walked(DeltaExact(delta=0.25), 1)
    wild = {epoch: np.random.default_rng(epoch).random(2) for epoch in found}
    table = measurement_table(rows(0, found) + rows(0, wild, "late"))
    run = MadeUpRun(tmp_path, measurements=table, manifest=manifest(schedule=SAID))
    assert Tables.of_run(run).steering is None
    assert "Ringed" in draw(Tables.of_run(run)).caption
    estimators = [
        SimpleNamespace(label="kde(0.1)", reach="snapshot"),
        SimpleNamespace(label="late", reach="net"),
    ]
    spec = SimpleNamespace(measure=SimpleNamespace(estimators=estimators), model_dump=lambda mode: run.spec)
    known = MadeUpRun(tmp_path, measurements=table, manifest=manifest(schedule=SAID), spec=spec)  # type: ignore[arg-type]
    assert Tables.of_run(known).steering == ("kde(0.1)",)
    assert "Ringed" not in draw(Tables.of_run(known)).caption
    assert Tables.of_run(MadeUpRun(tmp_path)).schedule == {}
