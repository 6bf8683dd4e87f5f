"""The claims about what the kernel bounds bound fail on wrong bounds."""

from dataclasses import replace

import numpy as np
import pytest

from ibspec.core import Probe
from ibspec.estimators import Kde
from verification import kernels
from verification.theory import test_kernel_bounds as theory
from verification.theory import test_kernel_labels as labels


@pytest.mark.can_fail("kde.bounds")
def test_twice_the_noise(log, monkeypatch):
    monkeypatch.setattr(theory, "Kde", lambda noise_variance: Kde(noise_variance=2 * noise_variance))
    with pytest.raises(AssertionError, match=r"f\((1|4)\) of the estimator: .* should equal"):
        theory.test_between_the_bounds(log)


@pytest.mark.can_fail("kde.bounds")
def test_information_of_the_rows_without_noise(log, monkeypatch):
    monkeypatch.setattr(theory, "noisy_information", lambda rows, variance: float(np.log2(len(rows))))
    with pytest.raises(AssertionError, match=r"I <= f\(1\): .* should not exceed"):
        theory.test_between_the_bounds(log)


@pytest.mark.can_fail("kde.bounds")
def test_lower_bound_with_half_the_exponent(log, monkeypatch):
    """A lower bound from v = 2 in place of 4 is not below the information of everything."""

    def bound(rows, variance, v=1.0):
        return kernels.bound(rows, variance, 1.1 if v == 4 else v)

    def bounds(rows, variance):
        return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows))))

    monkeypatch.setattr(theory, "bound", bound)
    monkeypatch.setattr(
        theory,
        "bounds",
        lambda rows, variance: replace(
            bounds(rows, variance), i_xt_bounds=(bound(rows, variance, 4.0), bound(rows, variance))
        ),
    )
    with pytest.raises(AssertionError, match=r"f\(4\) <= I: .* should not exceed"):
        theory.test_between_the_bounds(log)


def shifted(by):
    """Bounds that are a little too large."""
    right = theory.bounds

    def bounds(rows, variance):
        found = right(rows, variance)
        low, high = found.i_xt_bounds
        return replace(found, i_xt=found.i_xt + by, i_xt_bounds=(low + by, high + by))

    return bounds


@pytest.mark.can_fail("kde.cap")
@pytest.mark.parametrize(("by", "message"), [(0.01, r"f\(1\) <= log2 N"), (-0.01, r"0 <= f\(4\)")])
def test_bounds_outside_the_cap(log, monkeypatch, by, message):
    monkeypatch.setattr(theory, "bounds", shifted(by))
    with pytest.raises(AssertionError, match=message + r": .* should not exceed"):
        theory.test_kernel_cap(log)


@pytest.mark.can_fail("kde.cap")
def test_log_n_for_everything(log, monkeypatch):
    def log_n(rows, variance):
        value = float(np.log2(len(rows)))
        return replace(right(rows, variance), i_xt=value, i_xt_bounds=(value, value))

    right = theory.bounds
    monkeypatch.setattr(theory, "bounds", log_n)
    with pytest.raises(AssertionError, match=r"f\(1\) stays below log2 N: .* should not exceed"):
        theory.test_kernel_cap(log)


@pytest.mark.can_fail("kde.sigma-limits")
def test_exponent_without_its_half(log, monkeypatch):
    right = theory.bounds
    monkeypatch.setattr(theory, "bounds", lambda rows, variance: right(rows, variance / 2))
    with pytest.raises(AssertionError, match=r"variance 1e9: .* should equal"):
        theory.test_noise_limits(log)


@pytest.mark.can_fail("kde.sigma-limits")
def test_equal_rows_told_apart(log, monkeypatch):
    right = theory.bounds
    monkeypatch.setattr(
        theory, "bounds", lambda rows, variance: right(rows + 1e3 * np.arange(len(rows))[:, None], variance)
    )
    with pytest.raises(AssertionError, match=r"variance 1e-9: .* should equal"):
        theory.test_noise_limits(log)


@pytest.mark.can_fail("kde.tightness")
def test_noise_as_wide_as_the_clusters(log, monkeypatch):
    right = theory.bounds
    monkeypatch.setattr(theory, "bounds", lambda rows, variance: right(rows, 4 * variance))
    with pytest.raises(AssertionError, match=r"clusters: .* should equal"):
        theory.test_gap(log)


@pytest.mark.can_fail("kde.entropy-upper")
def test_entropy_of_noise_without_e(log, monkeypatch):
    def without_e(units, variance):
        return units / 2 * np.log2(2 * np.pi * variance)

    monkeypatch.setattr(theory, "noise_entropy", without_e)
    with pytest.raises(AssertionError, match=r"h <= h_up: .* should not exceed"):
        theory.test_entropy_from_above(log)


@pytest.mark.can_fail("kde.y-information")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: {"i_ty_bounds": (-9.0, found.extras["saxe_i_ty_lower"])}, r"I <= U\(T\) - Σ p L"),
        (lambda found: {"i_ty_bounds": (found.i_ty, 9.0)}, r"L\(T\) - Σ p U\(T\|y\) <= I"),
        (lambda found: {"i_ty": found.i_xt}, r"U\(T\) - Σ p U\(T\|y\) <= H\(Y\)"),
    ],
)
def test_bracket_of_the_wrong_differences(log, monkeypatch, change, message):
    right = labels.estimated

    def wrong(rows, y, variance):
        found = right(rows, y, variance)
        return replace(found, **change(found))

    monkeypatch.setattr(labels, "estimated", wrong)
    with pytest.raises(AssertionError, match=message + r".*: .* should not exceed"):
        labels.test_label_bracket(log)


@pytest.mark.can_fail("kde.y-information")
def test_plain_differences_that_bound(log, monkeypatch):
    """Were the plain difference of upper bounds a bound, the example against it would fail."""
    right = labels.estimated

    def larger(rows, y, variance):
        found = right(rows, y, variance)
        return replace(found, i_ty=found.i_ty + 0.001) if len(rows) == 117 else found

    monkeypatch.setattr(labels, "estimated", larger)
    with pytest.raises(AssertionError, match=r"broken: U\(T\) - Σ p U\(T\|y\) as an upper bound"):
        labels.test_label_bracket(log)
