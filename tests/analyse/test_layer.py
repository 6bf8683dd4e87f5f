"""Events of a layer that were put there."""

import numpy as np
import pytest

from ibspec.analyse.layer import Facts, analyse_layer
from tests.analyse.making import EPOCHS, fall_from, measured, rise_to, seen_fall, with_noise

FACTS = Facts(h_x=float(np.log2(1000)), h_y=1.0, classes=2)

SEEDS = 12

TWO = seen_fall(fall_from(100, 2.0))

NOISE = 0.02
"""Bits: the largest of means whose noise is 0.007 lies up to some 3 of these too high."""

APART = 4.0
"""Epochs from one measurement to the next: times are known no better."""


def analyse(i_xt, i_ty, facts=FACTS, **more):
    return analyse_layer(measured(i_xt, i_ty, **more), range(len(i_xt)), facts)


@pytest.fixture(scope="module")
def falling():
    """Two bits from epoch 100 on; the label is learnt by epoch 50."""
    return analyse(with_noise(fall_from(100, 2.0), SEEDS, 0.01), with_noise(rise_to(50), SEEDS, 0.005))


def test_compression_is_found(falling):
    assert falling.compressing == SEEDS
    assert falling.compression.value == pytest.approx(TWO, abs=NOISE)
    assert falling.compression.low < falling.compression.value < falling.compression.high
    assert falling.onset.value == pytest.approx(100, abs=5 * APART)


def test_end_of_fitting_is_found(falling):
    """A line to epoch 50 and then level, seen through windows of nine: the last tenth of its rise, from the
    mean at epoch 16 on, is made as windows slide over the corner, eight measurements wide."""
    assert 50 - 4 * APART <= falling.fitting.value <= 50 + 4 * APART
    assert falling.order.value == pytest.approx(falling.onset.value - falling.fitting.value, abs=4 * APART)
    assert falling.order.found == SEEDS


def test_absence_is_not_shown_where_it_falls(falling):
    assert (falling.absence.status, falling.absence.margin) == ("not shown", 0.1)
    assert falling.absence.high > 1.5
    assert falling.saturated == 0


def test_error_of_the_best_guess(falling):
    """0.9 of 1 bit is known: Fano allows 1.3 %, Hellman and Raviv 5 %."""
    assert falling.lowest_error.value == pytest.approx(0.0130, abs=0.001)
    assert falling.highest_error.value == pytest.approx(0.05, abs=0.002)


def test_absence_is_shown_on_flat_curves():
    flat = with_noise(np.full(len(EPOCHS), 5.0), SEEDS, 0.01)
    found = analyse(flat, with_noise(rise_to(50), SEEDS, 0.005))
    assert found.compressing == 0
    assert found.onset.status == "not found"
    assert found.absence.status == "shown"
    assert found.absence.high < 0.05


def test_a_layer_at_its_ceiling_shows_nothing():
    full = np.full((SEEDS, len(EPOCHS)), np.log2(1000))
    found = analyse(full, with_noise(rise_to(50), SEEDS, 0.005))
    assert found.saturated == SEEDS
    assert found.absence.status == "cannot be shown"
    assert "12 end within 0.01 bit of the cap, 9.966 bits" in found.absence.reason


def test_a_layer_that_leaves_its_ceiling_is_not_at_it():
    reaching = np.linspace(4.0, np.log2(1000), len(EPOCHS))
    label = with_noise(rise_to(50), 3, 0.005)
    assert analyse(with_noise(reaching, 3, 0.0), label).saturated == 3
    assert analyse(with_noise(reaching[::-1], 3, 0.0), label).saturated == 0


def test_few_seeds_show_no_absence():
    found = analyse(with_noise(np.full(len(EPOCHS), 5.0), 3, 0.01), with_noise(rise_to(50), 3, 0.005))
    assert found.absence.reason == "10 seeds are needed; got 3"


def test_replicas_with_epochs_of_their_own_are_compared_where_they_meet():
    rows = measured(with_noise(fall_from(100, 2.0), 2, 0.01), with_noise(rise_to(50), 2, 0.005))
    rows = rows[(rows["replica"] == 0) | (rows["epoch"] % 8 == 0)]
    found = analyse_layer(rows, [0, 1], FACTS)
    assert found.compression.found == 2
    assert found.absence.reason == "10 seeds are needed; got 2"
    far = rows[(rows["replica"] == 0) | (rows["epoch"] < 40)]
    assert "got 5" in analyse_layer(far, [0, 1], FACTS).absence.reason


def test_invalid_rows_are_left_out():
    rows = measured(with_noise(fall_from(100, 2.0), 2, 0.01), with_noise(rise_to(50), 2, 0.005))
    rows.loc[rows["epoch"].isin([200, 204]), "status"] = "invalid"
    rows.loc[rows["epoch"].isin([200, 204]), "i_xt"] = 1e6
    assert analyse_layer(rows, [0, 1], FACTS).compression.value == pytest.approx(TWO, abs=2 * NOISE)
    rows.loc[rows["replica"] == 1, ["status", "reason"]] = ["invalid", "not finite"]
    found = analyse_layer(rows, [0, 1], FACTS)
    assert found.compression.reason == "one replica has it: no interval; 1 of 2 replicas: not finite"


def test_too_few_epochs():
    rows = measured(with_noise(fall_from(100, 2.0), 2, 0.01), with_noise(rise_to(50), 2, 0.005))
    found = analyse_layer(rows[rows["epoch"] < 30], [0, 1], FACTS)
    assert found.compression.status == "not measured"
    assert "need more than 9 measured epochs" in found.compression.reason
    assert found.lowest_error.status == "ok", "the last epoch is there"


@pytest.mark.parametrize(
    ("facts", "end", "reason"),
    [
        pytest.param(Facts(), 0.9, "no class labels", id="no labels"),
        pytest.param(FACTS, 1.2, r"between 0 and H(Y) = 1 bits", id="above H(Y)"),
        pytest.param(FACTS, -0.2, r"between 0 and H(Y) = 1 bits", id="below 0"),
    ],
)
def test_no_error_without_a_law(facts, end, reason):
    flat = np.full((1, len(EPOCHS)), end)
    found = analyse(np.full((1, len(EPOCHS)), 5.0), flat, facts)
    assert found.lowest_error.status == found.highest_error.status == "not measured"
    assert reason in found.lowest_error.reason
