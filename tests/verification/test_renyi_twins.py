"""The claims about matrix-based entropies fall where the entropies are other ones."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ibspec.estimators.renyi import Renyi
from verification.errata import test_renyi_limits as limits
from verification.theory import test_renyi as bounds


def altered(change):
    """An estimator like ours, whose estimate goes through `change(estimate, probe)`."""

    def build(**fields):
        own = Renyi(**fields)
        return SimpleNamespace(estimate=lambda t, probe: change(own.estimate(t, probe), probe))

    return build


@pytest.mark.can_fail("renyi.bounds")
def test_trace_that_is_not_one(log, monkeypatch):
    """Entropies of the kernel matrix itself, not divided by n."""

    def change(estimate, probe):
        lift = math.log2(probe.samples)
        return replace(estimate, extras={k: v + lift for k, v in estimate.extras.items()})

    monkeypatch.setattr(bounds, "Renyi", altered(change))
    with pytest.raises(AssertionError, match=r"S <= log2 n: .* should not exceed"):
        bounds.test_bounds(log)


@pytest.mark.can_fail("renyi.bounds")
def test_mean_in_place_of_a_product(log, monkeypatch):
    """A joint entropy that is a mean of the two lies below the larger one."""

    def change(estimate, probe):
        extras = dict(estimate.extras)
        return replace(estimate, extras=extras | {"s_xt": (extras["s_x"] + extras["s_t"]) / 2})

    monkeypatch.setattr(bounds, "Renyi", altered(change))
    with pytest.raises(AssertionError, match=r"max\(S\(A\), S\(B\)\) <= S\(A,B\): .* should not exceed"):
        bounds.test_bounds(log)


@pytest.mark.can_fail("renyi.bounds")
def test_another_order_for_order_one(log, monkeypatch):
    """Order 2 in the place of order 1: information falls below zero."""
    monkeypatch.setattr(
        bounds, "Renyi", lambda alpha, width: Renyi(alpha=2.0 if alpha == 1.0 else alpha, width=width)
    )
    with pytest.raises(AssertionError, match=r"0 <= I, order 1: .* should not exceed"):
        bounds.test_bounds(log)


@pytest.mark.can_fail("renyi.subadditivity")
def test_order_one_under_every_name(log, monkeypatch):
    """Von Neumann's entropy whatever the order: there is no counterexample."""
    monkeypatch.setattr(limits, "Renyi", lambda alpha, width: Renyi(alpha=1.0, width=width))
    with pytest.raises(AssertionError, match=r"order 2 of the clusters .* should equal"):
        limits.test_information_below_zero(log)


@pytest.mark.can_fail("renyi.subadditivity")
def test_information_that_is_clipped(log, monkeypatch):
    """An estimator that hides what is below zero."""
    monkeypatch.setattr(
        limits, "Renyi", altered(lambda estimate, probe: replace(estimate, i_xt=max(0.0, estimate.i_xt)))
    )
    with pytest.raises(AssertionError, match=r"order 2 of the clusters .* should equal"):
        limits.test_information_below_zero(log)


@pytest.mark.can_fail("renyi.subadditivity")
def test_order_two_under_every_name(log, monkeypatch):
    """Order 2 whatever the order: the corrected form fails too."""
    monkeypatch.setattr(limits, "Renyi", lambda alpha, width: Renyi(alpha=2.0, width=width))
    with pytest.raises(AssertionError, match=r"corrected: 0 <= I at order 1: .* should not exceed"):
        limits.test_information_below_zero(log)
