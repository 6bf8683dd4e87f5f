"""What noise in the gradient does to steps of finite size: the second order, and the floor it sets."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from verification.descent import Problem, add, dot, scale
from verification.theory.test_descent_batches import batches, on_rows

ROUNDING = 1e-12
"""Relative: sums of a few hundred float64 terms of the size of the result."""

CHANGE = 4e-15
"""Nats: twice the rounding of a difference of two losses near 1, each a sum of a few dozen terms."""


def batch_gradients(problem: Problem, size: int):
    """The gradient of every batch of a size, without replacement, as lists of arrays."""
    drawn = batches(len(problem.x), size, replace=False)
    return [on_rows(problem, rows).gradient(problem.start) for rows in drawn]


def expected_change(problem: Problem, gradients, rate: float) -> float:
    """E[L(theta - a g) - L(theta)] over equally likely g."""
    start = problem.loss(problem.start)
    moved = [problem.loss(add(problem.start, scale(-rate, g))) for g in gradients]
    return float(sum(loss - start for loss in moved)) / len(moved)


def bend(problem: Problem, direction) -> float:
    """Return d'Hd by automatic differentiation, H the Hessian of the loss at the start."""
    _, along = torch.autograd.functional.hvp(lambda *theta: problem.loss(theta), problem.start, direction)
    return dot(along, direction)


def coefficients(problem: Problem, gradients, orders: range) -> dict[int, float]:
    """The mean Taylor coefficients of L(theta - a g) in a, by automatic differentiation over and over."""

    def loss_along(a, *g):
        return problem.loss(tuple(part - a * d for part, d in zip(problem.start, g, strict=True)))

    a = torch.zeros(len(gradients), dtype=torch.float64, requires_grad=True)
    values = torch.vmap(loss_along)(a, *(torch.stack(parts) for parts in zip(*gradients, strict=True)))
    found = {}
    for order in range(1, orders.stop):
        # Each value depends on its own entry of a alone, so the gradient of their sum has theirs as entries.
        (values,) = torch.autograd.grad(values.sum(), a, create_graph=True)
        found[order] = float(values.detach().mean()) / math.factorial(order)
    return {order: found[order] for order in orders}


def noise_term(problem: Problem, mean, gradients) -> float:
    """tr(H S), S the covariance of the gradients: the mean of d'Hd over their deviations d."""
    return float(np.mean([bend(problem, add(g, scale(-1.0, mean))) for g in gradients]))


def left_over(second: float, third: float, rate: float) -> float:
    """How far 2 f(a) - f(2a) is from f(0), if f(a) = f(0) + ... a + second a^2 + third a^3 + ...

    The first order cancels, the next two get weights -2 and -6; half as much again is for all that follow.
    """
    return 1.5 * (2 * abs(second) * rate**2 + 6 * abs(third) * rate**3)


@pytest.mark.claim(
    "loss.second-order",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §§3.2.1, 3.2.5, continued to the next order",
    says="E[L(θ - a g) - L(θ)] = -a |μ|² + a²/2 (μ'Hμ + tr HS) + O(a³), S being the covariance of the batch "
    "gradients g.",
)
def test_second_order(evidence):
    """Every batch counted: what remains is of third order, with the coefficient that it should have."""
    rates = 4e-3 / 2.0 ** np.arange(5)
    curves, terms = [], {}
    for seed, size in ((1, 1), (3, 2), (5, 1)):
        problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=seed)
        gradients, mean = batch_gradients(problem, size), problem.gradient(problem.start)
        noise, curvature = noise_term(problem, mean, gradients), bend(problem, mean)
        first = -dot(mean, mean)
        changes = np.array([expected_change(problem, gradients, rate) for rate in rates])
        quiet = changes - rates * first - rates**2 / 2 * curvature
        rest = quiet - rates**2 / 2 * noise
        by_order = coefficients(problem, gradients, range(3, 7))
        for rate, before, after in zip(rates[1:], pairwise(quiet), pairwise(rest), strict=True):
            evidence.case(seed=seed, batch=size, rate=rate)
            missing = 2 * before[1] / rate**2 - before[0] / (2 * rate) ** 2
            within = left_over(by_order[4], by_order[5], rate) + CHANGE / rate**2
            evidence.equal(missing, noise / 2, within=within, what="missing without noise", unit="nats")
            settled = 2 * after[1] / rate**3 - after[0] / (2 * rate) ** 3
            within = left_over(by_order[5], by_order[6], rate) + CHANGE / rate**3
            evidence.equal(settled, by_order[3], within=within, what="third order", unit="nats")
        curves.append((np.abs(quiet), np.abs(rest)))
        terms[f"net {seed}, batches of {size}: |mu|^2, mu'H mu, tr HS"] = (-first, curvature, noise)
    evidence.number(**terms)

    def draw(canvas):
        axes = canvas.add_subplot()
        for index, (quiet, rest) in enumerate(curves):
            name = "" if index else "without tr HS", "" if index else "with tr HS"
            axes.loglog(rates, quiet, "o-", color="#D55E00", label=name[0])
            axes.loglog(rates, rest, "s-", color="#0072B2", label=name[1])
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axes.set_xticks([], minor=True)
        axes.set(xlabel="learning rate a", ylabel="error of the expansion in nats")
        axes.legend(frameon=False)

    evidence.draw(
        draw, "What the expansion misses, for three nets 3-4-3-2, six samples, every batch counted."
    )


def quadratic_change(hessian: np.ndarray, mean: np.ndarray, noise: np.ndarray, rate: float) -> float:
    """E[L(w - a g) - L(w)] for L = w'Hw/2 with gradient mu, g = mu + one of the rows of noise."""
    w = np.linalg.solve(hessian, mean)
    before = w @ hessian @ w / 2
    moved = w - rate * (mean + noise)
    return float(np.mean(np.einsum("ni,ij,nj->n", moved, hessian, moved) / 2 - before))


def floor_ratio(rate: float, curvature: float) -> float:
    """SNR*^2 = (ah/2) / (1 - ah/2), where the expected loss of one parameter stops falling."""
    half = rate * curvature / 2
    return half / (1 - half)


@pytest.mark.claim(
    "loss.mean-not-snr",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 abstract, §§3.2.1, 3.2.5, 4",
    says="The expected rate at which the loss falls depends on the mean gradient and not on its "
    "signal-to-noise ratio, in the limit of small learning rates.",
)
def test_noise_does_not_matter_at_first(evidence):
    """As a goes to 0; finite steps break it: below SNR* the loss rises though the mean is the same."""

    @given(data=st.data(), units=st.integers(1, 3), power=st.integers(0, 12), width=st.integers(0, 4))
    def search(data, units, power, width):
        whole = npst.arrays(np.float64, (units, units), elements=st.integers(-2, 2), fill=st.nothing())
        root = data.draw(whole)
        hessian = root @ root.T + np.eye(units)
        mean = data.draw(npst.arrays(np.float64, (units,), elements=st.integers(-3, 3), fill=st.nothing()))
        half = (
            data.draw(npst.arrays(np.float64, (2, units), elements=st.integers(-3, 3), fill=st.nothing()))
            * width
        )
        noise, rate = np.concatenate([half, -half]), 2.0**-power
        evidence.case(hessian=hessian, mean=mean, noise=noise, rate=rate)
        found = quadratic_change(hessian, mean, noise, rate) / rate
        spread = np.trace(hessian @ (noise.T @ noise)) / len(noise)
        second = mean @ hessian @ mean + spread
        stated = -mean @ mean + rate / 2 * second
        # The loss itself is |w|^2 |H| / 2 large, and its rounding is divided by the rate.
        size = max(1.0, mean @ mean, second) / rate
        off = (found - stated) / size
        target(evidence.equal(off, 0.0, within=ROUNDING, what="rate of change", unit="(relative)"))
        limit = rate / 2 * abs(second)
        evidence.at_most(
            abs(found + mean @ mean), limit, within=ROUNDING * size, what="distance from -|mu|^2", unit="nats"
        )

    search()
    flat, mean = np.array([[2.0]]), np.array([1.0])
    at_floor = {}
    for rate, reference in ((0.1, 0.3333), (0.2, 0.5), (0.4, 0.8165)):
        least = floor_ratio(rate, 2.0) ** 0.5
        # Half a unit in the fourth place.
        evidence.equal(least, reference, within=5e-5, what=f"SNR*, h = 2, a = {rate}", unit="")
        pair = np.array([[1.0], [-1.0]]) / least
        still = quadratic_change(flat, mean, pair, rate)
        evidence.equal(still, 0.0, within=ROUNDING, what="change at SNR*", unit="nats")
        above, below = (quadratic_change(flat, mean, pair / factor, rate) for factor in (1.01, 0.99))
        evidence.at_most(above, -1e-4, what="change just above SNR*", unit="nats")
        evidence.at_most(-below, -1e-4, what="broken: minus the change just below SNR*", unit="nats")
        at_floor[f"h = 2, a = {rate}: SNR*, change 1% above, 1% below"] = (least, above, below)
    evidence.number(**at_floor)


def floor(rate: float, curvature: float, deviation: float) -> float:
    """The expected loss at which descent with noise settles: a s^2 / (2 (2 - a h))."""
    return rate * deviation**2 / (2 * (2 - rate * curvature))


@pytest.mark.claim(
    "loss.quadratic-floor",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.1, continued to steps of finite size",
    says="On L = h w²/2, descent whose gradients have noise of variance s² settles at "
    "E L = a s² / (2 (2 - a h)), where gradient and noise are as SNR* to 1.",
)
def test_noise_floor(evidence):
    """By the recursion of the second moment for a h < 2, and with 20,000 chains; a h = 2 never settles."""

    @given(
        share=st.floats(0.02, 0.98),
        curvature=st.floats(0.1, 10.0),
        deviation=st.floats(0.1, 10.0),
        start=st.floats(0.0, 10.0),
    )
    def search(share, curvature, deviation, start):
        rate = 2 * share / curvature
        evidence.case(rate=rate, curvature=curvature, deviation=deviation, start=start)
        keeps = (1 - rate * curvature) ** 2
        moment = 2 * floor(rate, curvature, deviation) / curvature
        after = keeps * moment + rate**2 * deviation**2
        evidence.equal(after / moment, 1.0, within=ROUNDING, what="one step at the floor", unit="(ratio)")
        steps = 2000
        # Deviations from the floor shrink by at most 0.98^2 - 0.96^2, so by less than 1e-30 in all.
        loss = curvature / 2 * second_moment(start, keeps, rate * deviation, steps)
        found = loss / floor(rate, curvature, deviation)
        target(evidence.equal(found, 1.0, within=1e-10, what="floor from anywhere", unit="(ratio)"))
        ratio = curvature * moment**0.5 / deviation
        evidence.equal(
            ratio / floor_ratio(rate, curvature) ** 0.5, 1.0, within=ROUNDING, what="SNR*", unit="(ratio)"
        )

    search()
    found = {}
    for index, (rate, stated) in enumerate(((0.1, 0.027778), (0.2, 0.0625), (0.4, 0.166667))):
        evidence.equal(floor(rate, 2.0, 1.0), stated, within=5e-7, what=f"h = 2, s = 1, a = {rate}", unit="")
        chains = chain_ends(rate, 2.0, np.random.default_rng(index))
        # A variance from 20,000 chains has standard error 1%; five of them.
        share = float(np.mean(chains**2)) / stated
        evidence.equal(share, 1.0, within=0.05, what="20,000 chains", unit="(ratio)")
        found[f"h = 2, s = 1, a = {rate}: floor, 20,000 chains"] = (stated, share * stated)
    growing = [second_moment(0.0, (1 - 1.0 * 2.0) ** 2, 1.0, steps) for steps in (100, 200)]
    evidence.differ(growing[1], growing[0], by=50, what="a h = 2: second moment still grows", unit="")
    evidence.number(**found)


def second_moment(start: float, keeps: float, kick: float, steps: int) -> float:
    """E w^2 after steps w <- (1 - a h) w - a s noise, keeps = (1 - a h)^2 and kick = a s."""
    moment = start**2
    for _ in range(steps):
        moment = keeps * moment + kick**2
    return moment


def chain_ends(rate: float, curvature: float, rng: np.random.Generator) -> np.ndarray:
    """The last w of 20,000 chains of 100 steps from 0 with normal noise, near enough to the floor."""
    w = np.zeros(20_000)
    for _ in range(100):
        w -= rate * (curvature * w + rng.standard_normal(w.shape))
    return w
