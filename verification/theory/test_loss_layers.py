"""Backpropagation, and the derivative of the loss in time taken layer by layer."""

import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from verification.descent import (
    ACTIVATIONS,
    Problem,
    backpropagate,
    derivative_along,
    dot,
    loss_speed,
    scale,
    speeds,
    square,
)

RELATIVE = 1e-12
"""Relative: sums of a few hundred float64 terms of the size of the result."""

QUOTIENT = 1e-6
"""Relative: central differences over 1e-5 are wrong by about 1e-10, and by rounding of about 1e-10."""


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A network of one to four layers with its samples."""
    return Problem.random(
        widths=tuple(draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))),
        samples=draw(st.integers(1, 6)),
        activation=draw(st.sampled_from(sorted(ACTIVATIONS))),
        seed=draw(st.integers(0, 2**31 - 1)),
    )


def relative(value: float, truth: float, size: float) -> float:
    """The difference as a share of the size of what was added up."""
    return (value - truth) / size


def layer_rates(problem: Problem, motion) -> list[float]:
    """G^l = sum over samples and units of dL/dz^l dz^l/dt, for l = 1 .. L."""
    moving = speeds(problem, problem.start, motion)
    return [float((g * s).sum()) for g, s in zip(problem.gammas(problem.start), moving, strict=True)]


@pytest.mark.claim(
    "backprop.equations",
    kind="algorithm",
    expected="holds",
    source="candidate-8240R-2019 §2.1.6",
    says="dL/dW_jk = a_j γ_k and dL/db_j = γ_j with γ_j = φ'(z_j) Σ_k W_jk γ_k from "
    "above, for elementwise activations, summed over samples.",
)
def test_backpropagation(evidence):
    """Against automatic differentiation and central differences; an activation across units breaks it."""

    @given(problem=problems(), data=st.data())
    def search(problem, data):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), activation=problem.activation)
        printed, true = backpropagate(problem, problem.start), problem.gradient(problem.start)
        size = square(true) ** 0.5
        worst = max(float((a - b).abs().max()) for a, b in zip(printed, true, strict=True)) / size
        target(evidence.equal(worst, 0.0, within=RELATIVE, what="against autograd", unit="(relative)"))
        part = data.draw(st.integers(0, len(true) - 1))
        nudge = [torch.zeros_like(theta) for theta in problem.start]
        nudge[part].view(-1)[0] = 1e-5
        up, down = (
            float(problem.loss(tuple(t + sign * n for t, n in zip(problem.start, nudge, strict=True))))
            for sign in (1, -1)
        )
        off = relative((up - down) / 2e-5, float(printed[part].view(-1)[0]), max(size, 1e-3))
        evidence.equal(off, 0.0, within=QUOTIENT, what="against differences", unit="(relative)")

    search()
    z = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
    p = torch.softmax(z, dim=0)
    (true,) = torch.autograd.grad(-torch.log(p[0]), z)
    elementwise = torch.stack([-1 / p[0], 0 * z[1], 0 * z[2]]).detach() * (p * (1 - p)).detach()
    evidence.differ(elementwise, true, by=0.2, what="broken: softmax taken as elementwise", unit="nats")
    evidence.number(
        **{"broken by softmax: true gamma": true, "broken by softmax: by the equations": elementwise}
    )


@pytest.mark.claim(
    "loss.layer-recursion",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 appendix .1 eqs. 1-10",
    says="Under gradient flow G^l = Σ dL/dz^l dz^l/dt obeys G^l = -a |dL/dW^l|² - a |dL/db^l|² + "
    "G^(l-1), with the sums over all samples as well.",
)
def test_layer_recursion(evidence):
    """Every layer of every network tried; sample by sample it fails, since the motion is the batch's."""

    @given(problem=problems(), rate=st.floats(0.01, 2.0))
    def search(problem, rate):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), rate=rate)
        gradient = problem.gradient(problem.start)
        rates = [0.0, *layer_rates(problem, scale(-rate, gradient))]
        size = rate * square(gradient)
        worst = 0.0
        for layer in range(1, problem.layers + 1):
            own = -rate * square(gradient[2 * layer - 2 : 2 * layer])
            off = relative(rates[layer], own + rates[layer - 1], size)
            worst = max(worst, evidence.equal(off, 0.0, within=RELATIVE, what="G^l", unit="(relative)"))
        target(worst)

    search()
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    gradient = problem.gradient(problem.start)
    gammas, moving = problem.gammas(problem.start), speeds(problem, problem.start, scale(-0.3, gradient))
    by_sample = (gammas[0] * moving[0]).sum(dim=1)
    # One sample's own share of the gradient of layer 1 is the outer product of its input and gamma.
    alone = -0.3 * (gammas[0] ** 2).sum(dim=1) * ((problem.x**2).sum(dim=1) + 1)
    evidence.differ(by_sample, alone, by=1e-3, what="broken: sample by sample", unit="nats")
    evidence.number(
        **{
            "G^l of a 3-4-3-2 net": layer_rates(problem, scale(-0.3, gradient)),
            "broken sample by sample: G^1": by_sample,
            "broken sample by sample: by the recursion": alone,
        }
    )


@pytest.mark.claim(
    "loss.g0",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 appendix .1 eqs. 11-13",
    says="G^0 = 0, since the inputs do not change in time.",
)
def test_inputs_rest(evidence):
    """Exactly 0; with inputs that move, G^0 is what they add to the derivative of the loss."""

    def rate_of_inputs(problem, moving):
        return derivative_along(lambda x: problem.loss(problem.start, x), (problem.x,), (moving,))

    @given(problem=problems(), rate=st.floats(0.01, 2.0))
    def search(problem, rate):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), rate=rate)
        at_rest = rate_of_inputs(problem, torch.zeros_like(problem.x))
        evidence.equal(at_rest, 0.0, within=0.0, what="G^0", unit="nats")
        gradient = problem.gradient(problem.start)
        motion = scale(-rate, gradient)
        first = -rate * square(gradient[:2]) + at_rest
        off = relative(layer_rates(problem, motion)[0], first, rate * square(gradient))
        target(evidence.equal(off, 0.0, within=RELATIVE, what="G^1 with G^0 = 0", unit="(relative)"))
        theta = problem.start
        together = derivative_along(
            lambda x, *moved: problem.loss(moved, x), (problem.x, *theta), (problem.x.cos(), *motion)
        )
        parts = loss_speed(problem, theta, motion) + rate_of_inputs(problem, problem.x.cos())
        off = relative(together, parts, abs(parts) + rate * square(gradient))
        evidence.equal(off, 0.0, within=RELATIVE, what="dL/dt with moving inputs", unit="(relative)")

    search()
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    moved = rate_of_inputs(problem, problem.x.cos())
    evidence.differ(moved, 0.0, by=1e-3, what="broken: inputs that move", unit="nats")
    evidence.number(**{"broken by moving inputs: G^0": moved})


@pytest.mark.claim(
    "loss.gl",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 appendix .1 eqs. 14-15",
    says="G^L = dL/dt, if the loss depends on time through the last pre-activations alone.",
)
def test_last_layer(evidence):
    """Also -a |grad L|^2; a penalty on the weights adds the part that G^L does not see."""

    @given(problem=problems(), rate=st.floats(0.01, 2.0), penalty=st.floats(0.01, 1.0))
    def search(problem, rate, penalty):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), rate=rate, penalty=penalty)
        theta, gradient = problem.start, problem.gradient(problem.start)
        motion = scale(-rate, gradient)
        last, size = layer_rates(problem, motion)[-1], rate * square(gradient)
        off = relative(last, loss_speed(problem, theta, motion), size)
        worst = evidence.equal(off, 0.0, within=RELATIVE, what="G^L and dL/dt", unit="(relative)")
        off = relative(last, -size, size)
        target(
            max(
                worst, evidence.equal(off, 0.0, within=RELATIVE, what="G^L, -a |grad L|^2", unit="(relative)")
            )
        )
        pulled = tuple(-rate * (g + penalty * part) for g, part in zip(gradient, theta, strict=True))
        whole = loss_speed(problem, theta, pulled) + penalty * dot(theta, pulled)
        missing = whole - layer_rates(problem, pulled)[-1]
        off = relative(missing, penalty * dot(theta, pulled), abs(whole) + abs(missing) + size)
        evidence.equal(off, 0.0, within=RELATIVE, what="missing part with a penalty", unit="(relative)")

    search()
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    pulled = tuple(
        -0.3 * (g + 0.1 * part)
        for g, part in zip(problem.gradient(problem.start), problem.start, strict=True)
    )
    whole = loss_speed(problem, problem.start, pulled) + 0.1 * dot(problem.start, pulled)
    last = layer_rates(problem, pulled)[-1]
    evidence.differ(last, whole, by=1e-2, what="broken: weight decay", unit="nats")
    evidence.number(**{"broken by weight decay: G^L, dL/dt": (last, whole)})
