"""The claims about noisy and quantised nets fall where noise, bounds or codes are other ones."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ibspec.estimators import Binning, Exact, Kde, SamplePropagation
from verification.errata import test_quantised_limits as limits
from verification.theory import test_propagation as propagation
from verification.theory import test_quantised_nets as nets


@pytest.mark.can_fail("propagation.between")
@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_another_noise_than_the_bounds_have(log, monkeypatch, factor):
    monkeypatch.setattr(
        propagation,
        "SamplePropagation",
        lambda sigma, draws: SamplePropagation(sigma=factor * sigma, draws=draws),
    )
    with pytest.raises(AssertionError, match=r"line: estimate and mean: .* should equal"):
        propagation.test_between_the_bounds(log)


@pytest.mark.can_fail("propagation.between")
@pytest.mark.parametrize(("factor", "side"), [(4.0, "mean <= upper"), (0.2, "lower <= mean")])
def test_bounds_of_another_noise(log, monkeypatch, factor, side):
    monkeypatch.setattr(
        propagation, "Kde", lambda noise_variance: Kde(noise_variance=factor * noise_variance)
    )
    with pytest.raises(AssertionError, match=rf"line: {side}: .* should not exceed"):
        propagation.test_between_the_bounds(log)


@pytest.mark.can_fail("propagation.between")
def test_a_bandwidth_in_place_of_the_variance(log, monkeypatch):
    """The standard deviation handed on as a variance, in estimate and bounds alike."""
    monkeypatch.setattr(propagation, "Kde", lambda noise_variance: Kde(noise_variance=noise_variance**0.5))
    monkeypatch.setattr(
        propagation,
        "SamplePropagation",
        lambda sigma, draws: SamplePropagation(sigma=sigma**0.5, draws=draws),
    )
    with pytest.raises(AssertionError, match=r"line: .* should"):
        propagation.test_between_the_bounds(log)


def altered(change):
    """Exact, whose estimate goes through `change`."""
    return lambda: SimpleNamespace(estimate=lambda t, probe: change(Exact().estimate(t, probe)))


@pytest.mark.can_fail("exact.processing")
def test_cells_in_place_of_codes(log, monkeypatch):
    monkeypatch.setattr(nets, "Exact", lambda: Binning(cells=limits.COARSE))
    with pytest.raises(AssertionError, match=r"I\((X;T|T;Y)\) does not rise: .* should not exceed"):
        nets.test_codes_along_the_layers(log)


@pytest.mark.can_fail("exact.processing")
def test_information_on_labels_that_is_an_entropy(log, monkeypatch):
    """H(T) reported for I(T;Y): more than the labels have."""
    monkeypatch.setattr(nets, "Exact", altered(lambda found: replace(found, i_ty=found.h_t)))
    with pytest.raises(AssertionError, match=r"I\(T;Y\) <= both: .* should not exceed"):
        nets.test_codes_along_the_layers(log)


@pytest.mark.can_fail("exact.cut-again")
def test_cells_that_are_codes(log, monkeypatch):
    """Were cells as good as codes there would be no counterexample."""
    monkeypatch.setattr(limits, "Binning", lambda cells: Exact())
    with pytest.raises(AssertionError, match=r"cells of the two layers: .* should equal"):
        limits.test_cells_on_top_of_levels(log)


@pytest.mark.can_fail("exact.cut-again")
def test_codes_that_are_cells(log, monkeypatch):
    monkeypatch.setattr(limits, "Exact", lambda: Binning(cells=limits.THIRTY))
    with pytest.raises(AssertionError, match=r"corrected: codes do not rise: .* should not exceed"):
        limits.test_cells_on_top_of_levels(log)
