"""The claims about the entropy of labels fail on wrong labels, laws and formulas."""

from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import Estimate, Probe
from verification.theory import test_information_of_labels as labels


@pytest.mark.can_fail("entropy.hy-1")
def test_label_entropy_taken_for_granted(log, monkeypatch):
    """H(Y) = 1 written down instead of counted."""
    monkeypatch.setattr(labels, "Probe", lambda y: SimpleNamespace(h_y=1.0))
    with pytest.raises(AssertionError, match=r"H\(Y\) and h2\(q\): 1\.0 should equal"):
        labels.test_one_bit_of_label(log)


@pytest.mark.can_fail("entropy.hy-1")
def test_published_task_made_balanced(log, monkeypatch):
    """Were the published labels balanced, nothing would be broken."""
    monkeypatch.setattr(labels, "symmetric_labels", lambda: np.repeat(np.array([0, 1]), 2048))
    with pytest.raises(AssertionError, match=r"published labels: 1\.0 should equal 0\.999157"):
        labels.test_one_bit_of_label(log)


@pytest.mark.can_fail("mi.ixy-labels")
def test_contradicting_labels_not_seen(log, monkeypatch):
    """A probe to which every row is another input finds I(X;Y) = H(Y) always."""

    class Blind(Probe):
        @property
        def i_xy(self):
            return self.h_y

    monkeypatch.setattr(labels, "Probe", Blind)
    with pytest.raises(AssertionError, match=r"H\(Y\) - H\(Y\|X\): .* should equal"):
        labels.test_information_in_the_inputs(log)


@pytest.mark.can_fail("mi.ixy-labels")
def test_layer_that_knows_the_label(log, monkeypatch):
    leaking = SimpleNamespace(estimate=lambda t, probe: Estimate(i_ty=probe.h_y))
    monkeypatch.setattr(labels, "EXACT", leaking)
    with pytest.raises(AssertionError, match=r"I\(T;Y\) <= I\(X;Y\): .* should not exceed"):
        labels.test_information_in_the_inputs(log)


@pytest.mark.can_fail("entropy.mnist-labels")
def test_eleven_classes(log, monkeypatch):
    """One class too many leaves the bound."""
    monkeypatch.setattr(labels, "count_vectors", lambda most_symbols: labels.st.just(np.full(11, 4)))
    with pytest.raises(AssertionError, match=r"H\(Y\) <= log2 10: .* should not exceed"):
        labels.test_entropy_of_ten_classes(log)


@pytest.mark.can_fail("entropy.mnist-labels")
def test_mean_without_bias(log, monkeypatch):
    """The entropy of the law in place of the mean over samples of it."""
    monkeypatch.setattr(labels, "mean_plug_in_entropy", lambda law, draws: labels.entropy(law))
    with pytest.raises(AssertionError, match=r"first order and exact mean: .* should equal"):
        labels.test_entropy_of_ten_classes(log)
