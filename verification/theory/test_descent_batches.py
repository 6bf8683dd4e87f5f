"""Gradients of batches: their mean, their spread, and how many steps make an epoch."""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ibspec.training import GeneralEngine, Sgd, Training
from ibspec.training.engine import Demand, Task
from verification.descent import Problem, loss_speed, square
from verification.theory.test_loss_layers import problems

RATE = 0.3

ROUNDING = 1e-12
"""Relative: means of at most a few thousand float64 terms."""

PLACES = 5e-5
"""Half a unit in the fourth place of the reference numbers."""


def batches(samples: int, size: int, replace: bool) -> np.ndarray:
    """Every batch of a size, one a row, all equally likely; with replacement, in every order."""
    every = product(range(samples), repeat=size) if replace else combinations(range(samples), size)
    return np.array(list(every))


def flat(parts) -> np.ndarray:
    """All entries of a gradient in one row."""
    return torch.cat([part.ravel() for part in parts]).numpy()


def on_rows(problem: Problem, rows) -> Problem:
    """The same network on a batch of the samples."""
    rows = list(rows)
    return Problem(problem.x[rows], problem.y[rows], problem.activation, problem.start)


def sample_gradients(problem: Problem) -> np.ndarray:
    """The gradient of each sample's own loss, one a row."""
    return np.stack([flat(on_rows(problem, [row]).gradient(problem.start)) for row in range(len(problem.x))])


def mean_speed(gradients: np.ndarray, drawn: np.ndarray) -> float:
    """The mean over batches of dL/dt = -a grad L . g, g the batch's mean gradient."""
    return float(np.mean(-RATE * gradients[drawn].mean(axis=1) @ gradients.mean(axis=0)))


@pytest.mark.claim(
    "loss.minibatch-mean",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.1",
    says="Over equally likely batches of one size E[dL/dt] = -a |∇L|², since their mean gradients average to "
    "the full gradient.",
)
def test_mean_over_batches(evidence):
    """Every batch of every size, with and without replacement; three changes of the set-up break it."""

    @given(problem=problems(), data=st.data(), replace=st.booleans())
    def search(problem, data, replace):
        n = len(problem.x)
        size = data.draw(st.integers(1, min(n, 3) if replace else n))
        evidence.case(samples=n, batch=size, replace=replace)
        gradients, full = sample_gradients(problem), flat(problem.gradient(problem.start))
        drawn = batches(n, size, replace)
        scale = np.abs(gradients).max()
        off = np.abs(gradients[drawn].mean(axis=(0, 1)) - full).max() / scale
        worst = evidence.equal(off, 0.0, within=ROUNDING, what="E g and grad L", unit="(relative)")
        off = (mean_speed(gradients, drawn) + RATE * full @ full) / (scale**2 * len(full))
        target(max(worst, evidence.equal(off, 0.0, within=ROUNDING, what="E dL/dt", unit="(relative)")))

    search()
    problem = Problem.random((3, 4, 3, 2), samples=6, activation="tanh", seed=3)
    gradients, law = sample_gradients(problem), -RATE * square(problem.gradient(problem.start))
    for size in (1, 2, 3, 5, 6):
        speeds = []
        for rows in batches(6, size, replace=False):
            motion = tuple(-RATE * part for part in on_rows(problem, rows).gradient(problem.start))
            speeds.append(loss_speed(problem, problem.start, motion))
        what = "by differentiation, net 3-4-3-2"
        evidence.equal(np.mean(speeds) / law, 1.0, within=ROUNDING, what=what, unit="(ratio)")
    ones = batches(6, 1, replace=False)
    full = gradients.mean(axis=0)
    unequal = np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]) @ gradients
    own = -RATE * float(np.mean(np.sum(gradients[ones].mean(axis=1) ** 2, axis=1)))
    spread = float(np.trace(np.cov(gradients.T, bias=True)))
    evidence.equal(own / (law - RATE * spread), 1.0, within=ROUNDING, what="batch's own loss", unit="(ratio)")
    broken = {
        "samples not equally likely": -RATE * float(unequal @ full),
        "batches of 2 with the sum for the mean": 2 * mean_speed(gradients, batches(6, 2, replace=False)),
        "the speed of the batch's own loss": own,
    }
    for name, speed in broken.items():
        evidence.differ(speed, law, by=0.1 * abs(law), what=f"broken: {name}", unit="nats")
    evidence.number(**{"-a |grad L|^2, nats": law} | {f"broken by {name}": x for name, x in broken.items()})


@pytest.mark.claim(
    "loss.normality-unneeded",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.1, where gradients are modelled as normal",
    says="E[dL/dt] = -a |μ|² for gradients of any law with mean μ: neither its shape nor its spread enters.",
)
def test_any_law_with_the_mean(evidence):
    """Two-point, lopsided, heavy and constant noise, as wide as you like; the mean alone decides."""

    @given(
        mean=npst.arrays(np.float64, st.integers(1, 4), elements=st.integers(-5, 5), fill=st.nothing()),
        data=st.data(),
        width=st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    )
    def search(mean, data, width):
        atoms = data.draw(st.integers(1, 5))
        whole = npst.arrays(np.float64, (atoms, len(mean)), elements=st.integers(-9, 9), fill=st.nothing())
        noise = data.draw(whole) * width
        counts = data.draw(npst.arrays(np.float64, (atoms,), elements=st.integers(1, 9), fill=st.nothing()))
        law = counts / counts.sum()
        gradients = mean + noise - law @ noise
        evidence.case(mean=mean, law=law, gradients=gradients)
        speed = float(law @ first_order(mean, gradients))
        size = max(1.0, np.abs(gradients).max()) * max(1.0, np.abs(mean).max())
        off = (speed + RATE * mean @ mean) / size
        target(evidence.equal(off, 0.0, within=ROUNDING, what="E dL/dt and -a |mu|^2", unit="(relative)"))

    search()
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    laws = {
        "normal": (3 + 2 * nodes[:, None], weights / weights.sum()),
        "two points": (np.array([[1.0], [5.0]]), np.array([0.5, 0.5])),
        "lopsided": (np.array([[2.0], [12.0]]), np.array([0.9, 0.1])),
        "no noise": (np.array([[3.0]]), np.array([1.0])),
    }
    found = {}
    for name, (gradients, law) in laws.items():
        found[f"mean 3, {name}: E dL/dt"] = float(law @ first_order(np.array([3.0]), gradients))
    evidence.equal(list(found.values()), -9 * RATE, within=ROUNDING * 9, what="four laws", unit="nats")
    evidence.number(**found)


def first_order(mean: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """dL/dt for each gradient that may be drawn, where the full gradient is the mean."""
    return -RATE * gradients @ mean


def variance_with(spread: float, samples: int, size: int) -> float:
    """The variance of a batch's mean loss, with replacement."""
    return spread / size


def variance_without(spread: float, samples: int, size: int) -> float:
    """The same without replacement."""
    return spread * (samples - size) / (size * (samples - 1))


@pytest.mark.claim(
    "gd.family",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §2.1.5",
    says="The loss of one sample or of M is right on average; its variance is S²/M with replacement and "
    "S² (N-M) / (M (N-1)) without.",
)
def test_losses_of_batches(evidence):
    """Every batch of every size; without replacement M = N is the full loss; unequal chances break it."""

    @given(
        losses=npst.arrays(np.float64, st.integers(2, 6), elements=st.integers(0, 20), fill=st.nothing()),
        data=st.data(),
        replace=st.booleans(),
    )
    def search(losses, data, replace):
        n = len(losses)
        size = data.draw(st.integers(1, 3 if replace else n))
        evidence.case(losses=losses, batch=size, replace=replace)
        drawn = losses[batches(n, size, replace)].mean(axis=1)
        scale = max(1.0, losses.max())
        off = (drawn.mean() - losses.mean()) / scale
        evidence.equal(off, 0.0, within=ROUNDING, what="mean of batch losses", unit="(relative)")
        formula = variance_with if replace else variance_without
        off = (drawn.var() - formula(losses.var(), n, size)) / scale**2
        target(evidence.equal(off, 0.0, within=ROUNDING, what="variance", unit="(relative)"))

    search()
    spread = 28.3194255
    losses = spread**0.5 * np.array([1, 1, 1, -1, -1, -1.0])
    stated = {2: (14.1597, 11.3278), 3: (9.4398, 5.6639), 5: (5.6639, 1.1328), 6: (4.7199, 0.0)}
    for size, reference in stated.items():
        found = [losses[batches(6, size, replace)].mean(axis=1).var() for replace in (True, False)]
        evidence.equal(found, reference, within=PLACES, what=f"S² = {spread}, M = {size}", unit="")
    values = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    chances = np.array([0.1, 0.1, 0.1, 0.1, 0.6])
    biased = float(chances @ values)
    evidence.differ(biased, values.mean(), by=0.3, what="broken: samples not equally likely", unit="")
    evidence.number(**{"broken by unequal chances: expected loss, full loss": (biased, values.mean())})


def steps_of_an_epoch(rows: int, size: int) -> int:
    """How many steps ibspec's engine makes in one epoch."""
    net = torch.nn.Linear(1, 2)
    training = Training(epochs=1, batch_size=size, optimiser=Sgd(learning_rate=0.01))
    task = Task(torch.zeros(rows, 1), torch.zeros(rows, dtype=torch.int64), (np.arange(rows),))
    engine = GeneralEngine(Demand(training=training, nets=(net,), device=torch.device("cpu")), task)
    engine.advance()
    return engine.state()["replicas"][0]["steps"]


@pytest.mark.claim(
    "gd.epoch-step",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 §2.2; grabauskas-2019-draft-a Fig. 1",
    says="One iteration is one epoch, if every iteration sees all N samples; in batches of M a pass over the "
    "data takes ceil(N/M).",
)
def test_steps_of_an_epoch(evidence):
    """Counted in ibspec's own training; smaller batches break it: 4096 rows by 256 are 16 steps."""
    for rows in (1, 2, 5, 12):
        for size in range(1, rows + 2):
            evidence.case(rows=rows, batch=size)
            steps = steps_of_an_epoch(rows, size)
            evidence.equal(steps, -(-rows // size), within=0, what="steps of an epoch", unit="steps")
            assert (steps == 1) == (size >= rows), "one step is one epoch for full batches and no others"
    steps = steps_of_an_epoch(4096, 256)
    evidence.equal(steps, 16, within=0, what="4096 rows in batches of 256", unit="steps")
    evidence.differ(steps, 1, by=0, what="broken: batches below N", unit="steps")
    evidence.number(**{"4096 rows in batches of 256: steps of an epoch": steps})
