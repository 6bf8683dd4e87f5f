"""The claims about continuous variables fail on wrong densities, partitions and estimators."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.estimators import Kde
from verification import information
from verification.theory import test_continuous_information as continuous


@pytest.mark.can_fail("mi.continuous-integral")
def test_density_too_short(log, monkeypatch):
    """Integrated over three standard deviations only."""
    monkeypatch.setattr(continuous, "REACH", 3.0)
    with pytest.raises(AssertionError, match=r"integral and closed form: .* should equal"):
        continuous.test_double_integral(log)


@pytest.mark.can_fail("mi.continuous-integral")
def test_partitions_of_another_law(log, monkeypatch):
    """Parts of a law with more dependence than the integral is of."""
    right = continuous.normal_partition
    monkeypatch.setattr(continuous, "normal_partition", lambda rho, parts: right(1.05 * rho, parts))
    with pytest.raises(AssertionError, match=r"partitions approach from below: .* should not exceed"):
        continuous.test_double_integral(log)


@pytest.mark.can_fail("mi.infinite-continuous")
def test_entropy_that_stays_finite(log, monkeypatch):
    """An entropy that cannot exceed 10 bits, as one of 1024 samples."""
    monkeypatch.setattr(continuous, "entropy", lambda law: min(information.entropy(law), 10.0))
    with pytest.raises(AssertionError, match=r"h\(dead\) \+ \(1 - dead\) m: .* should equal"):
        continuous.test_infinite_or_entropy(log)


@pytest.mark.can_fail("mi.infinite-continuous")
def test_discrete_layer_with_infinite_information(log, monkeypatch):
    """The entropy of X for its information about a step function grows without limit."""
    monkeypatch.setattr(continuous, "information", lambda joint: information.entropy(joint.sum(axis=1)))
    with pytest.raises(AssertionError, match=r"discrete g\(X\): I <= H\(g\(X\)\): .* should not exceed"):
        continuous.test_infinite_or_entropy(log)


@pytest.mark.can_fail("entropy.differential-scale")
def test_entropy_without_its_noise(log, monkeypatch):
    """The kernel sum alone is information: it does not move with the scale."""
    right = continuous.kernel_entropy

    def information_only(rows, variance):
        return right(rows, variance) - rows.shape[1] / 2 * np.log2(2 * np.pi * np.e * variance)

    monkeypatch.setattr(continuous, "kernel_entropy", information_only)
    with pytest.raises(AssertionError, match=r"h\(cA\) = h\(A\) \+ d log2 \|c\|: .* should equal"):
        continuous.test_scale(log)


@pytest.mark.can_fail("entropy.differential-scale")
def test_bounds_that_know_the_scale(log, monkeypatch):
    def with_noise(noise_variance):
        def estimate(t, probe):
            found = Kde(noise_variance=noise_variance).estimate(t, probe)
            return replace(found, i_xt_bounds=(0.0, found.i_xt + np.log2(noise_variance)))

        return SimpleNamespace(estimate=estimate)

    monkeypatch.setattr(continuous, "Kde", with_noise)
    with pytest.raises(AssertionError, match=r"bounds of I: .* should equal"):
        continuous.test_scale(log)
