"""The claims about gradients and the loss in time fail on wrong equations."""

import pytest

from verification import descent
from verification.theory import test_loss_flow as flow
from verification.theory import test_loss_layers as layers


def length(parts):
    """The norm, not its square."""
    return descent.square(parts) ** 0.5


@pytest.mark.can_fail("loss.gradient-flow")
def test_norm_not_squared(log, monkeypatch):
    monkeypatch.setattr(flow, "square", length)
    with pytest.raises(AssertionError, match=r"dL/dt over -a \|grad L\|\^2: .* should equal 1\.0"):
        flow.test_gradient_flow(log)


@pytest.mark.can_fail("loss.discrete-step")
def test_step_shorter_than_the_gradient(log, monkeypatch):
    """A step that stays behind the gradient has an error that does not vanish with h."""
    right = flow.step_quotient
    monkeypatch.setattr(flow, "step_quotient", lambda problem, h: 0.9 * right(problem, h))
    with pytest.raises(AssertionError, match=r"error at h over h/2: (1\.0|0\.9)\d+ should equal 2\.0"):
        flow.test_discrete_step(log)


@pytest.mark.can_fail("loss.discrete-step")
def test_curvature_without_its_half(log, monkeypatch):
    right = flow.curvature
    monkeypatch.setattr(flow, "curvature", lambda problem: 2 * right(problem))
    with pytest.raises(AssertionError, match=r"coefficient over g'Hg/2: 0\.5\d* should equal 1\.0"):
        flow.test_discrete_step(log)


@pytest.mark.can_fail("backprop.equations")
def test_activation_for_its_derivative(log, monkeypatch):
    """The prime that eq. 9 of candidate-8240R-2019's appendix lost."""
    for name, (phi, _) in descent.ACTIVATIONS.items():
        monkeypatch.setitem(descent.ACTIVATIONS, name, (phi, phi))
    with pytest.raises(AssertionError, match=r"against autograd: .* should equal 0\.0"):
        layers.test_backpropagation(log)


@pytest.mark.can_fail("loss.layer-recursion")
def test_biases_forgotten(log, monkeypatch):
    monkeypatch.setattr(layers, "square", lambda parts: descent.square(parts[::2]))
    with pytest.raises(AssertionError, match=r"G\^l: .* should equal 0\.0"):
        layers.test_layer_recursion(log)


@pytest.mark.can_fail("loss.g0")
def test_moving_inputs(log, monkeypatch):
    """As if the batch were changed while the parameters move."""

    def drifting(function, at, motion):
        drift = tuple(
            part + (theta is at[0] and len(at) == 1) for theta, part in zip(at, motion, strict=True)
        )
        return descent.derivative_along(function, at, drift)

    monkeypatch.setattr(layers, "derivative_along", drifting)
    with pytest.raises(AssertionError, match=r"G\^0: .* should equal 0\.0"):
        layers.test_inputs_rest(log)


@pytest.mark.can_fail("loss.gl")
def test_first_layer_for_the_last(log, monkeypatch):
    right = layers.layer_rates
    monkeypatch.setattr(layers, "layer_rates", lambda problem, motion: right(problem, motion)[::-1])
    with pytest.raises(AssertionError, match=r"G\^L and dL/dt: .* should equal 0\.0"):
        layers.test_last_layer(log)
