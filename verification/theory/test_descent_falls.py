"""When the loss falls all the way, and what layers without a nonlinearity amount to."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from verification.descent import Problem
from verification.networks import INTEGER_ACTIVATIONS, IntegerNetwork
from verification.strategies import integer_networks
from verification.theory.test_loss_flow import follow

ROUNDING = 1e-12
"""Relative: sums of a few hundred float64 terms."""


def longest_step(lipschitz: float) -> float:
    """Shorter steps than 2 over the Lipschitz constant of the gradient make the loss fall."""
    return 2 / lipschitz


@st.composite
def bowls(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A positive definite Hessian of 1 to 4 parameters, and a place to start."""
    units = draw(st.integers(1, 4))
    whole = npst.arrays(np.float64, (units, units), elements=st.integers(-3, 3), fill=st.nothing())
    root = draw(whole)
    place = draw(npst.arrays(np.float64, (units,), elements=st.integers(-5, 5), fill=st.nothing()))
    return root @ root.T + np.eye(units), place


@st.composite
def classifications(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Rows x_i times labels of -1 and 1, and weights, of a logistic regression."""
    rows, units = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    whole = st.integers(-4, 4)
    rows = draw(
        npst.arrays(np.float64, (rows, units), elements=whole, fill=st.nothing()).filter(lambda x: x.any())
    )
    return rows, draw(npst.arrays(np.float64, (units,), elements=whole, fill=st.nothing())) / 2


def logistic_loss(rows: np.ndarray, w: np.ndarray) -> float:
    """The mean of log(1 + exp(-y_i x_i w)) over rows y_i x_i."""
    return float(np.logaddexp(0, -rows @ w).mean())


def bowl_loss(hessian: np.ndarray, w: np.ndarray) -> float:
    """The quadratic w'Hw / 2."""
    return float(w @ hessian @ w) / 2


@pytest.mark.claim(
    "loss.flow-monotone",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 appendix .1, the sign of eq. 19",
    says="Along gradient flow the loss never rises; with steps of size h it falls if h < 2 / Lip(∇L).",
)
def test_loss_falls(evidence):
    """On solved paths, on quadratics up to the very edge, and on logistic regressions; beyond it can rise."""
    for seed, activation in ((0, "tanh"), (3, "softplus")):
        path = follow(problem := Problem.random((3, 4, 2), 5, activation, seed), until=2.0)
        losses = [float(problem.loss(path(t))) for t in np.linspace(0.0, 2.0, 101)]
        evidence.case(seed=seed, activation=activation)
        # The solver's own error in L is about 1e-11.
        evidence.at_most(max(np.diff(losses)), 0.0, within=1e-9, what="rise along the flow", unit="nats")

    @given(bowl=bowls(), share=st.floats(0.01, 0.999))
    def quadratics(bowl, share):
        hessian, w = bowl
        values, vectors = np.linalg.eigh(hessian)
        edge = longest_step(values[-1])
        evidence.case(hessian=hessian, w=w, share=share)
        loss = bowl_loss(hessian, w)
        within = ROUNDING * max(1.0, loss)
        gradient = hessian @ w
        rise = bowl_loss(hessian, w - share * edge * gradient) - loss
        at_least = share * edge * (1 - share) * float(gradient @ gradient)
        target(evidence.at_most(rise, -at_least, within=within, what="change on a quadratic", unit="nats"))
        steepest = vectors[:, -1]
        loss = bowl_loss(hessian, steepest)
        changes = [
            bowl_loss(hessian, steepest - factor * edge * values[-1] * steepest) - loss
            for factor in (0.99, 1.0, 1.01)
        ]
        evidence.equal(changes[1], 0.0, within=ROUNDING * loss * 100, what="change at the edge", unit="nats")
        evidence.at_most(changes[0], -0.03 * loss, what="change just inside", unit="nats")
        evidence.at_most(-changes[2], -0.03 * loss, what="broken: minus change just outside", unit="nats")

    @given(problem=classifications(), share=st.floats(0.01, 0.999))
    def regressions(problem, share):
        rows, w = problem
        lipschitz = np.linalg.norm(rows, ord=2) ** 2 / (4 * len(rows))  # log(1 + e^-u) bends by at most 1/4
        h = share * longest_step(lipschitz)
        evidence.case(rows=rows, w=w, share=share)
        gradient = -(rows / (1 + np.exp(rows @ w))[:, None]).mean(axis=0)
        loss = logistic_loss(rows, w)
        rise = logistic_loss(rows, w - h * gradient) - loss
        at_least = h * (1 - share) * float(gradient @ gradient)
        within = ROUNDING * max(1.0, loss)
        target(evidence.at_most(rise, -at_least, within=within, what="change of a regression", unit="nats"))

    quadratics()
    regressions()


def defect(f, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """f(x + y) - f(x) - f(y) + f(0), which is 0 for every affine f."""
    return f(x + y) - f(x) - f(y) + f(0 * x)


def collapse(network: IntegerNetwork) -> tuple[np.ndarray, np.ndarray]:
    """The one matrix and the one bias of a network without nonlinearities."""
    inputs = network.x.shape[1]
    matrix, bias = np.eye(inputs, dtype=np.int64), np.zeros(inputs, dtype=np.int64)
    for weight, own in zip(network.weights, network.biases, strict=True):
        matrix, bias = matrix @ weight, bias @ weight + own
    return matrix, bias


def run(network: IntegerNetwork, x: np.ndarray, activation: str = "identity") -> np.ndarray:
    """The output on other inputs, with one activation for all layers."""
    names = (activation,) * len(network.weights)
    *_, output = IntegerNetwork(network.weights, network.biases, names, x, network.y).activities()
    return output


def in_thirds(network: IntegerNetwork, x: np.ndarray) -> np.ndarray:
    """The output without nonlinearities, all weights and biases divided by 3."""
    for weight, bias in zip(network.weights, network.biases, strict=True):
        x = x @ (weight / 3) + bias / 3
    return x


@pytest.mark.claim(
    "net.linear-collapse",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §2.1.2",
    says="Layers without a nonlinearity, composed, are one affine layer.",
)
def test_linear_layers_collapse(evidence):
    """In integers, so exactly; and in floats. With any of our nonlinearities between them they are not."""

    @given(network=integer_networks(), data=st.data())
    def search(network, data):
        evidence.case(widths=[len(w) for w in network.weights], rows=len(network.x))
        other = data.draw(
            npst.arrays(np.int64, network.x.shape, elements=st.integers(-3, 3), fill=st.nothing())
        )
        matrix, bias = collapse(network)
        found = run(network, network.x)
        evidence.equal(found, network.x @ matrix + bias, within=0, what="one layer for all", unit="")
        gap = defect(lambda x: run(network, x), network.x, other)
        target(evidence.equal(gap, 0, within=0, what="f(x+y)-f(x)-f(y)+f(0)", unit=""))
        # Nothing grows beyond 100, so roundings stay below 1e-12.
        gap = defect(lambda x: in_thirds(network, x), network.x / 7, other / 7)
        evidence.equal(gap, 0, within=1e-9, what="the same in floats", unit="")

    search()
    network = IntegerNetwork.random((2, 3, 2), samples=4, rng=np.random.default_rng(0))
    x, y = np.array([[1, 0], [2, -1]]), np.array([[0, 1], [-3, 2]])
    gaps = {}
    for activation in sorted(INTEGER_ACTIVATIONS):
        if activation != "identity":
            gap = defect(lambda rows, name=activation: run(network, rows, name), x, y)
            evidence.differ(gap, 0, by=0, what=f"broken: {activation} between the layers", unit="")
            gaps[f"broken by {activation}: f(x+y)-f(x)-f(y)+f(0)"] = gap
    evidence.number(**gaps)
