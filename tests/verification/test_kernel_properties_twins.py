"""The claims about how the kernel bounds change, and about the noise, fail on wrong ones."""

from functools import partial

import numpy as np
import pytest

from ibspec.activity import channels
from ibspec.estimators import Kde
from verification import kernels
from verification.theory import test_kernel_noise as noise
from verification.theory import test_kernel_properties as properties


@pytest.mark.can_fail("kde.monotone")
def test_f_without_its_minus_sign(log, monkeypatch):
    monkeypatch.setattr(properties, "bound", lambda *arguments: -kernels.bound(*arguments))
    with pytest.raises(AssertionError, match=r"in (s²|v): .* should not exceed"):
        properties.test_monotone(log)


@pytest.mark.can_fail("kde.monotone")
def test_entropy_that_grows_with_the_noise(log, monkeypatch):
    """The entropy of the noisy layer in place of its information."""
    right = properties.upper

    def entropy(rows, variance):
        return right(rows, variance) + kernels.noise_entropy(rows.shape[1], variance)

    monkeypatch.setattr(properties, "upper", entropy)
    with pytest.raises(AssertionError, match=r"f\(1\), wider noise: .* should not exceed"):
        properties.test_monotone(log)


@pytest.mark.can_fail("kde.monotone")
def test_exact_entropy_for_exact_information(log, monkeypatch):
    monkeypatch.setattr(properties, "noisy_information", kernels.noisy_entropy)
    with pytest.raises(AssertionError, match=r"exact information in s²: .* should not exceed"):
        properties.test_monotone(log)


@pytest.mark.can_fail("kde.nu-identity")
def test_lower_bound_at_twice_the_variance(log, monkeypatch):
    right = properties.upper
    monkeypatch.setattr(properties, "lower", lambda rows, variance: right(rows, 2 * variance))
    with pytest.raises(AssertionError, match=r"estimator: .* should equal"):
        properties.test_lower_is_upper_of_wider_noise(log)


@pytest.mark.can_fail("kde.invariances")
def test_uncentred_inner_products(log, monkeypatch):
    monkeypatch.setattr(
        properties, "both", lambda rows, variance: (properties.spread_by_products(rows, variance),) * 2
    )
    with pytest.raises(AssertionError, match=r"shifted: .* should equal"):
        properties.test_invariances(log)


@pytest.mark.can_fail("kde.invariances")
def test_distances_of_another_norm(log, monkeypatch):
    """Sums of absolute differences change when the rows are turned."""

    def city_block(rows, variance):
        distances = np.abs(rows[:, None] - rows[None]).sum(axis=2) ** 2
        return kernels.bound_of_distances(distances, 4 * variance), kernels.bound_of_distances(
            distances, variance
        )

    monkeypatch.setattr(properties, "both", city_block)
    with pytest.raises(AssertionError, match=r"turned: .* should equal"):
        properties.test_invariances(log)


@pytest.mark.can_fail("kde.concat-ge-channel")
def test_mean_activity_for_all_channels(log, monkeypatch):
    """Channels averaged instead of put side by side."""

    def averaged(layer, view):
        return iter([layer.mean(dim=1)]) if view == "concat" else channels(layer, view)

    monkeypatch.setattr(properties, "channels", averaged)
    with pytest.raises(AssertionError, match=r"(largest channel|mean of the channels): .* should not exceed"):
        properties.test_channels_together(log)


@pytest.mark.can_fail("kde.arbitrary")
def test_bounds_that_jump(log, monkeypatch):
    """Small values cut to 0: some are never taken."""
    right = noise.bounds

    def cut(rows, variance):
        return tuple(value if value > 0.2 else 0.0 for value in right(rows, variance))

    monkeypatch.setattr(noise, "bounds", cut)
    with pytest.raises(AssertionError, match=r"share of the largest value: .* should equal"):
        noise.test_any_value(log)


@pytest.mark.can_fail("kde.default-variance")
def test_estimator_with_a_default(log, monkeypatch):
    monkeypatch.setattr(noise, "Kde", partial(Kde, noise_variance=0.1))
    with pytest.raises(AssertionError, match=r"a noise variance must be named"):
        noise.test_no_default(log)


@pytest.mark.can_fail("kde.default-variance")
def test_label_that_rounds_the_variance(log, monkeypatch):
    monkeypatch.setattr(Kde, "label", property(lambda self: f"kde({self.noise_variance:.0g})"))
    with pytest.raises(AssertionError, match=r"results must name their variance"):
        noise.test_no_default(log)


@pytest.mark.can_fail("kde.label-tuning")
def test_distance_of_labels_not_squared(log, monkeypatch):
    right = noise.bounds
    monkeypatch.setattr(noise, "bounds", lambda rows, variance: right(rows / 2**0.25, variance))
    with pytest.raises(AssertionError, match=r"closed form: .* should equal"):
        noise.test_labels_do_not_fix_the_noise(log)


@pytest.mark.can_fail("kde.label-tuning")
def test_target_within_the_bounds(log, monkeypatch):
    """Eleven labels would put log2 10 inside the bar."""
    monkeypatch.setattr(noise, "LOG10", float(np.log2(9.0)))
    with pytest.raises(AssertionError, match=r"f\(1\) (<=|stays below) log2 10: .* should not exceed"):
        noise.test_labels_do_not_fix_the_noise(log)
