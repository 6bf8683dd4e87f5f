"""The chain rule in the derivation of the loss in time: single derivatives, squares of vectors, paths."""

from itertools import pairwise
from string import ascii_lowercase

import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from verification.descent import ACTIVATIONS, Parameters, Problem, loss_speed, scale, speeds, square
from verification.theory.test_loss_layers import RELATIVE, layer_rates, problems

RATE = 0.3


def normal_motion(problem: Problem, seed: int) -> Parameters:
    """A velocity of the parameters that has nothing to do with the gradient."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(part.shape, generator=generator, dtype=torch.float64) for part in problem.start)


def slopes(problem: Problem, theta: Parameters) -> list[torch.Tensor]:
    """phi'(z^l) of every layer, sample by sample."""
    return [ACTIVATIONS[problem.activation][1](z) for z in problem.pre_activations(theta)]


def activities(problem: Problem, theta: Parameters) -> list[torch.Tensor]:
    """a^0 = x, a^1, ..., a^L, sample by sample."""
    return [problem.x, *(ACTIVATIONS[problem.activation][0](z) for z in problem.pre_activations(theta))]


def activity_gradients(problem: Problem, theta: Parameters) -> list[torch.Tensor]:
    """dL/da^1, ..., dL/da^L, sample by sample, by automatic differentiation from each layer on."""
    phi, gradients = ACTIVATIONS[problem.activation][0], []
    for layer, a in enumerate(activities(problem, theta)[1:], start=1):
        above = start = a.detach().requires_grad_()
        for weight, bias in zip(theta[2 * layer :: 2], theta[2 * layer + 1 :: 2], strict=True):
            above = phi(above @ weight + bias)
        gradients += torch.autograd.grad(((above - problem.y) ** 2).sum(dim=1).mean() / 2, start)
    return gradients


def speeds_by_parts(problem: Problem, theta: Parameters, motion: Parameters) -> list[torch.Tensor]:
    """dz^l/dt by the fourth derivative and da^l/dt by the first relation, layer after layer."""
    found, below_moves = [], torch.zeros_like(problem.x)
    for layer, (a, slope) in enumerate(zip(activities(problem, theta), slopes(problem, theta), strict=False)):
        weight, moving, bias_moves = theta[2 * layer], motion[2 * layer], motion[2 * layer + 1]
        found.append(bias_moves + below_moves @ weight + a @ moving)
        below_moves = slope * found[-1]
    return found


def off(value: torch.Tensor, truth: torch.Tensor) -> float:
    """The largest difference as a share of the largest entry, or of 1 where all are smaller."""
    return float((value - truth).abs().max()) / max(1.0, float(truth.abs().max()))


@pytest.mark.claim(
    "loss.time-derivative-identities",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 appendix .1, lists before eq. 1",
    says="dz_i/db_j = δ_ij, dz_i/dW_jk = a_j δ_ik, dz_i/da_j = W_ji, dz/dt = db/dt + Σ W da/dt + Σ a dW/dt, "
    "da/dt = φ' dz/dt and dL/dz = φ' dL/da.",
)
def test_single_derivatives(evidence):
    """By automatic differentiation, the parameters moving in any direction at all."""

    @given(problem=problems(), data=st.data(), seed=st.integers(0, 2**31 - 1))
    def search(problem, data, seed):
        theta = problem.start
        evidence.case(widths=tuple(len(w) for w in theta[::2]), activation=problem.activation)
        layer = data.draw(st.integers(0, problem.layers - 1))
        weight, bias, a = *theta[2 * layer : 2 * layer + 2], activities(problem, theta)[layer][0]
        by_bias, by_weight, by_activity = torch.autograd.functional.jacobian(
            lambda b, w, below: below @ w + b, (bias, weight, a)
        )
        same = torch.eye(len(bias), dtype=torch.float64)
        for name, found, stated in (
            ("dz/db", by_bias, same),
            ("dz/dW", by_weight, a[None, :, None] * same[:, None, :]),
            ("dz/da", by_activity, weight.T),
        ):
            evidence.equal(off(found, stated), 0.0, within=RELATIVE, what=name, unit="(relative)")
        motion = normal_motion(problem, seed)
        moving = speeds(problem, theta, motion)
        _, activities_move = torch.autograd.functional.jvp(
            lambda *moved: tuple(activities(problem, moved)[1:]), theta, motion
        )
        stated = speeds_by_parts(problem, theta, motion)
        worst = 0.0
        for name, found, by_identity in (
            ("dz/dt", moving, stated),
            ("da/dt", activities_move, [s * z for s, z in zip(slopes(problem, theta), moving, strict=True)]),
            (
                "dL/dz",
                problem.gammas(theta),
                [
                    s * g
                    for s, g in zip(slopes(problem, theta), activity_gradients(problem, theta), strict=True)
                ],
            ),
        ):
            for one, other in zip(found, by_identity, strict=True):
                share = evidence.equal(off(one, other), 0.0, within=RELATIVE, what=name, unit="(relative)")
                worst = max(worst, share)
        target(worst)

    search()


@pytest.mark.claim(
    "loss.eq18-norm",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 appendix .1 eq. 18",
    says="dL/dt = -a Σ_l (dL/dθ^l)², if the square of a vector of derivatives means its squared Euclidean "
    "norm.",
)
def test_square_of_a_vector(evidence):
    """Layer by layer as in the print; other squares of a vector give other numbers."""

    def summed(problem, size):
        gradient = problem.gradient(problem.start)
        layers = [
            torch.cat([part.ravel() for part in gradient[2 * layer : 2 * layer + 2]])
            for layer in range(problem.layers)
        ]
        return -RATE * sum(float(size(layer)) for layer in layers)

    @given(problem=problems())
    def search(problem):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]))
        gradient = problem.gradient(problem.start)
        true = loss_speed(problem, problem.start, scale(-RATE, gradient))
        found = summed(problem, euclidean)
        share = (found - true) / (RATE * square(gradient))
        target(evidence.equal(share, 0.0, within=RELATIVE, what="eq. 18 and dL/dt", unit="(relative)"))

    search()
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    true = loss_speed(problem, problem.start, scale(-RATE, problem.gradient(problem.start)))
    others = {
        "square of the sum of entries": lambda vector: vector.sum() ** 2,
        "square of the sum of sizes": lambda vector: vector.abs().sum() ** 2,
        "square of the largest size": lambda vector: vector.abs().max() ** 2,
    }
    found = {name: summed(problem, size) for name, size in others.items()}
    for name, value in found.items():
        # Each is a number of the same kind; only Euclid's gives the speed.
        evidence.differ(value, true, by=0.1 * abs(true), what=f"broken: {name}", unit="nats")
    evidence.number(**{"dL/dt, nats": true} | {f"broken by the {name}": x for name, x in found.items()})


def euclidean(vector: torch.Tensor) -> torch.Tensor:
    """The squared Euclidean norm."""
    return vector @ vector


def path_sum(problem: Problem, theta: Parameters, motion: Parameters, layer: int) -> float:
    """G^l as the sum over samples and paths i_l .. i_L of dz^l/dt, slopes, weights and dL/da^L."""
    units = ascii_lowercase[: problem.layers - layer + 1]
    pieces = [("n" + units[0], speeds(problem, theta, motion)[layer - 1])]
    pieces += zip(("n" + unit for unit in units), slopes(problem, theta)[layer - 1 :], strict=True)
    pieces += zip((one + other for one, other in pairwise(units)), theta[2 * layer :: 2], strict=True)
    pieces.append(("n" + units[-1], activity_gradients(problem, theta)[-1]))
    formula = ",".join(indices for indices, _ in pieces)
    return float(torch.einsum(formula + "->", *(piece for _, piece in pieces)))


@pytest.mark.claim(
    "loss.path-sum",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 appendix .2 eqs. 20-25",
    says="G^l is a sum over samples and over paths of units from layer l up to L of dz^l/dt times slopes, "
    "weights and dL/da^L.",
)
def test_sum_over_paths(evidence):
    """For every layer below the last; one sample alone does not do, nor does an output across units."""

    @given(problem=problems(), rate=st.floats(0.01, 2.0))
    def search(problem, rate):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), activation=problem.activation)
        gradient = problem.gradient(problem.start)
        motion = scale(-rate, gradient)
        worst = 0.0
        for layer, truth in enumerate(layer_rates(problem, motion)[:-1], start=1):
            share = (path_sum(problem, problem.start, motion, layer) - truth) / (rate * square(gradient))
            share = evidence.equal(share, 0.0, within=RELATIVE, what="paths and G^l", unit="(relative)")
            worst = max(worst, share)
        target(worst)

    search()
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    theta, motion = problem.start, scale(-RATE, problem.gradient(problem.start))
    whole = layer_rates(problem, motion)
    evidence.equal(
        path_sum(problem, theta, motion, 1), whole[0], within=RELATIVE, what="net 3-4-3-2", unit="nats"
    )
    shares = (problem.gammas(theta)[0] * speeds(problem, theta, motion)[0]).sum(dim=1)
    for share in shares:
        evidence.differ(float(share), whole[0], by=1e-3, what="broken: one sample alone", unit="nats")

    # Softmax with cross-entropy above one hidden layer: paths through the slopes p (1 - p) miss the rest of
    # the Jacobian.
    zs = [z.detach() for z in problem.pre_activations(theta)[:2]]
    hidden = zs[1].clone().requires_grad_()
    p = torch.softmax(torch.tanh(hidden) @ theta[4] + theta[5], dim=1)
    (gamma,) = torch.autograd.grad(-torch.log(p[:, 0]).mean(), hidden)
    moving = speeds(problem, theta, motion)[1]
    true = float((gamma * moving).sum())
    top = torch.zeros_like(p)
    top[:, 0] = -1 / p[:, 0] / len(p)
    through = (top * p * (1 - p)).detach() @ theta[4].T * (1 - torch.tanh(zs[1]) ** 2)
    evidence.differ(float((through * moving).sum()), true, by=1e-3, what="broken: softmax", unit="nats")
    evidence.number(
        **{
            "G^l of a 3-4-3-2 net": whole,
            "broken by single samples: their shares of G^1": shares,
            "broken by softmax: G^2, by paths": (true, float((through * moving).sum())),
        }
    )
