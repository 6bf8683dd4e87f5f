"""The claims about neighbours fall where counts, constants or maps are other ones."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from scipy.stats import rankdata

from ibspec.estimators import Ksg
from ibspec.estimators.neighbours.local_fit import local_entropies
from verification.errata import test_neighbour_limits as limits
from verification.theory import test_neighbour_counts as counts


def altered(change):
    """Counts of neighbours whose estimate goes through `change`."""

    def build(**fields):
        own = Ksg(**fields)
        return SimpleNamespace(estimate=lambda t, probe: change(own.estimate(t, probe)))

    return build


@pytest.mark.can_fail("ksg.ceiling")
def test_a_little_too_much(log, monkeypatch):
    """As where the row itself is not counted."""
    monkeypatch.setattr(counts, "Ksg", altered(lambda found: replace(found, i_xt=found.i_xt + 0.5)))
    with pytest.raises(AssertionError, match=r"(I\(X;T\) <= psi\(N\) - psi\(k\)|at the ceiling): .* should"):
        counts.test_ceiling(log)


@pytest.mark.can_fail("ksg.ceiling")
def test_a_little_too_much_on_classes(log, monkeypatch):
    monkeypatch.setattr(counts, "Ksg", altered(lambda found: replace(found, i_ty=(found.i_ty or 0) + 2.0)))
    with pytest.raises(AssertionError, match=r"I\(T;Y\) <= psi\(N\) - mean psi\(N_y\): .* should not exceed"):
        counts.test_ceiling(log)


@pytest.mark.can_fail("ksg.ceiling")
def test_the_second_variant(log, monkeypatch):
    """It ends 1/k nats lower."""
    monkeypatch.setattr(counts, "Ksg", lambda neighbours=3: Ksg(neighbours=neighbours, variant=2))
    with pytest.raises(AssertionError, match=r"T = X is at the ceiling: .* should equal"):
        counts.test_ceiling(log)


@pytest.mark.can_fail("ksg.maps")
def test_ranks_in_place_of_values(log, monkeypatch):
    """Counts that rising maps do not change."""
    right = limits.counted
    monkeypatch.setattr(limits, "counted", lambda x, t: right(rankdata(x, axis=0), rankdata(t, axis=0)))
    with pytest.raises(AssertionError, match=r"I\(X;T\) by counts: .* should differ"):
        limits.test_rising_maps(log)


@pytest.mark.can_fail("ksg.maps")
def test_columns_as_they_come(log, monkeypatch):
    """Not standardised, columns times numbers of their own are other columns."""
    monkeypatch.setattr(limits, "Ksg", lambda: Ksg(standardise=False))
    with pytest.raises(AssertionError, match=r"corrected: columns times powers of two: .* should equal"):
        limits.test_rising_maps(log)


@pytest.mark.can_fail("lnn.nearest")
def test_bias_left_in(log, monkeypatch):
    """As in the authors' program."""
    monkeypatch.setattr(counts, "bias", lambda *_: 0.0)
    with pytest.raises(AssertionError, match=r"fit and balls: .* should equal"):
        counts.test_flat_fit_to_one_neighbour(log)


@pytest.mark.can_fail("lnn.nearest")
def test_a_sloping_fit(log, monkeypatch):
    monkeypatch.setattr(counts, "local_entropies", lambda rows, k, m, order: local_entropies(rows, k, m, 1))
    with pytest.raises(AssertionError, match=r"fit and balls: .* should equal"):
        counts.test_flat_fit_to_one_neighbour(log)


@pytest.mark.can_fail("lnn.nearest")
def test_cubes_in_place_of_balls(log, monkeypatch):
    """The constant of a cube, off by the ratio of the volumes."""
    right = counts.by_balls
    monkeypatch.setattr(counts, "by_balls", lambda rows: right(rows) + 0.1 * (rows.shape[1] - 1))
    with pytest.raises(AssertionError, match=r"fit and balls: .* should equal"):
        counts.test_flat_fit_to_one_neighbour(log)
