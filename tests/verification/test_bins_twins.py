"""The claims about cells, discrete activity and edges fail on wrong ones."""

from dataclasses import replace

import numpy as np
import pytest

from ibspec.estimators import Width
from verification.findings import test_bin_edges as edges
from verification.theory import test_bins as bins


@pytest.mark.can_fail("bin.dependence")
def test_cells_that_make_no_difference(log, monkeypatch):
    right = bins.measured
    monkeypatch.setattr(bins, "measured", lambda rows, cells, y=None: right(rows, Width(0.5), y))
    with pytest.raises(AssertionError, match=r"(a single cell|finest cells): .* should equal"):
        bins.test_bins_decide(log)


@pytest.mark.can_fail("bin.refinement")
def test_more_cells_that_are_coarser(log, monkeypatch):
    right = bins.even
    monkeypatch.setattr(bins, "even", lambda cells, *ends: right(max(1, 80 // cells), *ends))
    with pytest.raises(AssertionError, match=r"(H\(T\)|I\(T;Y\)), halved cells: .* should not exceed"):
        bins.test_nested_cells(log)


@pytest.mark.can_fail("bin.refinement")
def test_edges_that_go_away(log, monkeypatch):
    """Only the upper half of the edges is used, so that added ones push old ones out."""

    class Forgetful:
        def __getattr__(self, name):
            return getattr(np, name)

        @staticmethod
        def digitize(rows, some):
            return np.digitize(rows, some[len(some) // 2 :])

    monkeypatch.setattr(bins, "np", Forgetful())
    with pytest.raises(AssertionError, match=r"H\(T\), added edges: .* should not exceed"):
        bins.test_nested_cells(log)


@pytest.mark.can_fail("bin.cap")
def test_cells_finer_than_said(log, monkeypatch):
    right = bins.measured
    monkeypatch.setattr(bins, "measured", lambda rows, cells, y=None: right(rows, Width(1e-300), y))
    with pytest.raises(AssertionError, match=r"H\(T\) and its cap: .* should not exceed"):
        bins.test_cells_cap(log)


@pytest.mark.can_fail("quant.straightforward")
def test_codes_that_differ_from_row_to_row(log, monkeypatch):
    right = bins.levels_of

    def flickering(t, levels):
        return right(t, levels) + np.arange(len(t))[:, None]

    monkeypatch.setattr(bins, "levels_of", flickering)
    with pytest.raises(AssertionError, match=r"I\(X;T\) and H\(T\): .* should equal"):
        bins.test_discrete_activity(log)


@pytest.mark.can_fail("quant.straightforward")
def test_estimate_in_nats(log, monkeypatch):
    class InNats:
        def __init__(self, cells):
            self.right = right(cells=cells)

        def estimate(self, t, probe):
            found = self.right.estimate(t, probe)
            return replace(found, i_xt=found.i_xt * np.log(2), h_t=found.h_t * np.log(2))

    right = bins.Binning
    monkeypatch.setattr(bins, "Binning", InNats)
    with pytest.raises(AssertionError, match=r"I\(X;T\), joint law: .* should equal"):
        bins.test_discrete_activity(log)


@pytest.mark.can_fail("bin.range")
def test_edges_that_do_not_move(log, monkeypatch):
    monkeypatch.setattr(edges, "top_of_epoch", edges.top_of_run)
    with pytest.raises(AssertionError, match=r"growth alone, edges that grow along: .* should equal"):
        edges.test_edges_of_each_epoch(log)


@pytest.mark.can_fail("bin.range")
def test_activity_that_does_not_grow(log, monkeypatch):
    """Nothing to find in a network that stays as it is."""

    def untrained(seed):
        rng = np.random.default_rng(seed)
        return [[rng.uniform(size=(4096, units)) for units in (8, 5, 3)]] * 2

    monkeypatch.setattr(edges, "trained", untrained)
    with pytest.raises(AssertionError, match=r"fixed and moving edges: .* should differ"):
        edges.test_edges_of_each_epoch(log)


@pytest.mark.can_fail("bin.range")
def test_trend_that_does_not_turn(log, monkeypatch):
    """More information with any edges: the sign of the trend stays."""

    def spreading(seed):
        rng = np.random.default_rng(seed)
        first, last = (np.abs(rng.standard_normal((4096, 3))) for _ in range(2))
        return [[np.round(3 * first) / 30], [3 * last]]

    monkeypatch.setattr(edges, "trained", spreading)
    with pytest.raises(AssertionError, match=r"gain information with one kind of edges and lose it"):
        edges.test_edges_of_each_epoch(log)
