"""The claims about the law of a data set fail on wrong laws, routines and estimators."""

from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import Estimate
from verification import information
from verification.theory import test_empirical_law as law


@pytest.mark.can_fail("setup.rxy")
def test_uniform_over_distinct_rows(log, monkeypatch):
    """Distinct inputs equally likely, in place of rows: another law."""

    def of_distinct_inputs(t, probe):
        rows = np.unique(probe.ids, return_index=True)[1]
        cells = law.group_rows(t)[rows]
        i_ty = information.information(information.empirical(cells, probe.y[rows]))
        return Estimate(i_xt=law.entropy_bits(cells), i_ty=i_ty)

    monkeypatch.setattr(law, "EXACT", SimpleNamespace(estimate=of_distinct_inputs))
    with pytest.raises(AssertionError, match=r"I\(T;Y\) of the routine's law: .* should equal"):
        law.test_law_of_the_routine(log)


@pytest.mark.can_fail("setup.rxy")
def test_index_that_is_not_uniform(log, monkeypatch):
    right = law.rxy

    class Skewed:
        def __init__(self, rng):
            self._rng = rng

        def integers(self, low, high, draws):
            return self._rng.integers(low, high, (2, draws)).max(axis=0)

    def skewed(network, rng, draws):
        return right(network, rng if isinstance(rng, law.EachIndex) else Skewed(rng), draws)

    monkeypatch.setattr(law, "rxy", skewed)
    with pytest.raises(AssertionError, match=r"frequency of a triple: .* should not exceed 5\.0"):
        law.test_law_of_the_routine(log)


@pytest.mark.can_fail("setup.estimate-vs-exact")
def test_estimator_that_corrects_its_bias(log, monkeypatch):
    """A correction by n is no function of the empirical law."""
    right = law.EXACT

    def corrected(t, probe):
        return Estimate(i_xt=right.estimate(t, probe).i_xt - 1 / len(t))

    monkeypatch.setattr(law, "EXACT", SimpleNamespace(estimate=corrected))
    with pytest.raises(AssertionError, match=r"empirical law: .* should equal"):
        law.test_exact_for_which_law(log)


@pytest.mark.can_fail("setup.estimate-vs-exact")
def test_bias_of_one_degree_of_freedom_more(log, monkeypatch):
    """A bias of another size than (a - 1)(b - 1) / (2n ln 2)."""
    right = law.mean_plug_in_entropy
    monkeypatch.setattr(law, "mean_plug_in_entropy", lambda p, n: right(p, n) + 1 / (2 * n * np.log(2)))
    with pytest.raises(AssertionError, match=r"mean for independent variables, first order: .* should equal"):
        law.test_exact_for_which_law(log)


@pytest.mark.can_fail("pseudo.mi-figure")
def test_slices_without_weights(log, monkeypatch):
    """The routine as printed in the sources for a slice, weight and all left out."""

    def unweighted(x, y):
        return sum(law.entropy_bits(x[y == value]) for value in np.unique(y))

    monkeypatch.setattr(law, "conditional_entropy_bits", unweighted)
    with pytest.raises(AssertionError, match=r"I of the cut pair: .* should equal"):
        law.test_routine_for_a_pair(log)


@pytest.mark.can_fail("pseudo.mi-figure")
def test_cells_that_are_no_function(log, monkeypatch):
    """Cells that depend on the row and not on the value alone create information."""

    class Rows:
        label = "row numbers"

        def cut(self, values):
            return np.arange(len(values))[:, None]

    monkeypatch.setattr(law, "Width", lambda width: Rows())
    with pytest.raises(AssertionError, match=r"I\(Xb;Yb\) <= I\(X;Y\): .* should not exceed"):
        law.test_routine_for_a_pair(log)


@pytest.mark.can_fail("mi.compression-equivalence")
def test_information_that_loses_nothing(log, monkeypatch):
    monkeypatch.setattr(law, "information", lambda joint: information.entropy(information.first(joint)))
    with pytest.raises(AssertionError, match=r"H\(X\) - I\(X;T\) = .*, two inputs in one T: True"):
        law.test_compression_is_remaining_uncertainty(log)


@pytest.mark.can_fail("mi.compression-equivalence")
def test_uncertainty_about_the_layer(log, monkeypatch):
    """H(T|X) in place of H(X|T)."""
    monkeypatch.setattr(law, "conditional", lambda joint: information.conditional(joint.T))
    with pytest.raises(AssertionError, match=r"H\(X\|T\)(: .* should equal| = .*, two inputs in one T)"):
        law.test_compression_is_remaining_uncertainty(log)
