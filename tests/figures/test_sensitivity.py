"""Estimates against the number in which estimators differ."""

import numpy as np
import pytest

from ibspec.estimators import Binning, Kde, Range, Width
from ibspec.figures import Blank, Drawing, Tables, draw
from ibspec.figures.families import families
from tests.figures.examples import EPOCHS, FACTS, measurements

WIDTHS = (0.05, 0.5, 2.0)
LABELS = tuple(Binning(cells=Width(width=width)).label for width in WIDTHS)


def test_families_of_real_labels():
    estimators = [
        *(Kde(noise_variance=variance) for variance in (0.1, 1e-5, 0.001)),
        *(Binning(cells=Range(low=-1, high=1, bins=bins)) for bins in (60, 30)),
        Binning(cells=Range(low=0, high=1, bins=30)),
    ]
    kde, binning = families([estimator.label for estimator in estimators])
    assert kde.parameter == "noise variance [squared units of the activity]"
    assert kde.name == "noise variance"
    assert [number for number, _ in kde.members] == [1e-5, 0.001, 0.1]
    assert [label for _, label in kde.members] == [Kde(noise_variance=v).label for v in (1e-5, 0.001, 0.1)]
    assert binning.parameter == "bins"
    assert [number for number, _ in binning.members] == [30, 60]


@pytest.mark.parametrize(
    "labels",
    [
        [],
        ["kde(0.1)"],
        ["kde(0.1)", "binning(width 0.1)"],
        ["edge(4.4.1)", "edge(4.3.1)"],
        ["ksg(1, k 3)", "ksg(2, k 3)"],
        ["ksg(1, k 3)", "ksg(2, k 5)"],
        ["binning(range -1..1, 30)", "binning(range 0..1, 30)"],
    ],
)
def test_versions_and_ends_of_ranges_are_no_parameters(labels):
    assert families(labels) == []


def drawn(tables: Tables) -> Drawing:
    (found,) = draw(tables, only="sensitivity")
    assert isinstance(found, Drawing), found
    return found


def widened(replicas: int = 1):
    """A wider bin sees less."""
    table = measurements(estimators=LABELS, replicas=replicas)
    width = table["estimator"].map(dict(zip(LABELS, WIDTHS, strict=True))).astype(float)
    return table.assign(i_xt=table["i_xt"] / (1 + width) + 0.1 * table["replica"])


def test_one_estimator_has_no_parameter_to_vary():
    (found,) = draw(Tables(measurements(), FACTS), only="sensitivity")
    assert isinstance(found, Blank)
    assert "measure.estimators" in found.reason


@pytest.mark.parametrize("replicas", [1, 4])
def test_lines_are_means_at_the_first_and_the_last_epoch(replicas):
    table = widened(replicas)
    drawing = drawn(Tables(table, FACTS, "run"))
    assert drawing.name == "sensitivity-binning-width-whole"
    above = drawing.figure.axes[0]
    for name, epoch in (("first", EPOCHS[0]), ("last", EPOCHS[-1])):
        mine = table[(table["epoch"] == epoch) & (table["depth"] == 1)]
        wanted = [mine.loc[mine["estimator"] == label, "i_xt"].mean() for label in LABELS]
        (line,) = [each for each in above.get_lines() if each.get_gid() == f"{name}-i_xt-1"]
        assert np.asarray(line.get_xdata()).tolist() == list(WIDTHS)
        assert np.asarray(line.get_ydata()).tolist() == pytest.approx(wanted)
    assert ("bars 95 % bootstrap intervals" in drawing.caption) is (replicas > 1)
    below = drawing.figure.axes[1]
    assert below.get_xlabel() == "bin width [units of the activity]"
    assert below.get_xscale() == "log"
    assert below.get_xticks().tolist() == list(WIDTHS)


def test_what_was_measured_once_has_one_line():
    drawing = drawn(Tables(measurements(estimators=LABELS, epochs=(5,)), FACTS))
    names = {str(each.get_gid()) for each in drawing.figure.axes[0].get_lines()}
    assert not [name for name in names if name.startswith("first")]
    assert "Marks: epoch 5." in drawing.caption


def test_widths_at_which_nothing_could_be_measured():
    table = widened()
    table.loc[table["estimator"] != LABELS[0], ["status", "i_xt"]] = ["invalid", np.nan]
    (found,) = draw(Tables(table, FACTS), only="sensitivity")
    assert isinstance(found, Blank)
    assert "fewer than two of binning(width …) have a valid I(X;T)" in found.reason
