"""Replicas measured at epochs of their own: means are interpolated, and every figure says so."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest

from ibspec.figures import FIGURES, Drawing, Tables, draw
from ibspec.figures.ragged import IN_WORDS, is_ragged, rows_between
from ibspec.figures.tables import mean_over_replicas
from ibspec.results import Measurement, measurement_table
from tests.figures.examples import EPOCHS, FACTS, history, measurements

OWN = {0: (0, 2, 4, 10), 1: (0, 3, 10), 2: (0, 1, 4)}
"""What each replica was measured at; the last one stops early."""


def value(replica: int, epoch: int) -> float:
    """Straight up to epoch 4 and on from there, so that lines between 0, 4 and 10 are exact."""
    return replica + min(epoch, 4) + 0.5 * max(0, epoch - 4)


def table(own=OWN, invalid=()) -> pd.DataFrame:
    rows = []
    for replica, epochs in own.items():
        for epoch, depth in product(epochs, (0, 1)):
            place = (replica, epoch, depth, f"layer{depth}", "whole", "kde(0.1)", 64)
            if (replica, epoch) in invalid:
                rows.append(Measurement(*place, status="invalid", reason="not finite"))
                continue
            i = value(replica, epoch)
            rows.append(
                Measurement(*place, i_xt=i, i_xt_lower=i - 1, i_xt_upper=i, i_ty=i / 10,
                            warnings="saturated" if epoch == 2 else "")
            )  # fmt: skip
    return measurement_table(rows)


def means(measured: pd.DataFrame) -> pd.DataFrame:
    (panel,) = Tables(measured, FACTS).panels()
    found = panel.means("i_xt")
    return found[found["depth"] == 1].set_index("epoch")


def test_means_are_of_all_replicas_within_their_own_range():
    found = means(table())
    assert found.index.tolist() == [0, 1, 2, 3, 4, 10]
    assert found["replicas"].tolist() == [3, 3, 3, 3, 3, 2]
    wanted = [np.mean([value(replica, epoch) for replica in range(3)]) for epoch in (0, 1, 2, 3)]
    assert found["i_xt"].tolist()[:4] == pytest.approx(wanted, abs=1e-12)
    # At epoch 4 replica 1 lies on its line from 3 to 10; its own curve has a bend there.
    line = value(1, 3) + (value(1, 10) - value(1, 3)) / 7
    assert found.loc[4, "i_xt"] == pytest.approx((value(0, 4) + line + value(2, 4)) / 3, abs=1e-12)
    assert found.loc[10, "i_xt"] == pytest.approx(value(0, 10) + 0.5, abs=1e-12)
    assert found.loc[1, "i_xt_lower"] == pytest.approx(found.loc[1, "i_xt"] - 1, abs=1e-12)
    assert found["interpolated"].tolist() == [False, True, True, True, True, False]
    # At epoch 2 as the estimator says, at epoch 10 as replica 1 has the 8 bits of H(X).
    assert found["saturated"].tolist() == [False, False, True, False, False, True]


def test_an_invalid_measurement_is_not_papered_over():
    """Nothing is known between it and its neighbours; where it is the replica's own, it is left out."""
    found = means(table(invalid={(0, 2)}))
    assert found.loc[[1, 3], "replicas"].tolist() == [2, 2]
    assert found.loc[2, "replicas"] == 2
    assert found.loc[4, "replicas"] == 3


def test_numbers_of_an_invalid_measurement_count_for_nothing():
    odd = table(invalid={(0, 2)})
    odd.loc[odd["status"] != "ok", "i_xt"] = 99.0
    pd.testing.assert_frame_equal(means(odd), means(table(invalid={(0, 2)})))


@pytest.mark.parametrize("ends", [None, {2: 10}])
def test_where_replicas_share_the_epochs_nothing_changes(ends):
    measured = measurements(replicas=3, ends=ends)
    measured.loc[measured.index[7], ["status", "i_xt"]] = ["invalid", np.nan]
    (panel,) = Tables(measured, FACTS).panels()
    assert not panel.is_ragged
    pd.testing.assert_frame_equal(
        panel.means("i_xt"), mean_over_replicas(panel.valid("i_xt")), check_exact=True
    )


@pytest.mark.parametrize(
    ("own", "ragged"),
    [
        ({0: (0, 5, 9)}, False),
        ({0: (0, 5, 9), 1: (0, 5, 9)}, False),
        ({0: (0, 5, 9), 1: (0, 5)}, False),
        ({0: (0, 5, 9), 1: (5, 9)}, False),
        ({0: (0, 5, 9), 1: (0,)}, False),
        ({0: (0, 5, 9), 1: (0, 9)}, True),
        ({0: (0, 5, 9), 1: (0, 5, 6, 9)}, True),
        ({}, False),
    ],
)
def test_ragged_is_who_passes_over_epochs(own, ragged):
    measured = table(own) if own else table().iloc[:0]
    assert is_ragged(measured) is ragged
    assert (len(rows_between(measured, ("i_xt",), ("depth", "layer"))) > 0) is ragged


@pytest.mark.parametrize("kind", ["plane", "information-vs-epoch", "bounds-vs-epoch"])
def test_figures_say_so(kind):
    (drawn,) = (found for found in draw(Tables(table(), FACTS), only=kind) if isinstance(found, Drawing))
    assert IN_WORDS in drawn.title
    assert f"each {IN_WORDS} of its own, as are its bounds, which prove nothing there" in drawn.caption
    assert "replica 2 stops at epoch 4" in drawn.caption


@pytest.mark.parametrize("kind", FIGURES)
def test_figures_of_common_epochs_do_not(kind):
    tables = Tables(measurements(replicas=3), FACTS, "common", history(replicas=3))
    for drawn in draw(tables, only=kind):
        if isinstance(drawn, Drawing):
            assert "interpolated" not in drawn.title + drawn.caption


def test_bars_of_the_plane_stand_at_measured_epochs():
    (drawn,) = draw(Tables(table(), FACTS), only="plane")
    assert isinstance(drawn, Drawing)
    assert "drawn at epochs 0 and 10 only" in drawn.caption


def ragged_history() -> pd.DataFrame:
    """Evaluated at other epochs in the second replica; running values at all."""
    whole = history(replicas=2)
    evaluated = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    other = (whole["replica"] == 1) & ~whole["epoch"].isin([0, 5, 30, 100])
    again = (whole["replica"] == 1) & (whole["epoch"] == 5)
    whole.loc[other, evaluated] = np.nan
    whole.loc[again, evaluated] = 0.5
    return whole


def test_losses_are_averaged_in_the_same_way():
    found = next(draw(Tables(measurements(), FACTS, "loss", ragged_history()), only="loss"))
    assert isinstance(found, Drawing)
    assert f"2 replicas, train and test {IN_WORDS}" in found.caption.replace(
        "mean of the replicas", "2 replicas"
    )
    (line,) = [
        line for axes in found.figure.axes for line in axes.get_lines() if line.get_gid() == "test-loss"
    ]
    epochs = [int(epoch) for epoch in np.asarray(line.get_xdata())]
    assert epochs == sorted({*EPOCHS, 5})
    whole = ragged_history()
    first = whole[(whole["replica"] == 0)].set_index("epoch")["test_loss"]
    second = whole[(whole["replica"] == 1)].set_index("epoch")["test_loss"]
    at_10 = second[5] + (second[30] - second[5]) * 5 / 25
    drawn = dict(zip(epochs, np.asarray(line.get_ydata(), dtype=float), strict=True))
    assert drawn[10] == pytest.approx((first[10] + at_10) / 2, abs=1e-12)
    assert not math.isnan(drawn[3])
