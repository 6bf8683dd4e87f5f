"""Descent: a lost prime, a layer counted twice, and formulas read where they do not apply."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ibspec.models import Mlp
from ibspec.training import Adadelta
from verification.descent import ACTIVATIONS, Problem, loss_speed, scale, speeds, square
from verification.networks import RealNetwork
from verification.strategies import real_networks
from verification.theory.test_descent_chain import activity_gradients, normal_motion
from verification.theory.test_loss_layers import RELATIVE, layer_rates, problems

RATE = 0.3

PRINTED = 5e-7
"""Half a unit in the sixth place of the reference numbers."""

ROUNDING = 1e-12
"""Sums of at most a thousand float64 terms of the size of the result."""


def softmax_gamma(p: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
    """dL/dz = J' dL/da with the whole Jacobian of softmax, J = diag(p) - p p'."""
    return p * upper - p * (p * upper).sum(dim=-1, keepdim=True)


@pytest.mark.claim(
    "backprop.softmax",
    kind="extension",
    expected="refuted",
    source="candidate-8240R-2019 §2.1.6 and appendix .1, read for the softmax outputs of §§3.1.1-3.1.2",
    says="γ_j = dL/da_j φ'(z_j) also holds for a softmax output.",
)
def test_softmax_is_not_elementwise(evidence):
    """The rule loses what the other classes get; with the whole Jacobian and cross-entropy, γ = p - y."""
    z = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
    p = torch.softmax(z, dim=0)
    (true,) = torch.autograd.grad(-torch.log(p[0]), z)
    p = p.detach()
    upper = torch.stack([-1 / p[0], 0 * p[1], 0 * p[2]])
    elementwise = upper * p * (1 - p)
    evidence.equal(true, (-0.334759, 0.244728, 0.090031), within=PRINTED, what="z = (1, 0, -1)", unit="nats")
    evidence.equal(elementwise, (-0.334759, 0, 0), within=PRINTED, what="elementwise", unit="nats")
    evidence.differ(elementwise, true, by=0.2, what="elementwise and true", unit="nats")
    evidence.counterexample(z=(1.0, 0.0, -1.0), label=1, true_gamma=true, by_the_elementwise_rule=elementwise)

    @given(
        z=npst.arrays(
            np.float64, st.integers(1, 6), elements=st.floats(-15, 15, width=32), fill=st.nothing()
        ),
        data=st.data(),
    )
    def search(z, data):
        label = data.draw(st.integers(0, len(z) - 1))
        evidence.case(z=z, label=label)
        z = torch.from_numpy(z).requires_grad_()
        (true,) = torch.autograd.grad(-torch.log_softmax(z, dim=0)[label], z)
        p = torch.softmax(z.detach(), dim=0)
        y = torch.zeros_like(p)
        y[label] = 1
        upper = -y / p  # not near 0: p is at least exp(-30) / 6, so 1/p loses no digits
        evidence.equal(p - y, true, within=ROUNDING, what="corrected: p - y", unit="nats")
        target(
            evidence.equal(
                softmax_gamma(p, upper), true, within=ROUNDING, what="corrected: whole Jacobian", unit="nats"
            )
        )
        missing = true - upper * p * (1 - p)
        evidence.equal(missing, p * (1 - y), within=ROUNDING, what="what the rule loses", unit="nats")

    search()


def with_activation(problem: Problem, motion) -> list[float]:
    """G^l of every layer by eq. 9 as printed: sum phi dL/da dz/dt, without the prime."""
    return _by_equation_9(problem, motion, ACTIVATIONS[problem.activation][0])


def with_slope(problem: Problem, motion) -> list[float]:
    """G^l of every layer by eq. 9 with the prime: sum phi' dL/da dz/dt."""
    return _by_equation_9(problem, motion, ACTIVATIONS[problem.activation][1])


def _by_equation_9(problem: Problem, motion, factor) -> list[float]:
    theta = problem.start
    pieces = (
        problem.pre_activations(theta), activity_gradients(problem, theta), speeds(problem, theta, motion)
    )  # fmt: skip
    return [float((factor(z) * above * moving).sum()) for z, above, moving in zip(*pieces, strict=True)]


@pytest.mark.claim(
    "loss.eq9-prime",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 appendix .1 eq. 9",
    says="G^l = Σ_i φ(z_i) dL/da_i dz_i/dt.",
)
def test_lost_prime(evidence):
    """One unit at rest: the print gives 0 and the loss falls; with φ' every layer of every net is right."""

    @given(problem=problems(), rate=st.floats(0.01, 2.0))
    def search(problem, rate):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), activation=problem.activation)
        gradient = problem.gradient(problem.start)
        motion, size = scale(-rate, gradient), rate * square(gradient)
        shares = (np.array(with_slope(problem, motion)) - layer_rates(problem, motion)) / size
        target(evidence.equal(shares, 0.0, within=RELATIVE, what="corrected: φ'", unit="(relative)"))

    search()
    one = torch.ones(1, 1, dtype=torch.float64)
    unit = Problem(x=one, y=one, activation="tanh", start=(0 * one, 0 * one[0]))
    motion = scale(-RATE, unit.gradient(unit.start))
    (printed,), (true,) = with_activation(unit, motion), layer_rates(unit, motion)
    evidence.equal((printed, true), (0.0, -2 * RATE), within=ROUNDING, what="unit at rest", unit="nats")
    evidence.differ(
        printed, true, by=0.5, what="eq. 9 and G", unit="nats",
        network="one tanh unit, weight and bias 0", x=1, y=1, rate=RATE, G_as_printed=printed, G=true,
    )  # fmt: skip
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    motion = scale(-RATE, problem.gradient(problem.start))
    printed, true = with_activation(problem, motion), layer_rates(problem, motion)
    for layer, pair in enumerate(zip(printed, true, strict=True), start=1):
        evidence.differ(*pair, by=1e-2, what=f"net 3-4-3-2, layer {layer}", unit="nats")
    evidence.number(**{"net 3-4-3-2: G as printed": printed, "net 3-4-3-2: G": true})


def own_rates(gradient, rates) -> float:
    """dL/dt where each parameter has its own rate: -sum eta_i g_i^2."""
    return -sum(float((eta * g**2).sum()) for eta, g in zip(rates, gradient, strict=True))


@pytest.mark.claim(
    "loss.optimizer-scope",
    kind="extension",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.1, read for the Adadelta of §3.1.2",
    says="dL/dt = -a |∇L|², with one a, also for optimisers with a rate for each parameter or with momentum.",
)
def test_other_optimisers(evidence):
    """Rates of their own give -Σ η g²; Adadelta's first step is of that kind; momentum can climb."""
    g, rates = torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([1.0, 3.0], dtype=torch.float64)
    true, common = own_rates((g,), (rates,)), -float(rates.mean()) * square((g,))
    evidence.equal((true, common), (-1.0, -2.0), within=0.0, what="g = (1, 0), rates (1, 3)", unit="nats")
    evidence.differ(
        common, true, by=0.5, what="mean rate and true speed", unit="nats",
        gradient=g, rates=rates, speed=true, speed_by_the_mean_rate=common,
    )  # fmt: skip

    @given(problem=problems(), seed=st.integers(0, 2**31 - 1))
    def search(problem, seed):
        evidence.case(widths=tuple(len(w) for w in problem.start[::2]), seed=seed)
        gradient = problem.gradient(problem.start)
        rates = tuple(part.exp() for part in normal_motion(problem, seed))
        motion = tuple(-eta * part for eta, part in zip(rates, gradient, strict=True))
        stated = own_rates(gradient, rates)
        found = loss_speed(problem, problem.start, motion) / stated
        target(abs(evidence.equal(found, 1.0, within=RELATIVE, what="corrected: -Σ η g²", unit="(ratio)")))

    search()
    implied = []
    rate, rho, eps = 1e-6, 0.95, 1e-7
    for seed in range(4):
        problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=seed)
        gradient = problem.gradient(problem.start)
        moved = [part.clone().requires_grad_() for part in problem.start]
        optimiser = Adadelta(learning_rate=rate, rho=rho, eps=eps).build(moved)
        problem.loss(tuple(moved)).backward()
        optimiser.step()
        end = tuple(part.detach() for part in moved)
        speed = float(problem.loss(end) - problem.loss(problem.start)) / rate
        etas = tuple((eps / ((1 - rho) * part**2 + eps)).sqrt() for part in gradient)
        # Relative: the next order of so short a step is 1e-6, rounding of the quotient about 1e-7.
        share = speed / own_rates(gradient, etas)
        evidence.equal(share, 1.0, within=1e-5, what="corrected: first step of Adadelta", unit="(ratio)")
        implied.append(-speed / square(gradient))
    evidence.differ(
        max(implied) / min(implied), 1.0, by=0.1, what="one rate for all of Adadelta", unit="(ratio)"
    )

    # No friction, L = w^2/2 from w = 1 at rest: w = cos t, and at 3 pi/4 the loss climbs at rate 1/2.
    t = 3 * np.pi / 4
    climbing = np.cos(t) * -np.sin(t)
    evidence.equal(climbing, 0.5, within=ROUNDING, what="momentum on w^2/2 at 3π/4", unit="nats")
    evidence.number(
        **{
            "Adadelta's first step, four nets: a that -a |g|^2 would need": implied,
            "momentum on w^2/2: dL/dt, -|g|^2": (climbing, -(np.cos(t) ** 2)),
        }
    )


def mean_of_means(orders: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Cut each row into batches of these sizes and average the batches' means."""
    batches = np.split(orders, np.cumsum(sizes)[:-1], axis=-1)
    return np.mean([batch.mean(axis=-1) for batch in batches], axis=0)


def weighted_mean(orders: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """The same with each batch counting by its size."""
    batches = np.split(orders, np.cumsum(sizes)[:-1], axis=-1)
    return np.average([batch.mean(axis=-1) for batch in batches], axis=0, weights=sizes)


@pytest.mark.claim(
    "loss.partition",
    kind="extension",
    expected="refuted",
    source="candidate-8240R-2019 §2.1.5 and §3.2.1, read for epochs cut into batches of unequal size",
    says="The mean over an epoch's batches of their mean gradients is the full mean gradient.",
)
def test_short_batch(evidence):
    """The short batch counts too much; weights by size mend it, and so does a new order for every epoch."""
    values = np.array([1.0, 2.0, 6.0])
    printed = float(mean_of_means(values, (2, 1)))
    evidence.equal((printed, values.mean()), (3.75, 3.0), within=0.0, what="gradients 1, 2, 6", unit="")
    evidence.differ(
        printed, values.mean(), by=0.7, what="mean of means and mean", unit="",
        gradients=values, batches="{1, 2}, {3}", mean_of_batch_means=printed, mean=values.mean(),
    )  # fmt: skip

    @given(
        values=npst.arrays(np.float64, st.integers(2, 5), elements=st.integers(-50, 50), fill=st.nothing()),
        data=st.data(),
    )
    def search(values, data):
        n = len(values)
        size = data.draw(st.integers(1, n - 1))
        sizes = (size,) * (n // size) + ((n % size,) if n % size else ())
        evidence.case(values=values, batch_size=size)
        mean, within = values.mean(), ROUNDING * max(1.0, np.abs(values).max())
        orders = np.array(list(permutations(values)))
        found = weighted_mean(orders, sizes)
        worst = evidence.equal(found, mean, within=within, what="corrected: weights by size", unit="")
        full = orders[:, :size].mean()
        evidence.equal(full, mean, within=within, what="corrected: new orders, short batch dropped", unit="")
        kept = mean_of_means(orders, sizes).mean()
        evidence.equal(kept, mean, within=within, what="corrected: new orders, short batch kept", unit="")
        if len(set(sizes)) == 1:
            found = mean_of_means(orders, sizes)
            worst = max(worst, evidence.equal(found, mean, within=within, what="equal batches", unit=""))
        target(worst)

    search()
    orders = np.array(list(permutations(values)))
    evidence.number(
        **{
            "mean of batch means, every order": mean_of_means(orders, (2, 1)),
            "mean over all orders": float(mean_of_means(orders, (2, 1)).mean()),
            "mean of the fixed batch {1, 2} alone": float(values[:2].mean()),
        }
    )


def output_as_printed(activities: list[np.ndarray]) -> np.ndarray:
    """a^[N-1] of a net of N layers, where a^[0] = x."""
    layers = len(activities) - 1
    return activities[layers - 1]


def output(activities: list[np.ndarray]) -> np.ndarray:
    """a^[N]."""
    return activities[len(activities) - 1]


@pytest.mark.claim(
    "net.layer-index",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §2.1.2, general form after the two-layer example",
    says="With a^[0] = x, a model of N layers predicts a^[N-1].",
)
def test_last_layer_has_number_n(evidence):
    """Two layers give a^[2] by the source's own example; the print stops one layer short of the output."""

    @given(network=real_networks(), seed=st.integers(0, 2**31 - 1))
    def search(network, seed):
        x = np.random.default_rng(seed).normal(size=(3, network.inputs))
        evidence.case(widths=[network.inputs, *(len(bias) for bias in network.biases)])
        activities = [x, *network.activities(x)]
        evidence.equal(len(activities) - 1, len(network.weights), within=0, what="number of layers", unit="")
        predicted = activities[-2] @ network.weights[-1] + network.biases[-1]
        predicted = np.tanh(predicted) if network.activation == "tanh" else np.maximum(predicted, 0)
        found = output(activities)
        evidence.equal(found.shape, predicted.shape, within=0, what="corrected: shape of a^[N]", unit="")
        evidence.equal(found, predicted, within=0.0, what="corrected: a^[N] is the prediction", unit="")

    search()
    net = Mlp(hidden=(1024, 20, 20, 20), activation="tanh").lay_out((784,), 10)
    shapes = [tuple(part.shape) for part in net.parameters() if part.ndim == 2]
    evidence.equal(len(shapes), 5, within=0, what="layers of 784-1024-20-20-20-10", unit="")
    widths = (784, 1024, 20, 20, 20, 10)
    random = RealNetwork.random(widths, "tanh", gain=1.0, rng=np.random.default_rng(0))
    activities = [x := np.zeros((1, 784)), *random.activities(x)]
    printed, true = output_as_printed(activities).shape[1], output(activities).shape[1]
    evidence.differ(
        printed, true, by=0, what="units of a^[N-1] and of the prediction", unit="units",
        network="784-1024-20-20-20-10", layers=5, units_of_a_N_minus_1=printed, units_of_a_N=true,
    )  # fmt: skip
