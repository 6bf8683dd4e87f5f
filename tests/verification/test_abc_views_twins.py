"""The claims about channels and about the cap fail on wrong means, estimators and noise."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import mean_estimate
from ibspec.estimators import Kde
from verification.theory import test_data_processing_views as views


@pytest.mark.can_fail("dpi.mean-method")
def test_sum_over_channels(log, monkeypatch):
    """The sum in place of the mean."""

    def added(estimates):
        found = mean_estimate(estimates)
        return replace(found, i_xt=found.i_xt * len(estimates), i_ty=found.i_ty * len(estimates))

    monkeypatch.setattr(views, "mean_estimate", added)
    with pytest.raises(AssertionError, match=r"mean <= best channel: .* should not exceed"):
        views.test_mean_over_channels(log)


@pytest.mark.can_fail("dpi.mean-method")
def test_all_channels_together(log, monkeypatch):
    """Were the mean taken over one channel that holds all units, it could not rise."""
    right = views.channels
    monkeypatch.setattr(views, "channels", lambda values, view: right(values, "concat"))
    with pytest.raises(AssertionError, match=r"the mean of random networks must be able to rise"):
        views.test_mean_over_channels(log)


@pytest.mark.can_fail("dpi.concat")
def test_layers_below_the_cap(log, monkeypatch):
    """Noise wide enough to count."""
    monkeypatch.setattr(views, "Kde", lambda noise_variance: Kde(noise_variance=100 * noise_variance))
    with pytest.raises(AssertionError, match=r"log2 N <= lower bound: .* should not exceed"):
        views.test_order_at_the_cap(log)


@pytest.mark.can_fail("dpi.concat")
def test_value_at_the_cap_without_warning(log, monkeypatch):
    def silent(noise_variance):
        def estimate(t, probe):
            return replace(Kde(noise_variance=noise_variance).estimate(t, probe), warnings=())

        return SimpleNamespace(estimate=estimate)

    monkeypatch.setattr(views, "Kde", silent)
    with pytest.raises(AssertionError, match=r"a value at log2 N must carry a warning"):
        views.test_order_at_the_cap(log)


@pytest.mark.can_fail("dpi.concat")
def test_bits_of_the_wrong_size(log, monkeypatch):
    """Nats, called bits, stay below log2 N."""

    def in_nats(noise_variance):
        def estimate(t, probe):
            found = Kde(noise_variance=noise_variance).estimate(t, probe)
            low, high = np.array(found.i_xt_bounds) * np.log(2)
            return replace(found, i_xt=found.i_xt * np.log(2), i_xt_bounds=(low, high))

        return SimpleNamespace(estimate=estimate)

    monkeypatch.setattr(views, "Kde", in_nats)
    with pytest.raises(AssertionError, match=r"log2 N <= lower bound: .* should not exceed"):
        views.test_order_at_the_cap(log)
