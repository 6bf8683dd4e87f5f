"""How fast the loss falls: along gradient flow, and in steps of descent."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from verification.descent import Problem, add, dot, loss_speed, scale, square

RATE = 0.3
"""The learning rate a of the flow, d theta / dt = -a grad L."""


def follow(problem: Problem, until: float):
    """Solve the gradient flow and return t -> parameters.

    The solver's tolerance of 1e-11 leaves difference quotients over 1e-3 with errors of about 1e-7.
    """
    shapes = [part.shape for part in problem.start]
    sizes = [part.numel() for part in problem.start]

    def unflatten(vector):
        pieces = torch.from_numpy(np.ascontiguousarray(vector)).split(sizes)
        return tuple(piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True))

    def velocity(_, vector):
        return -RATE * torch.cat([part.ravel() for part in problem.gradient(unflatten(vector))]).numpy()

    start = torch.cat([part.ravel() for part in problem.start]).numpy()
    solved = integrate.solve_ivp(
        velocity, (0.0, until), start, method="DOP853", rtol=1e-11, atol=1e-13, dense_output=True
    )
    return lambda t: unflatten(solved.sol(t))


@pytest.mark.claim(
    "loss.gradient-flow",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 appendix .1 eqs. 16-19, §3.2.1",
    says="If the parameters follow dθ/dt = -a ∇L then dL/dt = -a |∇L|².",
)
def test_gradient_flow(evidence):
    """Along a solved path: difference quotients of L, and its fall as an integral; other motions break it."""
    path = follow(problem := Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3), until=2.0)
    half = 1e-3
    times = np.linspace(0.05, 1.95, 20)
    for t in times:
        evidence.case(t=t)
        quotient = float(problem.loss(path(t + half)) - problem.loss(path(t - half))) / (2 * half)
        law = -RATE * square(problem.gradient(path(t)))
        # Relative: the quotient's own error is half^2 / 6 of the third derivative.
        evidence.equal(quotient / law, 1.0, within=1e-5, what="dL/dt over -a |grad L|^2", unit="(ratio)")
    nodes = np.linspace(0.0, 2.0, 201)
    rates = [-RATE * square(problem.gradient(path(t))) for t in nodes]
    fall = float(problem.loss(path(2.0)) - problem.loss(path(0.0)))
    integral = integrate.simpson(rates, x=nodes)
    evidence.equal(integral / fall, 1.0, within=1e-5, what="integral over fall of L", unit="(ratio)")

    @given(seed=st.integers(0, 2**31 - 1), rate=st.floats(0.01, 2.0))
    def search(seed, rate):
        evidence.case(seed=seed, rate=rate)
        other = Problem.random((3, 4, 2), samples=5, activation="softplus", seed=seed)
        gradient = other.gradient(other.start)
        found = loss_speed(other, other.start, scale(-rate, gradient))
        law = -rate * square(gradient)
        evidence.equal(
            found / law, 1.0, within=1e-12, what="at one moment, by differentiation", unit="(ratio)"
        )

    search()
    gradient = problem.gradient(problem.start)
    signs = tuple(-RATE * part.sign() for part in gradient)  # what Adam does at first
    broken = loss_speed(problem, problem.start, signs)
    law = -RATE * square(gradient)
    evidence.differ(broken, law, by=0.01, what="broken: descent along the signs", unit="nats")
    evidence.number(
        **{
            "L(2) - L(0), nats": fall,
            "its integral": float(integral),
            "broken by descent along the signs: dL/dt, -a |grad L|^2": (broken, law),
        }
    )


def step_quotient(problem: Problem, h: float) -> float:
    """[L(theta - h g) - L(theta)] / h at the start."""
    gradient = problem.gradient(problem.start)
    moved = problem.loss(add(problem.start, scale(-h, gradient)))
    return float(moved - problem.loss(problem.start)) / h


def curvature(problem: Problem) -> float:
    """Return g' H g / 2 by automatic differentiation, H the Hessian of the loss at the start."""
    gradient = problem.gradient(problem.start)
    _, product = torch.autograd.functional.hvp(lambda *theta: problem.loss(theta), problem.start, gradient)
    return dot(product, gradient) / 2


@pytest.mark.claim(
    "loss.discrete-step",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 appendix .1, read for steps of finite size",
    says="[L(θ - h g) - L(θ)] / h = -|g|² + (h/2) g'Hg + O(h²): a step of size h follows the flow "
    "up to an error of first order.",
)
def test_discrete_step(evidence):
    """Halving h halves the error, and quarters it once the first order is taken away; a kink breaks it."""
    steps = 2e-3 / 2.0 ** np.arange(5)
    curves = []
    for seed in range(8):
        problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=seed)
        flow = -square(problem.gradient(problem.start))
        first = np.array([step_quotient(problem, h) - flow for h in steps])
        twice = np.array([step_quotient(problem, h / 2) for h in steps])
        extrapolated = 2 * twice - (first + flow) - flow  # Richardson: the first order cancels
        curves.append((np.abs(first), np.abs(extrapolated)))
        for larger, smaller in ((0, 1), (1, 2), (2, 3), (3, 4)):
            evidence.case(seed=seed, h=steps[larger])
            # The next order changes these ratios by less than 5% at such h.
            ratio = first[larger] / first[smaller]
            evidence.equal(ratio, 2.0, within=0.1, what="error at h over h/2", unit="(ratio)")
            ratio = extrapolated[larger] / extrapolated[smaller]
            evidence.equal(ratio, 4.0, within=0.3, what="the same without the first order", unit="(ratio)")
        slope = 2 * first[-1] / steps[-1] - first[-2] / steps[-2]
        evidence.equal(
            slope / curvature(problem), 1.0, within=1e-3, what="coefficient over g'Hg/2", unit="(ratio)"
        )
    h = 0.01
    kink = (abs(h / 2 - h) - abs(h / 2)) / h  # L = |w| at w = h/2, where g = 1
    evidence.differ(kink, -1.0, by=0.5, what="broken: a kink in the step", unit="nats")
    evidence.number(**{"broken by a kink, L = |w|: quotient, -|g|^2": (kink, -1.0)})

    def draw(canvas):
        axes = canvas.add_subplot()
        for index, (one, two) in enumerate(curves):
            axes.loglog(
                steps, one, "o-", color="#0072B2", label="" if index else "[L(θ − hg) − L(θ)]/h + |g|²"
            )
            axes.loglog(
                steps, two, "s-", color="#D55E00", label="" if index else "the same, first order taken away"
            )
        top = max(one[0] for one, _ in curves) * 1.6
        axes.loglog(steps, top * steps / steps[0], ":", color="#595959", label="slopes 1 and 2")
        low = min(two[0] for _, two in curves) / 1.6
        axes.loglog(steps, low * (steps / steps[0]) ** 2, ":", color="#595959")
        axes.set(xlabel="step h", ylabel="error in nats")
        axes.legend(frameon=False)

    evidence.draw(
        draw, "Error of a step of descent against the flow, for eight networks 3-4-3-2 and six samples."
    )
