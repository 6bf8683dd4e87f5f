"""The claims about loss, signal-to-noise ratio and onset fall where a detector errs or nets do otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from ibspec.analysis import Compression, Interval, SnrDrop, kink
from tests.verification.test_phases_twins import level, raw_compression, textbook, use
from verification.findings import test_stochastic_gradient_hypothesis as nets
from verification.planted import alike
from verification.theory import test_stochastic_gradient_hypothesis as readings


def by_bic_alone(loss, steps, drawn, **options):
    found = kink(loss, steps, drawn, **options)
    return replace(found, is_accepted=True, step=found.step * (1 if found.bic_gain > 10 else 2))


@pytest.mark.can_fail("sgh.kink")
def test_kinks_by_bic_where_neighbours_are_alike(log, monkeypatch):
    """Without blocks, noise with a memory looks like a kink."""
    curves = 0.3 - 0.5 * readings.LOGS + 0.05 * alike(120, 200, 0, 0.8)
    monkeypatch.setattr(readings, "POWER_LAWS", 200)
    monkeypatch.setattr(readings, "power_laws", lambda: curves)
    monkeypatch.setattr(readings, "kink", by_bic_alone)
    with pytest.raises(AssertionError, match=r"no kink, 1000 losses: .* should not exceed 0\.01"):
        readings.test_kink_of_the_loss(log)


@pytest.mark.can_fail("sgh.kink")
def test_kinks_that_are_late(log, monkeypatch):
    def late(loss, steps, drawn, **options):
        found = kink(loss, steps, drawn, **options)
        return replace(found, step=1.5 * found.step)

    monkeypatch.setattr(readings, "kink", late)
    with pytest.raises(AssertionError, match=r"planted kink: missed by: .* should not exceed 0\.1"):
        readings.test_kink_of_the_loss(log)


@pytest.mark.can_fail("sgh.snr-drop")
def test_drop_to_the_letter(log, monkeypatch):
    """The largest turn of the slope, whatever its error, is not where a slight drop is."""
    proper = readings.snr_drop

    def letter(snr, steps, drawn, **options):
        found = proper(snr, steps, drawn, **options)
        if found.turn is None:
            return found
        curve = 0.1 * np.log10(snr) + 0.05 * np.random.default_rng(0).standard_normal(len(snr))
        return SnrDrop(replace(found.turn, step=10 ** readings.steepest_turn(curve)), found.crossing)

    monkeypatch.setattr(readings, "snr_drop", letter)
    with pytest.raises(AssertionError, match=r"planted drop: missed by: .* should not exceed 0\.1"):
        readings.test_drop_of_the_snr(log)


@pytest.mark.can_fail("sgh.snr-drop")
def test_crossing_of_another_level(log, monkeypatch):
    proper = readings.snr_drop
    monkeypatch.setattr(
        readings,
        "snr_drop",
        lambda snr, *a, **k: replace(proper(snr, *a, **k), crossing=proper(snr / 2, *a, **k).crossing),
    )
    with pytest.raises(AssertionError, match=r"crossing of 1: missed by: .* should not exceed"):
        readings.test_drop_of_the_snr(log)


@pytest.mark.can_fail("sgh.onset")
def test_onset_without_errors(log, monkeypatch):
    monkeypatch.setattr(readings, "compression", raw_compression)
    with pytest.raises(AssertionError, match=r"(1000 level curves: onsets|planted onset): .* should not"):
        readings.test_onset_of_compression(log)


@pytest.mark.can_fail("sgh.onset")
def test_onset_at_the_end(log, monkeypatch):
    monkeypatch.setattr(
        readings, "compression", lambda curve, epochs: Compression(1.0, 0.1, float(epochs[-1]), 5.0)
    )
    with pytest.raises(AssertionError, match=r"planted onset: missed by: .* should not exceed 9"):
        readings.test_onset_of_compression(log)


@pytest.mark.can_fail("sgh.causal")
def test_looking_without_intervening(log, monkeypatch):
    """The slope over seeds of what is seen together, in place of that over doses."""
    drawn = np.random.default_rng(0)

    def seen(doses, outcomes, *_, **__):
        clock = outcomes.mean(axis=1)
        slope = np.polyfit(clock - clock.mean() + 0.1 * drawn.standard_normal(len(clock)), clock, 1)[0]
        return Interval(slope, slope - 0.1, slope + 0.1)

    monkeypatch.setattr(readings, "dose_response", seen)
    with pytest.raises(AssertionError, match=r"no effect, common clock: called one: .* should not exceed"):
        readings.test_intervention(log)


@pytest.mark.can_fail("sgh.causal")
def test_an_effect_that_is_not_there(log, monkeypatch):
    proper = readings.onsets
    monkeypatch.setattr(readings, "onsets", lambda effect, drawn: proper(0.0, drawn))
    with pytest.raises(AssertionError, match=r"planted effect: upper limit: .* should not exceed 0"):
        readings.test_intervention(log)


@pytest.mark.can_fail("sgh.simultaneity")
def test_events_that_go_together(log, monkeypatch):
    clock = 10 ** (1 + 0.2 * np.random.default_rng(0).standard_normal(20))
    names = ("kink", "turn", "crossing", "hidden 2", "hidden 3", "output")
    use(monkeypatch, nets, textbook())
    monkeypatch.setattr(nets, "events", lambda _: dict.fromkeys(names, 1.05 * clock))
    with pytest.raises(AssertionError, match=r"hidden 2, turn: range of the median net: 0\.15 should not"):
        nets.test_three_events(log)


@pytest.mark.can_fail("sgh.simultaneity")
def test_seeds_without_a_clock(log, monkeypatch):
    """A test that permutes nothing has no power."""
    proper = nets.clocks
    monkeypatch.setattr(nets, "clocks", lambda seeds, common, drawn: proper(seeds, 0.0, drawn))
    with pytest.raises(AssertionError, match=r"common clock, 10 seeds: found: .* should equal 0\.69"):
        nets.test_three_events(log)


@pytest.mark.can_fail("sgh.full-batch")
def test_full_batches_that_do_nothing(log, monkeypatch):
    use(monkeypatch, nets, replace(level(), snr=np.full((20, 50), np.inf)))
    with pytest.raises(AssertionError, match=r"hidden 3: nets of ten that compress: 10 should not exceed 0"):
        nets.test_full_batches(log)


@pytest.mark.can_fail("sgh.full-batch")
def test_batches_that_are_not_full(log, monkeypatch):
    use(monkeypatch, nets, textbook(10))
    with pytest.raises(AssertionError, match=r"one batch has no spread"):
        nets.test_full_batches(log)
