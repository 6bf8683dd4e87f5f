"""The claims about ranks, cells, hashes and copies fall for other estimates."""

from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.estimators import Edge, Gaussian, GaussianCopula, Ksg, Renyi, Width
from verification.errata import test_cells_limits as cells_limits
from verification.errata import test_normal_limits as normal_limits
from verification.theory import test_cells_of_values as cells
from verification.theory import test_products as products
from verification.theory import test_ranks as ranks


@pytest.mark.can_fail("copula.maps")
def test_values_in_place_of_ranks(log, monkeypatch):
    monkeypatch.setattr(ranks, "GaussianCopula", Gaussian)
    with pytest.raises(AssertionError, match=r"rising maps: .* should equal"):
        ranks.test_maps_of_columns(log)


@pytest.mark.can_fail("copula.maps")
def test_rounded_to_four_digits_the_order_is_lost(log, monkeypatch):
    """Ties share a rank, and which values tie depends on the map."""
    right = ranks.ranked
    monkeypatch.setattr(ranks, "ranked", lambda t, x: right(np.round(t, 1), x))
    with pytest.raises(AssertionError, match=r"rising maps: .* should equal"):
        ranks.test_maps_of_columns(log)


@pytest.mark.can_fail("copula.bound")
def test_neighbours_in_place_of_scores(log, monkeypatch):
    """An estimate that stays below what T can tell refutes nothing."""
    monkeypatch.setattr(normal_limits, "GaussianCopula", Ksg)
    with pytest.raises(AssertionError, match=r"scores see the covariance alone: .* should equal"):
        normal_limits.test_two_columns_on_both_sides(log)


@pytest.mark.can_fail("copula.bound")
def test_less_information_than_there_is(log, monkeypatch):
    """The corrected form is tight enough to fall."""
    right = normal_limits.with_uniform_noise
    monkeypatch.setattr(normal_limits, "with_uniform_noise", lambda reach: 0.9 * right(reach))
    with pytest.raises(AssertionError, match=r"corrected: X normal, one column each: .* should not exceed"):
        normal_limits.test_two_columns_on_both_sides(log)


def by_rows(bins):
    """Cells that hold equally many rows, wherever that cuts."""

    def cut(values):
        order = np.argsort(np.argsort(values[:, 0], kind="stable"), kind="stable")
        return (order * bins // len(values))[:, None]

    return SimpleNamespace(cut=cut)


@pytest.mark.can_fail("quantiles.equal-mass")
@pytest.mark.parametrize(
    "other", [by_rows, lambda bins: SimpleNamespace(cut=Width(0.3).cut)], ids=["by rows", "equal width"]
)
def test_other_cells(log, monkeypatch, other):
    monkeypatch.setattr(cells, "Quantiles", other)
    with pytest.raises(AssertionError, match=r"(cells in use|values a cell|one cell a value): .* should"):
        cells.test_equally_many_distinct_values(log)


@pytest.mark.can_fail("quantiles.entropy")
def test_cells_of_equally_many_rows(log, monkeypatch):
    """Were they what quantiles make, the unit at rest would have all the entropy."""
    monkeypatch.setattr(cells_limits, "entropy", lambda values, bins: np.log2(bins))
    with pytest.raises(AssertionError, match=r"a unit that rests half of the time: .* should equal"):
        cells_limits.test_a_unit_at_rest(log)


@pytest.mark.can_fail("quantiles.entropy")
def test_one_cell_too_many(log, monkeypatch):
    """As in the published program, whose largest value has a cell of its own."""
    right = cells_limits.entropy
    monkeypatch.setattr(cells_limits, "entropy", lambda values, bins: right(values, bins + 1))
    with pytest.raises(AssertionError, match=r"corrected: no value twice: .* should equal"):
        cells_limits.test_a_unit_at_rest(log)


@pytest.mark.can_fail("edge.plug-in")
@pytest.mark.parametrize("other", [Edge(gamma=1e-6), Edge(clip=None)], ids=["limits", "wide cells"])
def test_other_constants(log, monkeypatch, other):
    monkeypatch.setattr(cells, "NARROW", other)
    with pytest.raises(AssertionError, match=r"I\(X;T\) and counting: .* should equal"):
        cells.test_hashes_of_symbols(log)


@pytest.mark.can_fail("edge.capacity")
def test_no_limits(log, monkeypatch):
    monkeypatch.setattr(cells_limits, "Edge", lambda gamma, **_: Edge(gamma=gamma, clip=None))
    with pytest.raises(AssertionError, match=r"4096 symbols: .* should equal 10\.0"):
        cells_limits.test_limits_of_a_cell(log)


@pytest.mark.can_fail("edge.capacity")
def test_limits_that_cannot_be_lifted(log, monkeypatch):
    monkeypatch.setattr(cells_limits, "Edge", lambda gamma, **_: Edge(gamma=gamma))
    with pytest.raises(AssertionError, match=r"corrected: 4096 symbols, no limits: .* should equal"):
        cells_limits.test_limits_of_a_cell(log)


@pytest.mark.can_fail("estimates.copies")
@pytest.mark.parametrize(
    "other",
    [Gaussian(), GaussianCopula(), Ksg(), Renyi(alpha=2.0)],
    ids=["excess taken off", "ranks", "counts of neighbours", "widths that grow"],
)
def test_estimates_that_do_not_add(log, monkeypatch, other):
    """Corrections, ties of ranks, ties of distances, and kernels whose width knows of the columns."""
    monkeypatch.setattr(products, "ESTIMATORS", {"another": other})
    with pytest.raises(AssertionError, match=r"another: .* should equal"):
        products.test_pairs_of_rows(log)
