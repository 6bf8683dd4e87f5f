"""The claims about invertible layers fail on wrong maps, matrices, activations and estimators."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

from ibspec.estimators import Binning, Width
from verification import rational
from verification.descent import Problem
from verification.errata import test_invertibility_limits as limits
from verification.errata import test_invertibility_matrix_limits as matrix_limits
from verification.networks import RealNetwork
from verification.theory import test_invertibility as maps
from verification.theory import test_invertibility_activations as activations
from verification.theory import test_invertibility_matrices as matrices


def estimating(change):
    """An estimator of exact integer activity whose estimates are changed."""

    def estimate(t, probe):
        found = Binning(cells=Width(1.0)).estimate(t, probe)
        return replace(found, **change(found, probe))

    return SimpleNamespace(estimate=estimate)


@pytest.mark.can_fail("invert.zero-map")
def test_layer_that_is_not_constant(log, monkeypatch):
    """`np.full` with one value changed gives a layer that tells one input from the rest."""
    right = np.full

    def spoilt(shape, value):
        t = right(shape, value)
        t[0] += 5.0
        return t

    monkeypatch.setattr(maps, "np", SimpleNamespace(**{**vars(np), "full": spoilt}))
    with pytest.raises(AssertionError, match=r"I of (cells|kernels): .* should equal"):
        maps.test_constant_layer(log)


@pytest.mark.can_fail("invert.cardinality")
def test_bits_that_overlap(log, monkeypatch):
    """Both columns written to the same places: rows do not come back."""
    monkeypatch.setattr(maps, "interleave", lambda words: words.astype(np.int64).sum(axis=1))
    with pytest.raises(AssertionError, match=r"rows that do not come back: .* should equal 0"):
        maps.test_one_unit_carries_all(log)


@pytest.mark.can_fail("invert.cardinality")
def test_unit_that_jumps(log, monkeypatch):
    """A unit that is not continuous need not merge opposite points."""

    def jumping(network, x):
        yield np.sign(x[:, :1] + 1e-3 * x[:, 1:]) + 0.1

    monkeypatch.setattr(RealNetwork, "activities", jumping)
    with pytest.raises(AssertionError, match=r"continuous, two points 2 apart: .* should equal 0"):
        maps.test_one_unit_carries_all(log)


@pytest.mark.can_fail("invert.narrow-finite")
def test_whole_weights(log, monkeypatch):
    right = maps.multiply_exactly
    monkeypatch.setattr(maps, "multiply_exactly", lambda x, w: right(x, np.sign(w)))
    with pytest.raises(AssertionError, match=r"distinct sums, exactly: .* should equal"):
        maps.test_one_random_unit_keeps_all(log)


@pytest.mark.can_fail("invert.narrow-finite")
def test_coarse_cells(log, monkeypatch):
    monkeypatch.setattr(maps, "UNBINNED", Binning(cells=Width(0.5)))
    with pytest.raises(AssertionError, match=r"I\(X;T\) and H\(X\): .* should equal"):
        maps.test_one_random_unit_keeps_all(log)


@pytest.mark.can_fail("invert.no-compression-implies-plane-trivial")
def test_estimator_that_loses(log, monkeypatch):
    less = estimating(lambda found, probe: {"i_ty": found.i_ty * 0.9})
    monkeypatch.setattr(maps, "EXACT", less)
    with pytest.raises(AssertionError, match=r"I\(T;Y\) and I\(X;Y\): .* should equal"):
        maps.test_plane_is_one_point(log)


@pytest.mark.can_fail("invert.no-compression-implies-plane-trivial")
def test_chain_that_merges(log, monkeypatch):
    merging = st.just((np.array([0, 1]), np.array([0, 1]), [np.array([0, 0])]))
    monkeypatch.setattr(maps, "faithful_chains", lambda: merging)
    with pytest.raises(AssertionError, match=r"H\(X\|T\) at the top: 1\.0 should equal 0\.0"):
        maps.test_plane_is_one_point(log)


@pytest.mark.can_fail("invert.layer-iff-matrix")
def test_relu_in_the_list(log, monkeypatch):
    """Relu is not strictly increasing: an injective matrix does not save the layer."""
    monkeypatch.setattr(matrices, "ACTIVATIONS", {"softsign": (lambda z: max(z, Fraction(0)), None)})
    with pytest.raises(AssertionError, match="an injective M must keep inputs apart"):
        matrices.test_layer_and_matrix(log)


@pytest.mark.can_fail("invert.layer-iff-matrix")
def test_wrong_rank(log, monkeypatch):
    monkeypatch.setattr(rational, "rank", lambda matrix: min(len(matrix), len(matrix[0])))
    with pytest.raises(AssertionError, match="if and only if its kernel is 0"):
        matrices.test_layer_and_matrix(log)


@pytest.mark.can_fail("invert.activations")
def test_slope_zero(log, monkeypatch):
    monkeypatch.setattr(activations, "leaky", lambda x: max(x, Decimal(0)))
    with pytest.raises(AssertionError, match="must increase"):
        activations.test_activations_increase(log)


@pytest.mark.can_fail("invert.activations")
def test_saturation_too_early(log, monkeypatch):
    monkeypatch.setattr(activations, "first_one", lambda function, dtype, high: 1.0)
    with pytest.raises(AssertionError, match=r"least x with tanh = 1: .* should not exceed 1\.0"):
        activations.test_activations_increase(log)


@pytest.mark.can_fail("invert.relu-collision")
def test_activity_that_never_dies(log, monkeypatch):
    """The absolute value in place of relu: nothing is dead, nothing collides."""
    apart = SimpleNamespace(**{**vars(np), "maximum": lambda z, least: np.abs(z)})
    monkeypatch.setattr(activations, "np", apart)
    with pytest.raises(AssertionError, match=r"collision without death, or the other way: .* should equal"):
        activations.test_relu_collisions(log)


@pytest.mark.can_fail("invert.relu-collision")
def test_law_of_another_angle(log, monkeypatch):
    """Pi taken for 3: the angle's share is off by more than the simulation can be."""
    monkeypatch.setattr(activations, "np", SimpleNamespace(**{**vars(np), "pi": 3.0}))
    with pytest.raises(AssertionError, match=r"angle .* units: .* should equal"):
        activations.test_relu_collisions(log)


@pytest.mark.can_fail("invert.det-criterion")
def test_permanent_for_determinant(log, monkeypatch):
    """The product of the diagonal is no determinant."""
    monkeypatch.setattr(
        rational, "determinant", lambda matrix: np.prod([matrix[i][i] for i in range(len(matrix))])
    )
    with pytest.raises(AssertionError, match="although the determinant is"):
        matrices.test_determinant_decides(log)


@pytest.mark.can_fail("invert.random-matrix")
def test_entries_with_atoms(log, monkeypatch):
    """Draws rounded to whole numbers have no density."""
    right = rational.rank
    monkeypatch.setattr(rational, "rank", lambda matrix: right(np.rint(matrix).tolist()))
    with pytest.raises(AssertionError, match=r"rank missing: .* should equal 0"):
        matrices.test_random_matrix(log)


@pytest.mark.can_fail("invert.random-matrix")
def test_share_of_regular_matrices(log, monkeypatch):
    right = matrices.singular_share
    monkeypatch.setattr(matrices, "singular_share", lambda size, values: 1 - right(size, values))
    with pytest.raises(AssertionError, match=r"2 x 2, bits: .* should equal 0\.625"):
        matrices.test_random_matrix(log)


@pytest.mark.can_fail("invert.composition")
def test_every_map_looked_at_everywhere(log, monkeypatch):
    """The print itself in place of the repair."""

    def printed(functions, points):
        return all(limits.injective(function, range(len(function))) for function in functions)

    monkeypatch.setattr(limits, "repaired", printed)
    with pytest.raises(AssertionError, match="of 72 chains 2-3-2"):
        limits.test_composition(log)


@pytest.mark.can_fail("invert.eq6")
def test_print_for_correction(log, monkeypatch):
    monkeypatch.setattr(limits, "corrected_compression", limits.printed_compression)
    with pytest.raises(AssertionError, match="what reaches a layer must decide"):
        limits.test_collision_of_network_inputs(log)


@pytest.mark.can_fail("invert.eq6")
def test_print_that_is_right(log, monkeypatch):
    """Were the print to see what reaches each layer, the erratum would fall."""
    monkeypatch.setattr(limits, "printed_compression", limits.corrected_compression)
    with pytest.raises(AssertionError, match="of 729 chains, wrong"):
        limits.test_collision_of_network_inputs(log)


@pytest.mark.can_fail("invert.recap")
def test_nothing_is_ever_lost(log, monkeypatch):
    """An estimator that always finds H(X) shows no compression."""
    monkeypatch.setattr(limits, "EXACT", estimating(lambda found, probe: {"i_xt": probe.h_x}))
    with pytest.raises(AssertionError, match=r"corrected: .* bits, injective is False"):
        limits.test_concrete_parameters_compress(log)


@pytest.mark.can_fail("invert.float-rounding")
def test_half_precision_without_rounding(log, monkeypatch):
    monkeypatch.setattr(limits, "np", SimpleNamespace(**{**vars(np), "float16": np.float64}))
    with pytest.raises(AssertionError, match=r"values lost in float16: 1 should not exceed 0"):
        limits.test_rounding_merges(log)


@pytest.mark.can_fail("invert.det-range")
def test_some_entry_for_a_matching(log, monkeypatch):
    monkeypatch.setattr(matrix_limits, "has_matching", lambda mask: bool(np.any(mask)))
    with pytest.raises(AssertionError, match="det is 0 where it is the zero polynomial"):
        matrix_limits.test_range_says_nothing(log)


@pytest.mark.can_fail("invert.sgd-matrix")
def test_random_start_for_constant(log, monkeypatch):
    """From a random start the columns differ, and the counterexample goes."""
    random = Problem.random((3, 3, 1), samples=12, activation="tanh", seed=9).start
    right = matrix_limits.descend
    monkeypatch.setattr(matrix_limits, "descend", lambda problem, theta, **way: right(problem, random, **way))
    with pytest.raises(AssertionError, match=r"spread of columns, full batch: .* should equal"):
        matrix_limits.test_descent_may_keep_matrices_singular(log)


@pytest.mark.can_fail("invert.sgd-matrix")
def test_tied_weights_from_a_random_start(log, monkeypatch):
    """An update that ties two columns loses the density."""

    def tying(problem, theta, rate, steps, batches):
        after = right(problem, theta, rate, steps, batches)
        after[0][:, 0] = after[0][:, 1]
        return after

    right = matrix_limits.descend
    monkeypatch.setattr(matrix_limits, "descend", tying)
    with pytest.raises(AssertionError, match="corrected: least singular value"):
        matrix_limits.test_descent_may_keep_matrices_singular(log)
