"""The claims about descent, its batches and its noise fail on wrong equations."""

import pytest
import torch

from verification import descent
from verification.errata import test_descent_limits as limits
from verification.theory import test_descent_batches as drawn
from verification.theory import test_descent_chain as chain
from verification.theory import test_descent_falls as falls
from verification.theory import test_descent_noise as noise


@pytest.mark.can_fail("loss.time-derivative-identities")
def test_inputs_of_a_layer_forgotten(log, monkeypatch):
    """As if only the parameters of a layer moved its pre-activations, not the layer below."""

    def own_part(problem, theta, motion):
        below = chain.activities(problem, theta)
        return [a @ w + b for a, w, b in zip(below, motion[::2], motion[1::2], strict=False)]

    monkeypatch.setattr(chain, "speeds_by_parts", own_part)
    with pytest.raises(AssertionError, match=r"dz/dt: .* should equal 0\.0"):
        chain.test_single_derivatives(log)


@pytest.mark.can_fail("loss.time-derivative-identities")
def test_slope_forgotten(log, monkeypatch):
    """The activation itself where its slope belongs."""
    monkeypatch.setattr(chain, "slopes", lambda problem, theta: chain.activities(problem, theta)[1:])
    monkeypatch.setattr(chain, "speeds_by_parts", descent.speeds)
    with pytest.raises(AssertionError, match=r"da/dt: .* should equal 0\.0"):
        chain.test_single_derivatives(log)


@pytest.mark.can_fail("loss.eq18-norm")
def test_norm_of_sizes(log, monkeypatch):
    monkeypatch.setattr(chain, "euclidean", lambda vector: vector.abs().sum() ** 2)
    with pytest.raises(AssertionError, match=r"eq\. 18 and dL/dt: .* should equal 0\.0"):
        chain.test_square_of_a_vector(log)


@pytest.mark.can_fail("loss.path-sum")
def test_one_slope_too_few(log, monkeypatch):
    """The slope of the last layer left out, as if the output were linear."""

    right = chain.slopes

    def all_but_last(problem, theta):
        *below, last = right(problem, theta)
        return [*below, torch.ones_like(last)]

    monkeypatch.setattr(chain, "slopes", all_but_last)
    with pytest.raises(AssertionError, match=r"paths and G\^l: .* should equal 0\.0"):
        chain.test_sum_over_paths(log)


@pytest.mark.can_fail("loss.flow-monotone")
def test_steps_too_long(log, monkeypatch):
    monkeypatch.setattr(falls, "longest_step", lambda lipschitz: 3 / lipschitz)
    with pytest.raises(AssertionError, match=r"change (on a quadratic|at the edge|just inside): "):
        falls.test_loss_falls(log)


@pytest.mark.can_fail("loss.flow-monotone")
def test_flow_uphill(log, monkeypatch):
    right = falls.follow

    def backwards(problem, until):
        path = right(problem, until)
        return lambda t: path(until - t)

    monkeypatch.setattr(falls, "follow", backwards)
    with pytest.raises(AssertionError, match=r"rise along the flow: .* should not exceed 0\.0"):
        falls.test_loss_falls(log)


@pytest.mark.can_fail("net.linear-collapse")
def test_product_without_the_biases_on_their_way(log, monkeypatch):
    """Biases added up, not sent through the layers above."""
    right = falls.collapse
    monkeypatch.setattr(falls, "collapse", lambda network: (right(network)[0], network.biases[-1]))
    with pytest.raises(AssertionError, match=r"one layer for all: .* should equal"):
        falls.test_linear_layers_collapse(log)


@pytest.mark.can_fail("net.linear-collapse")
def test_relu_between(log, monkeypatch):
    right = falls.run
    monkeypatch.setattr(falls, "run", lambda network, x, name="relu": right(network, x, name))
    with pytest.raises(AssertionError, match=r"one layer for all: .* should equal"):
        falls.test_linear_layers_collapse(log)


@pytest.mark.can_fail("loss.minibatch-mean")
def test_batches_that_favour_a_sample(log, monkeypatch):
    """Only batches that hold the first sample."""
    right = drawn.batches

    def with_the_first(samples, size, replace):
        every = right(samples, size, replace)
        return every[(every == 0).any(axis=1)]

    monkeypatch.setattr(drawn, "batches", with_the_first)
    with pytest.raises(AssertionError, match=r"E g and grad L: .* should equal 0\.0"):
        drawn.test_mean_over_batches(log)


@pytest.mark.can_fail("loss.normality-unneeded")
def test_speed_of_the_batch_loss(log, monkeypatch):
    """The squared gradient of the batch itself, in which the spread does enter."""
    monkeypatch.setattr(
        drawn, "first_order", lambda mean, gradients: -drawn.RATE * (gradients**2).sum(axis=1)
    )
    with pytest.raises(AssertionError, match=r"E dL/dt and -a \|mu\|\^2: .* should equal 0\.0"):
        drawn.test_any_law_with_the_mean(log)


@pytest.mark.can_fail("gd.family")
def test_one_formula_for_both_draws(log, monkeypatch):
    monkeypatch.setattr(drawn, "variance_without", drawn.variance_with)
    with pytest.raises(AssertionError, match=r"variance: .* should equal 0\.0"):
        drawn.test_losses_of_batches(log)


@pytest.mark.can_fail("gd.epoch-step")
def test_short_batch_dropped(log, monkeypatch):
    """An epoch of floor(N/M) steps."""
    monkeypatch.setattr(drawn, "steps_of_an_epoch", lambda rows, size: max(1, rows // size))
    with pytest.raises(AssertionError, match=r"steps of an epoch: 2\.0 should equal 3\.0"):
        drawn.test_steps_of_an_epoch(log)


@pytest.mark.can_fail("loss.second-order")
def test_noise_term_doubled(log, monkeypatch):
    right = noise.noise_term
    monkeypatch.setattr(noise, "noise_term", lambda *given: 2 * right(*given))
    with pytest.raises(AssertionError, match=r"missing without noise: .* should equal"):
        noise.test_second_order(log)


@pytest.mark.can_fail("loss.second-order")
def test_third_order_of_the_mean_alone(log, monkeypatch):
    right = noise.coefficients
    monkeypatch.setattr(
        noise,
        "coefficients",
        lambda problem, gradients, orders: right(problem, [problem.gradient(problem.start)], orders),
    )
    with pytest.raises(AssertionError, match=r"(third order|missing without noise): .* should equal"):
        noise.test_second_order(log)


@pytest.mark.can_fail("loss.mean-not-snr")
def test_noise_at_first_order(log, monkeypatch):
    """A rate of fall that noise slows down however small the steps."""
    right = noise.quadratic_change

    def slowed(hessian, mean, deviations, rate):
        return right(hessian, mean, deviations, rate) + rate * float((deviations**2).mean())

    monkeypatch.setattr(noise, "quadratic_change", slowed)
    with pytest.raises(AssertionError, match=r"rate of change: .* should equal 0\.0"):
        noise.test_noise_does_not_matter_at_first(log)


@pytest.mark.can_fail("loss.mean-not-snr")
def test_other_floor(log, monkeypatch):
    monkeypatch.setattr(noise, "floor_ratio", lambda rate, curvature: rate * curvature / 2)
    with pytest.raises(AssertionError, match=r"SNR\*, h = 2, a = 0\.1: 0\.316\d* should equal 0\.3333"):
        noise.test_noise_does_not_matter_at_first(log)


@pytest.mark.can_fail("loss.quadratic-floor")
def test_floor_of_small_steps(log, monkeypatch):
    """The first order in a alone."""
    monkeypatch.setattr(noise, "floor", lambda rate, curvature, deviation: rate * deviation**2 / 4)
    with pytest.raises(AssertionError, match=r"one step at the floor: .* should equal 1\.0"):
        noise.test_noise_floor(log)


@pytest.mark.can_fail("backprop.softmax")
def test_elementwise_in_earnest(log, monkeypatch):
    """Softmax taken as elementwise even in the corrected form."""
    monkeypatch.setattr(limits, "softmax_gamma", lambda p, upper: upper * p * (1 - p))
    with pytest.raises(AssertionError, match=r"corrected: whole Jacobian: .* should equal"):
        limits.test_softmax_is_not_elementwise(log)


@pytest.mark.can_fail("loss.eq9-prime")
def test_print_taken_for_the_correction(log, monkeypatch):
    monkeypatch.setattr(limits, "with_slope", limits.with_activation)
    with pytest.raises(AssertionError, match=r"corrected: φ': .* should equal"):
        limits.test_lost_prime(log)


@pytest.mark.can_fail("loss.eq9-prime")
def test_print_mended(log, monkeypatch):
    """If the print had its prime there would be nothing to refute."""
    monkeypatch.setattr(limits, "with_activation", limits.with_slope)
    with pytest.raises(AssertionError, match=r"unit at rest: .* should equal"):
        limits.test_lost_prime(log)


@pytest.mark.can_fail("loss.optimizer-scope")
def test_one_rate_for_all(log, monkeypatch):
    """If one common rate did, the counterexample would not be one."""

    def with_mean_rate(gradient, rates):
        mean = float(torch.cat([part.ravel() for part in rates]).mean())
        return -mean * descent.square(gradient)

    monkeypatch.setattr(limits, "own_rates", with_mean_rate)
    with pytest.raises(AssertionError, match=r"g = \(1, 0\), rates \(1, 3\): .* should equal"):
        limits.test_other_optimisers(log)


@pytest.mark.can_fail("loss.partition")
def test_weighted_without_being_told(log, monkeypatch):
    """If batches counted by their size from the start, nothing would be refuted."""
    monkeypatch.setattr(limits, "mean_of_means", limits.weighted_mean)
    with pytest.raises(AssertionError, match=r"gradients 1, 2, 6: .* should equal"):
        limits.test_short_batch(log)


@pytest.mark.can_fail("loss.partition")
def test_correction_without_weights(log, monkeypatch):
    monkeypatch.setattr(limits, "weighted_mean", limits.mean_of_means)
    with pytest.raises(AssertionError, match=r"corrected: weights by size: .* should equal"):
        limits.test_short_batch(log)


@pytest.mark.can_fail("net.layer-index")
def test_one_layer_short(log, monkeypatch):
    monkeypatch.setattr(limits, "output", limits.output_as_printed)
    with pytest.raises(AssertionError, match=r"corrected: (shape of a\^\[N\]|a\^\[N\] is the prediction): "):
        limits.test_last_layer_has_number_n(log)
