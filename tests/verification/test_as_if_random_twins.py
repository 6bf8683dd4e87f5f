"""The claims about As-If-Random fail on wrong estimates, formulas and nets."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import Probe
from ibspec.estimators import Binning, Width
from verification.errata import test_as_if_random_limits as limits
from verification.findings import test_as_if_random as findings
from verification.late_nets import LateNets
from verification.theory import test_as_if_random as theory
from verification.theory import test_as_if_random_bias as bias
from verification.windows import pairs_by_the_book, single_by_the_book, together


def of_the_last_net(table, probe, under=theory.UNIT):
    """A window of which only the last net is looked at."""
    return together(table[-1:], probe, under)


def labels_of_each_net(table, probe, under=theory.UNIT):
    """Bins numbered anew in each net, by the order in which they appear."""
    anew = [np.unique(row, return_inverse=True)[1][np.argsort(np.argsort(row))] for row in table]
    return together(np.array(anew), probe, under)


def shorter_gap(table, probe, under=theory.UNIT):
    found = together(table, probe, under)
    extras = {name: value / 2 if name.endswith("_given_t") else value for name, value in found.extras.items()}
    return replace(found, extras=extras)


@pytest.mark.can_fail("air.definition")
@pytest.mark.parametrize("wrong", [of_the_last_net, labels_of_each_net])
def test_other_laws(log, monkeypatch, wrong):
    monkeypatch.setattr(theory, "together", wrong)
    with pytest.raises(AssertionError, match=r"by the book: .* should equal"):
        theory.test_all_pairs_of_net_and_row(log)


@pytest.mark.can_fail("air.le-single")
def test_entropy_in_place_of_information(log, monkeypatch):
    """H(T) of all nets is the shortcut for deterministic layers; together it exceeds every single net."""

    def shortcut(table, probe, under=theory.UNIT):
        found = together(table, probe, under)
        return replace(found, i_xt=found.h_t)

    monkeypatch.setattr(theory, "together", shortcut)
    with pytest.raises(AssertionError, match=r"together <= mean of single, x: .* should not exceed"):
        theory.test_more_compression_by_construction(log)


@pytest.mark.can_fail("air.le-single")
def test_half_the_gap(log, monkeypatch):
    monkeypatch.setattr(theory, "together", shorter_gap)
    with pytest.raises(AssertionError, match=r"gap and I\([xy];E\|T\): .* should equal"):
        theory.test_more_compression_by_construction(log)


@pytest.mark.can_fail("air.bounds")
def test_bounds_without_the_nets(log, monkeypatch):
    """Without log2 K there is no room below the mean of single nets."""
    right = np.log2
    monkeypatch.setattr(theory.np, "log2", lambda n: 0.0 * right(n))
    with pytest.raises(AssertionError, match=r"(floor|ceiling): .* should not exceed"):
        theory.test_between_bounds(log)


@pytest.mark.can_fail("air.k1-frozen")
def test_nets_told_apart(log, monkeypatch):
    """Each net with symbols of its own: H(T) then holds log2 K bits that have nothing to do with X."""

    def entropy_of_pairs(table, probe, under=theory.UNIT):
        moved = table + 100 * np.arange(len(table))[:, None]
        found = together(moved, probe, under)
        return replace(found, i_xt=found.h_t)

    monkeypatch.setattr(theory, "together", entropy_of_pairs)
    with pytest.raises(AssertionError, match=r"frozen, and one epoch: .* should equal"):
        theory.test_nothing_random(log)


@pytest.mark.can_fail("air.convexity")
def test_entropy_is_concave(log, monkeypatch):
    """H(T) of a union is at least the mean of its parts."""

    def entropy_of_all(table):
        return together(table.reshape(1, -1), Probe(ids=np.arange(table.size))).h_t

    monkeypatch.setattr(theory, "about_x", entropy_of_all)
    with pytest.raises(AssertionError, match=r"union <= weighted mean: .* should not exceed"):
        theory.test_longer_windows(log)


@pytest.mark.can_fail("air.bias")
def test_nets_that_know_their_inputs(log, monkeypatch):
    """Cells that depend on the input a little: more than chance shows."""

    def knowing(values, nets, rng):
        cells = rng.integers(0, values, (nets, bias.ROWS))
        cells[:, : bias.ROWS // 4] = 0
        return cells

    monkeypatch.setattr(bias, "draw", knowing)
    with pytest.raises(AssertionError, match=r"mean of draws, .* should not exceed"):
        bias.test_few_nets(log)


@pytest.mark.can_fail("air.bias")
def test_formula_for_many_nets(log, monkeypatch):
    """Miller's term in place of the exact expectation."""

    def simple(values, draws):
        return float(np.log2(values)) - (values - 1) / (2 * draws * np.log(2))

    monkeypatch.setattr(bias, "expected_entropy", simple)
    with pytest.raises(AssertionError, match=r"log2 m - E H_K, as printed: .* should equal"):
        bias.test_few_nets(log)


@pytest.mark.can_fail("air.dpi")
def test_mean_of_single_nets_for_the_window(log, monkeypatch):
    """Single nets keep the order of layers; taken for the window, nothing rises."""
    monkeypatch.setattr(limits, "about_x", lambda t: single_by_the_book(t, np.arange(t.shape[1])))
    with pytest.raises(AssertionError, match=r"first and second layer: .* should equal"):
        limits.test_deeper_layers_may_know_more(log)


@pytest.mark.can_fail("air.dpi")
def test_maps_that_look_at_the_input(log, monkeypatch):
    """A layer that sees X once more is no function of the layer before."""

    def seeing(table, maps):
        return np.repeat(np.arange(table.shape[1])[None], len(table), axis=0)

    monkeypatch.setattr(limits, "feed", seeing)
    with pytest.raises(AssertionError, match=r"corrected: mean of single nets: .* should not exceed"):
        limits.test_deeper_layers_may_know_more(log)


def made_up(path_of, monkeypatch, nets=12):
    """Linear layers of one weight each, on whole numbers, with paths that somebody made up."""
    late = findings.WINDOW * findings.WINDOWS
    paths = np.stack([path_of(np.random.default_rng(net), late) for net in range(nets)])
    probe = Probe(x=np.arange(1.0, 65.0)[:, None])
    shapes = ((1, 1), (1,), (1, 1), (1,))
    made = LateNets(paths, shapes, probe, (1.0,) * nets)
    monkeypatch.setattr(findings, "late_nets", lambda *given: made)
    return SimpleNamespace(getoption=lambda name: False)


def walk(rng, late):
    """Steady random steps of all weights."""
    return 1.0 + np.cumsum(0.05 * rng.standard_normal((late, 4)), axis=0)


@pytest.mark.can_fail("air.relu")
def test_nets_that_compress(log, monkeypatch):
    """Noise of the weight grows a hundredfold from the first window to the last, about one and the same mean:
    single epochs stay where they are, and a random walk of the mean step spreads evenly."""

    def path(rng, late):
        weights = np.ones((late, 4))
        size = np.linspace(0.001, 0.2, late)
        weights[:, 0] += size * np.where(np.arange(late) % 2, 1, -1) * rng.uniform(0.8, 1.2, late)
        weights[:, 1] = 0
        return weights

    monkeypatch.setattr(findings, "random_walk", lambda path, rng: np.repeat(path[:1], len(path), axis=0))
    given = made_up(path, monkeypatch)
    findings.test_compression_with_relu(log, given)
    assert log.verdict == "supported"


@pytest.mark.can_fail("air.relu")
def test_nets_that_walk_at_random(log, monkeypatch):
    """Nets that walk at random, and far, show nothing either way: their walks may do anything."""
    given = made_up(walk, monkeypatch)
    findings.test_compression_with_relu(log, given)
    assert log.verdict == "undecided"


@pytest.mark.can_fail("air.relu")
def test_more_than_single_nets(log, monkeypatch):
    """An estimate above the mean of single nets is no As-If-Random."""
    monkeypatch.setattr(
        findings, "pooled", lambda nets, path, width: np.array([[2.0 + path[0, 0]], [1.0 + path[0, 0]]])
    )
    given = made_up(walk, monkeypatch)
    with pytest.raises(AssertionError, match=r"by construction: .* should not exceed"):
        findings.test_compression_with_relu(log, given)


@pytest.mark.can_fail("air.stationarity")
@pytest.mark.parametrize("parameters", [200, 3])
def test_weights_that_diffuse(log, monkeypatch, parameters):
    """Many weights that diffuse are called Brownian; with three of them nets differ too much to tell."""

    def path(rng, late):
        return 50.0 + np.cumsum(rng.standard_normal((late, parameters)), axis=0)

    given = made_up(path, monkeypatch)
    findings.test_brownian_motion_of_weights(log, given)
    assert log.verdict == ("supported" if parameters == 200 else "undecided")


def test_the_book_is_not_the_estimator():
    """The two ways that the claims compare share no code: a wrong table changes one of them."""
    table = np.array([[0, 1, 1], [1, 0, 1]])
    found = together(table, Probe(ids=np.arange(3)), Binning(cells=Width(2.0)))
    assert found.i_xt == 0
    assert pairs_by_the_book(table, np.arange(3)) > 0
