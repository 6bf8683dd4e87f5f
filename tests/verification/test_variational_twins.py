"""The claims about neural bounds fall for other formulas."""

from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import Estimate
from ibspec.estimators.variational import DonskerVaradhan, OneAmongMany, ShiftedRatio
from verification.errata import test_variational_limits as limits
from verification.theory import test_variational_bounds as bounds


@pytest.mark.can_fail("info-nce.cap")
def test_partner_left_out(log, monkeypatch):
    """Means over the others alone have no cap."""
    right = bounds.log_mean

    def others_only(scores, weights=None):
        return right(np.where(np.eye(len(scores), dtype=bool), -1e9, scores), weights)

    monkeypatch.setattr(bounds, "log_mean", others_only)
    with pytest.raises(AssertionError, match=r"InfoNCE <= ln B: .* should not exceed"):
        bounds.test_cap(log)


@pytest.mark.can_fail("info-nce.cap")
def test_an_estimator_beyond_its_batch(log, monkeypatch):
    estimate = lambda t, probe, rng: Estimate(i_xt=4.2)  # noqa: E731
    monkeypatch.setattr(bounds, "SMALL", SimpleNamespace(batch=16, estimate=estimate))
    with pytest.raises(AssertionError, match=r"T = X, trained: at most log2 B: .* should not exceed"):
        bounds.test_cap(log)


@pytest.mark.can_fail("variational.order")
def test_a_mean_of_logarithms(log, monkeypatch):
    """Normalised row by row it is another bound."""
    monkeypatch.setattr(bounds, "DonskerVaradhan", lambda averaging: OneAmongMany())
    with pytest.raises(AssertionError, match=r"NWJ = DV where E_q e\^s = 1: .* should equal"):
        bounds.test_order(log)


@pytest.mark.can_fail("variational.order")
def test_exchanged(log, monkeypatch):
    monkeypatch.setattr(bounds, "DonskerVaradhan", lambda averaging: ShiftedRatio())
    monkeypatch.setattr(bounds, "ShiftedRatio", lambda: DonskerVaradhan(0.0))
    with pytest.raises(AssertionError, match=r"NWJ <= DV: .* should not exceed"):
        bounds.test_order(log)


@pytest.mark.can_fail("variational.order")
def test_a_shift_too_many(log, monkeypatch):
    """1 + E_p s - E_q e^s / e is none of the two."""
    right = bounds.value

    def shifted(objective, own, others):
        return right(objective, own, np.asarray(others) - isinstance(objective, ShiftedRatio))

    monkeypatch.setattr(bounds, "value", shifted)
    with pytest.raises(AssertionError, match=r"NWJ <= DV: .* should not exceed"):
        bounds.test_order(log)


@pytest.mark.can_fail("mine.bound")
def test_unbiased_means(log, monkeypatch):
    """Were its means like those of NWJ, there would be no counterexample."""
    monkeypatch.setattr(limits, "DonskerVaradhan", lambda averaging: ShiftedRatio())
    with pytest.raises(AssertionError, match=r"DV is too large by -E ln of a mean: .* should equal"):
        limits.test_donsker_varadhan_of_samples(log)


@pytest.mark.can_fail("mine.bound")
def test_corrected_form_that_is_not(log, monkeypatch):
    monkeypatch.setattr(limits, "ShiftedRatio", lambda: DonskerVaradhan(0.0))
    with pytest.raises(AssertionError, match=r"corrected: NWJ, whose means are unbiased: .* should equal"):
        limits.test_donsker_varadhan_of_samples(log)
