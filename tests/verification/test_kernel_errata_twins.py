"""The errata of the kernel bounds, and the claims about how they move, fail on other formulas."""

import numpy as np
import pytest

from verification import kernel_flow, kernels
from verification.errata import test_kernel_flow_misprints as flow_misprints
from verification.errata import test_kernel_misprints as misprints
from verification.errata import test_kernel_sample_size as sample_size
from verification.theory import test_kernel_flow as flow


@pytest.mark.can_fail("kde.printed-f")
def test_f_printed_rightly(log, monkeypatch):
    """Were the printed formula the true one, it would fall with v."""

    def true(rows, variance, v=1.0):
        return kernels.bound(rows, variance, v) * kernels.LN2

    monkeypatch.setattr(misprints, "log_before_the_sum", true)
    with pytest.raises(AssertionError, match=r"as printed: f\(1\) <= f\(4\): .* should not exceed"):
        misprints.test_f_as_printed(log)


@pytest.mark.can_fail("kde.renyi-form")
def test_logarithm_of_each_row(log, monkeypatch):
    monkeypatch.setattr(misprints, "one_logarithm", kernels.bound)
    with pytest.raises(AssertionError, match=r"nine and one: .* should equal"):
        misprints.test_one_logarithm(log)


@pytest.mark.can_fail("kde.discrete-layer")
def test_bounds_that_reach_the_entropy(log, monkeypatch):
    monkeypatch.setattr(misprints, "estimated", lambda rows, variance: (0.0, float(np.log2(len(rows)))))
    with pytest.raises(AssertionError, match=r"f\(1\) <= H\(T\): .* should not exceed|H\(T\): .* differ"):
        misprints.test_discrete_layer(log)


@pytest.mark.can_fail("kde.pseudocode")
@pytest.mark.parametrize(
    ("always", "message"),
    [(True, r"points 0, 1: as printed: .* should equal"), (False, r"corrected: .*: .* should equal")],
)
def test_routine_that_ignores_its_corrections(log, monkeypatch, always, message):
    right = misprints.entropy_routine
    changes = dict.fromkeys(("minus", "brackets", "squares"), always)
    monkeypatch.setattr(misprints, "entropy_routine", lambda rows, var, **_: right(rows, var, **changes))
    with pytest.raises(AssertionError, match=message):
        misprints.test_entropy_routine(log)


@pytest.mark.can_fail("kde.sample-size")
def test_estimate_that_settles(log, monkeypatch):
    right = sample_size.upper
    monkeypatch.setattr(sample_size, "upper", lambda rows, variance: min(right(rows, variance), 4.0))
    with pytest.raises(AssertionError, match=r"a bit a doubling: .* should equal"):
        sample_size.test_growing_samples(log)


@pytest.mark.can_fail("kde.derivative")
def test_weights_printed_rightly(log, monkeypatch):
    monkeypatch.setattr(flow_misprints, "printed_weights", kernel_flow.weights)
    with pytest.raises(AssertionError, match=r"closing: .* should equal"):
        flow_misprints.test_derivative_as_printed(log)


@pytest.mark.can_fail("kde.derivative")
def test_rate_with_the_printed_weights(log, monkeypatch):
    def printed(rows, velocity, variance, v=1.0):
        weights = kernel_flow.printed_weights(rows, variance, v)
        return float((weights * kernel_flow.approach(rows, velocity)).sum())

    monkeypatch.setattr(flow_misprints, "rate", printed)
    with pytest.raises(AssertionError, match=r"corrected: against autograd: .* should equal"):
        flow_misprints.test_derivative_as_printed(log)


@pytest.mark.can_fail("kde.condition-index")
def test_one_slope_for_all(log, monkeypatch):
    """With equal slopes the index would not matter; tanh has others."""
    monkeypatch.setattr(flow_misprints, "slope", lambda z: 0.5)
    with pytest.raises(AssertionError, match=r"corrected: equal, not greater: .* should equal"):
        flow_misprints.test_index_of_the_slope(log)


@pytest.mark.can_fail("kde.k-positive")
def test_weights_of_the_printed_f(log, monkeypatch):
    """Their sign is the opposite one; those of equal rows are set to 0."""

    def turned(rows, variance, v=1.0):
        weights = kernel_flow.weights_of_printed_f(rows, variance, v)
        return np.where((rows[:, None] != rows[None]).any(axis=2), weights, 0.0)

    monkeypatch.setattr(flow, "printed_weights", turned)
    with pytest.raises(AssertionError, match=r"of two different activities must be positive"):
        flow.test_weights_are_positive(log)


@pytest.mark.can_fail("kde.k-positive")
def test_corrected_weights_with_a_zero(log, monkeypatch):
    monkeypatch.setattr(flow, "weights", kernel_flow.printed_weights)
    with pytest.raises(AssertionError, match=r"corrected weight of every pair must be positive"):
        flow.test_weights_are_positive(log)


@pytest.mark.can_fail("kde.necessary-condition")
def test_rate_of_the_wrong_sign(log, monkeypatch):
    monkeypatch.setattr(flow, "rate", lambda *arguments: -kernel_flow.rate(*arguments))
    with pytest.raises(AssertionError, match=r"-df/dt: .* should not exceed"):
        flow.test_some_pair_contracts(log)


@pytest.mark.can_fail("kde.onset")
def test_zero_derivative_taken_for_an_onset(log, monkeypatch):
    monkeypatch.setattr(flow, "onset", lambda path, times, variance: times[2])
    with pytest.raises(AssertionError, match=r"a zero without a change of sign is no onset"):
        flow.test_onset_needs_a_change_of_sign(log)


@pytest.mark.can_fail("kde.onset")
def test_onset_never_found(log, monkeypatch):
    monkeypatch.setattr(flow, "onset", lambda path, times, variance: None)
    with pytest.raises(AssertionError, match=r"an onset must be found"):
        flow.test_onset_needs_a_change_of_sign(log)


@pytest.mark.can_fail("kde.onset")
def test_onset_by_one_bound_alone(log, monkeypatch):
    """A detector that looks at f(1) only finds an onset where the bounds disagree."""
    right = kernel_flow.rate
    monkeypatch.setattr(
        flow, "rate", lambda rows, velocity, variance, v: right(rows, velocity, variance, 1.0)
    )
    with pytest.raises(AssertionError, match=r"bounds that disagree must give no onset"):
        flow.test_onset_needs_a_change_of_sign(log)
