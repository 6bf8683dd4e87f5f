"""What laws hand over beside their draws is true of them: the noise in T, fresh draws, codes."""

import math

import numpy as np
import pytest
from scipy import stats

from ibspec.calibrate import LAWS
from ibspec.core import Probe
from ibspec.estimators import Exact, Gaussian, SamplePropagation

NOISY = [law for law in LAWS if law.added is not None]
WHOLE = [law for law in LAWS if law.whole]

SAMPLES = 4_000

SURPRISE = 1e-4
"""p-value of a test that a right law fails once in ten thousand seeds; seeds are fixed."""


@pytest.mark.parametrize("law", NOISY, ids=lambda law: law.name)
def test_what_is_left_of_t_without_its_signal_is_the_noise(law):
    """T - S given X: for a first layer normal of the stated sigma, and independent of X."""
    t, probe = law.sample(SAMPLES, 1, np.random.default_rng(5))
    s = t.noise.redraw(np.random.default_rng(6)).numpy()
    # In a deeper layer this S is a fresh one, with noise of its own besides that of the S inside T.
    earlier = 0.0 if law.added.is_first else 2 * law.added.sigma**2
    rest = (t.values.numpy() - s) / math.sqrt(law.added.sigma**2 + earlier)
    assert stats.kstest(rest[:, 0], "norm").pvalue > SURPRISE
    assert stats.pearsonr(rest[:, 0], probe.x[:, 0]).pvalue > SURPRISE


@pytest.mark.parametrize("law", NOISY, ids=lambda law: law.name)
def test_only_the_earlier_noise_is_drawn_afresh(law):
    t, _ = law.sample(50, 1, np.random.default_rng(0))
    one, two = (t.noise.redraw(np.random.default_rng(seed)).numpy() for seed in (1, 2))
    assert np.array_equal(one, two) == t.noise.is_first == law.added.is_first
    assert t.noise.sigma == law.added.sigma


@pytest.mark.parametrize("law", NOISY, ids=lambda law: law.name)
def test_another_t_for_the_same_inputs_has_the_same_law(law):
    t, _ = law.sample(SAMPLES, 1, np.random.default_rng(7))
    again = t.resample(np.random.default_rng(8)).numpy()
    assert not np.array_equal(again, t.values.numpy())
    assert stats.ks_2samp(again[:, 0], t.values.numpy()[:, 0]).pvalue > SURPRISE


@pytest.mark.parametrize("name", ["independent", "normal-0.6", "normal-0.9", "normal-0.999", "relayed-0.9"])
def test_normals_have_variance_1_and_the_stated_correlation(name):
    """Standard errors: sqrt(2 / N) of a variance, (1 - rho^2) / sqrt(N) of a correlation."""
    law = next(law for law in LAWS if law.name == name)
    t, probe = law.sample(SAMPLES, 1, np.random.default_rng(9))
    pair = np.stack([probe.x[:, 0], t.values.numpy()[:, 0]])
    rho = math.sqrt(1 - 4 ** -law.bits(1))
    assert pair.var(axis=1) == pytest.approx(np.ones(2), abs=4 * math.sqrt(2 / SAMPLES))
    assert np.corrcoef(pair)[0, 1] == pytest.approx(rho, abs=4 * (1 - rho**2) / math.sqrt(SAMPLES))


@pytest.mark.parametrize("law", WHOLE, ids=lambda law: law.name)
def test_codes_are_the_values(law):
    t, _ = law.sample(200, 1, np.random.default_rng(0))
    assert t.codes.dtype.is_floating_point is False
    assert np.array_equal(t.codes.numpy(), t.values.numpy())


@pytest.mark.parametrize("law", WHOLE, ids=lambda law: law.name)
def test_exact_is_calibrated(law):
    """The plug-in number, off by (cells of both - cells of each + 1) / (2 N) nats: -15 of them, or 1.

    The log ratio of a draw has a standard deviation of 0.95 bits for the channel, and 0 for the identity.
    """
    t, probe = law.sample(SAMPLES, 1, np.random.default_rng(1))
    found = Exact().estimate(t, probe)
    allowed = 15 / (2 * SAMPLES) / math.log(2) + 4 * 0.95 / math.sqrt(SAMPLES)
    assert found.i_xt == pytest.approx(law.bits(1), abs=allowed)


@pytest.mark.parametrize("law", NOISY, ids=lambda law: law.name)
def test_sample_propagation_is_calibrated(law):
    """Within 4 standard deviations of the mean log ratio: that of a normal pair has variance rho^2 nats^2.

    The deeper layer's number is too large by `passes_bias`, roughly, which the tolerance takes twice.
    """
    t, probe = law.sample(1_000, 1, np.random.default_rng(2))
    found = SamplePropagation().estimate(t, probe, rng=np.random.default_rng(3))
    allowed = 4 / math.log(2) / math.sqrt(1_000) + 2 * found.extras.get("passes_bias", 0.0)
    assert found.i_xt == pytest.approx(law.bits(1), abs=allowed)


def test_estimators_of_arrays_see_what_they_saw_before():
    """Handing over an Activity changes no number."""
    law = next(law for law in LAWS if law.name == "normal-0.9")
    t, probe = law.sample(500, 2, np.random.default_rng(4))
    plain = Gaussian().estimate(t.values.numpy(), Probe(x=probe.x))
    assert Gaussian().estimate(t, probe) == plain
