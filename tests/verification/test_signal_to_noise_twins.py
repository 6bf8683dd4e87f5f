"""The claims about signal and noise of gradients fail on wrong readings of both."""

import math
from dataclasses import replace

import numpy as np
import pytest

from verification.findings import test_signal_to_noise_parallel as parallel
from verification.theory import test_signal_to_noise as noise
from verification.theory import test_signal_to_noise_full_batches as full

right = noise.of_batches


def with_divisor_less_one(gradients, drawn):
    """The unbiased standard deviation of few batches."""
    found = right(gradients, drawn)
    more = (len(drawn) / (len(drawn) - 1)) ** 0.5 if len(drawn) > 1 else 1.0
    return replace(found, std_norm=found.std_norm * more, snr=found.snr / more)


@pytest.mark.can_fail("snr.definition")
def test_other_divisor(log, monkeypatch):
    monkeypatch.setattr(noise, "of_batches", with_divisor_less_one)
    with pytest.raises(AssertionError, match=r"E\|g\|² - \|μ\|² - \|σ\|²: .* should equal 0\.0"):
        noise.test_definition(log)


@pytest.mark.can_fail("snr.definition")
def test_squares_of_single_samples(log, monkeypatch):
    """Where those of batches belong."""
    monkeypatch.setattr(
        noise, "mean_square", lambda gradients, drawn: float((gradients**2).sum(axis=1).mean())
    )
    with pytest.raises(AssertionError, match=r"E\|g\|² - \|μ\|² - \|σ\|²: .* should equal 0\.0"):
        noise.test_definition(log)


@pytest.mark.can_fail("snr.definition")
def test_noise_of_full_batches_divided(log, monkeypatch):
    """Infinity where there is no noise."""

    def divided(gradients, drawn):
        found = right(gradients, drawn)
        return replace(found, status="ok", snr=math.inf) if found.status == "noiseless" else found

    monkeypatch.setattr(noise, "by_a_net", divided)
    with pytest.raises(AssertionError, match="a full batch must have no SNR"):
        noise.test_definition(log)


@pytest.mark.can_fail("snr.definition")
def test_ratio_upside_down(log, monkeypatch):
    def turned(gradients, drawn):
        found = right(gradients, drawn)
        return replace(found, snr=1 / found.snr) if found.snr > 0 else found

    monkeypatch.setattr(noise, "of_batches", turned)
    with pytest.raises(AssertionError, match=r"SNR: .* should equal"):
        noise.test_definition(log)


@pytest.mark.can_fail("snr.batch-scaling")
def test_one_formula_for_both_draws(log, monkeypatch):
    monkeypatch.setattr(noise, "scaled_without", noise.scaled_with)
    with pytest.raises(AssertionError, match=r"SNR_M: .* should equal 0\.0"):
        noise.test_batch_size(log)


@pytest.mark.can_fail("snr.batch-scaling")
def test_a_ratio_of_the_net_alone(log, monkeypatch):
    monkeypatch.setattr(noise, "scaled_with", lambda snr, samples, size: snr)
    with pytest.raises(AssertionError, match=r"SNR_M: .* should equal 0\.0"):
        noise.test_batch_size(log)


@pytest.mark.can_fail("snr.invariance")
def test_noise_that_does_not_grow_with_the_loss(log, monkeypatch):
    """As if something were added below the fraction, to keep it away from 0."""

    def padded(gradients, drawn):
        found = right(gradients, drawn)
        return replace(found, snr=found.mean_norm / (found.std_norm + 1e-8))

    monkeypatch.setattr(noise, "of_batches", padded)
    with pytest.raises(AssertionError, match=r"loss times a number: .* should equal 0\.0"):
        noise.test_other_units(log)


@pytest.mark.can_fail("snr.stochastic-mgd")
def test_batches_all_alike(log, monkeypatch):
    """Every batch the same: no noise though gradients differ."""
    monkeypatch.setattr(
        noise,
        "of_batches",
        lambda gradients, drawn: right(gradients, np.repeat(drawn[:1], len(drawn), axis=0)),
    )
    with pytest.raises(AssertionError, match=r"\|σ\|: .* should equal"):
        noise.test_small_batches_are_noisy(log)


@pytest.mark.can_fail("snr.stochastic-mgd")
def test_noise_not_said(log, monkeypatch):
    monkeypatch.setattr(
        noise, "of_batches", lambda gradients, drawn: replace(right(gradients, drawn), status="noiseless")
    )
    with pytest.raises(AssertionError, match="different gradients must make noise"):
        noise.test_small_batches_are_noisy(log)


@pytest.mark.can_fail("snr.fgd")
def test_batches_not_full(log, monkeypatch):
    """Single samples' gradients for those of full batches."""
    monkeypatch.setattr(full, "full_batch_snr", full.single_snr)
    with pytest.raises(AssertionError, match=r"noise of full batches: .* should equal 0\.0"):
        full.test_full_batches(log)


@pytest.mark.can_fail("snr.fgd")
def test_ratio_without_noise_as_infinity(log, monkeypatch):
    asked = full.full_batch_snr
    monkeypatch.setattr(full, "full_batch_snr", lambda *given: replace(asked(*given), snr=math.inf))
    with pytest.raises(AssertionError, match="nothing is divided by 0"):
        full.test_full_batches(log)


@pytest.mark.can_fail("snr.fgd")
def test_weights_that_stand_still(log, monkeypatch):
    """Without descent the SNR of single samples does not change either."""

    def at_rest(net, x, y):
        yield from ((step, net) for step in full.STEPS)

    monkeypatch.setattr(full, "descend", at_rest)
    with pytest.raises(AssertionError, match=r"single samples' SNR: .* should differ"):
        full.test_full_batches(log)


@pytest.mark.can_fail("snr.parallel")
def test_one_quantity_read_twice(log, monkeypatch):
    """Readings that differ by chance alone have as many signs of each kind."""
    rng = np.random.default_rng(0)
    (_, one), *_ = parallel.readings(0)

    def by_chance(seed):
        errors = 1 + 1e-3 * rng.standard_normal(len(parallel.EPOCHS) - 1)
        return [(one, one), *((replace(one, snr=one.snr * error), one) for error in errors)]

    monkeypatch.setattr(parallel, "readings", by_chance)
    with pytest.raises(AssertionError, match=r"sign test after 1 epochs: .*should not exceed 0\.05"):
        parallel.test_parallel_nets(log)


@pytest.mark.can_fail("snr.parallel")
def test_other_batches_at_the_start(log, monkeypatch):
    asked = parallel.gradients_at
    monkeypatch.setattr(
        parallel, "gradients_at", lambda net, x, y, own, *more: asked(net, x, y, own[1:], *more)
    )
    with pytest.raises(AssertionError, match=r"SNR at the start: .* should equal"):
        parallel.test_parallel_nets(log)
