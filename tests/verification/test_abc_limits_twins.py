"""The errata and extensions about estimates of layers fall where the estimators are other ones."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import Estimate
from ibspec.estimators import Binning, Kde, Width
from verification import information
from verification.errata import test_data_processing_estimates as noisy
from verification.errata import test_estimates_of_maps as maps


@pytest.mark.can_fail("mi.estimator-invariance")
def test_bins_that_see_everything(log, monkeypatch):
    """Cells so fine that nothing is binned do not change with the scale."""
    monkeypatch.setattr(maps, "Width", lambda width: Width(1e-300))
    with pytest.raises(AssertionError, match=r"0\.1, 0\.2 and ten times that, width 1: .* should equal"):
        maps.test_scale_changes_estimates(log)


@pytest.mark.can_fail("mi.estimator-invariance")
def test_noise_taken_for_a_deviation(log, monkeypatch):
    """A variance used as if it were a deviation does not scale along."""
    monkeypatch.setattr(maps, "Kde", lambda noise_variance: Kde(noise_variance=noise_variance**2))
    with pytest.raises(AssertionError, match=r"corrected: turned, shifted, scaled with the noise: .* should"):
        maps.test_scale_changes_estimates(log)


@pytest.mark.can_fail("mi.binned-equals-hx")
def test_printed_form_as_estimator(log, monkeypatch):
    """An estimator that returns H(X), as printed, is told apart from H of the cells."""

    def printed(cells):
        def estimate(t, probe):
            return replace(Binning(cells=cells).estimate(t, probe), i_xt=probe.h_x)

        return SimpleNamespace(estimate=estimate)

    monkeypatch.setattr(maps, "Binning", printed)
    with pytest.raises(AssertionError, match=r"corrected: I is H of the cells: .* should equal"):
        maps.test_binned_information_is_that_of_cells(log)


@pytest.mark.can_fail("mi.binned-equals-hx")
def test_nothing_left_of_x(log, monkeypatch):
    """H(X|g(X)) = 0, as printed."""
    monkeypatch.setattr(maps, "conditional_entropy_bits", lambda labels, given: 0.0)
    with pytest.raises(AssertionError, match=r"I = H\(X\) - H\(X\|cells\): .* should equal"):
        maps.test_binned_information_is_that_of_cells(log)


@pytest.mark.can_fail("dpi.random-weights")
def test_parameters_seen_with_the_layer(log, monkeypatch):
    """An estimator that knows the parameters finds no rise."""

    def knowing(t, probe):
        return Estimate(i_xt=probe.h_x)

    monkeypatch.setattr(noisy, "Binning", lambda cells: SimpleNamespace(estimate=knowing))
    with pytest.raises(AssertionError, match=r"a shared parameter: .* should equal"):
        noisy.test_shared_random_parameters(log)


@pytest.mark.can_fail("dpi.random-weights")
def test_entropy_of_the_layer_for_information(log, monkeypatch):
    """H(T) in place of I(X;T) rises when a layer has random parameters of its own."""
    monkeypatch.setattr(noisy, "information", lambda joint: information.entropy(joint.sum(axis=0)))
    with pytest.raises(AssertionError, match=r"corrected: .*: .* should not exceed"):
        noisy.test_shared_random_parameters(log)


@pytest.mark.can_fail("dpi.kde")
def test_noise_scaled_to_the_layer(log, monkeypatch):
    """Noise in proportion to the spread of the layer: the counterexample goes, contractions break."""

    def relative(noise_variance):
        def estimate(t, probe):
            spread = max(float(np.var(t)), 1e-12)
            return Kde(noise_variance=noise_variance * spread).estimate(t, probe)

        return SimpleNamespace(estimate=estimate)

    monkeypatch.setattr(noisy, "Kde", relative)
    # Either comparison shows it, and the search meets one or the other first.
    wrong_noise = r"(corrected: contraction, \w+ bound|lower bound <= exact): .* should not exceed"
    with pytest.raises(AssertionError, match=wrong_noise):
        noisy.test_noise_added_afterwards(log)


@pytest.mark.can_fail("dpi.kde")
def test_information_without_noise(log, monkeypatch):
    """Noise too small to count: both layers know the whole bit."""
    right = noisy.noisy_information
    monkeypatch.setattr(
        noisy, "noisy_information", lambda distance, variance: right(distance, variance / 1e6)
    )
    with pytest.raises(AssertionError, match=r"exact <= upper bound: .* should not exceed"):
        noisy.test_noise_added_afterwards(log)
