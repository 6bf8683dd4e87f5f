"""Signal and noise of mini-batch gradients: what their ratio is, and what it depends on besides the net."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from torch import nn

from ibspec.dynamics import GradientStatistics, gradients_at
from ibspec.dynamics.statistics import Accumulated
from verification.descent import Problem
from verification.theory.test_descent_batches import batches, on_rows

ROUNDING = 1e-12
"""Relative: sums of at most a few thousand float64 terms, and one root."""

PLACES = 5e-7
"""Half a unit in the sixth place of the reference numbers."""

SIGNAL, SPREAD = 5.260056246756, 28.3194255
"""Squared norm of the mean of the reference numbers' six sample gradients, and their variance."""

REFERENCE = {1: 0.430976, 2: 0.681433, 3: 0.963691, 5: 2.154879}
"""SNR of the batches of each size, drawn from those six without replacement."""


def some_gradients(samples=None):
    """Sample gradients in whole numbers: equal ones and means of 0 come up often."""
    samples = st.integers(2, 6) if samples is None else samples
    shape = st.tuples(samples, st.integers(1, 3))
    return shape.flatmap(
        lambda size: npst.arrays(np.float64, size, elements=st.integers(-4, 4), fill=st.nothing())
    )


def of_batches(gradients: np.ndarray, drawn: np.ndarray) -> GradientStatistics:
    """Signal and noise, as ibspec has them, of the batches whose rows each row of `drawn` names."""
    sums = Accumulated(drawn.shape[1])
    sums.add_all(torch.from_numpy(gradients[drawn].mean(axis=1)))
    return sums.statistics({"all": slice(None)})["all"]


def reference_gradients() -> np.ndarray:
    """Six sample gradients with the reference numbers' mean and variance, by which all SNRs are fixed."""
    return np.column_stack([np.full(6, SIGNAL**0.5), SPREAD**0.5 * np.array([1, -1, 1, -1, 1, -1.0])])


def by_a_net(gradients: np.ndarray, drawn: np.ndarray) -> GradientStatistics:
    """The same by differentiation: of (w x - y)^2 at w = 0, y = -1/2, a sample's gradient is its x."""
    net = nn.Linear(gradients.shape[1], 1, bias=False, dtype=torch.float64)
    nn.init.zeros_(net.weight)
    x, y = torch.from_numpy(gradients), torch.full((len(gradients),), -0.5, dtype=torch.float64)
    return gradients_at(net, x, y, list(drawn), "squared-error", {})["all"]


def mean_square(gradients: np.ndarray, drawn: np.ndarray) -> float:
    """E|g|^2 over the batches."""
    return float((gradients[drawn].mean(axis=1) ** 2).sum(axis=1).mean())


@pytest.mark.claim(
    "snr.definition",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.3",
    says="SNR = |mean over B batches of g| / |standard deviation of g|, with divisor B: then E|g|² = |μ|² + "
    "|σ|². It is defined where σ is not 0.",
)
def test_definition(evidence):
    """Batches of every size; divisor B - 1 breaks the identity, and noise of 0 leaves no number."""

    @given(gradients=some_gradients(), data=st.data(), replace=st.booleans())
    def search(gradients, data, replace):
        size = data.draw(st.integers(1, 3 if replace else len(gradients)))
        drawn = batches(len(gradients), min(size, len(gradients)), replace)
        evidence.case(gradients=gradients, batch=size, replace=replace)
        found, square = of_batches(gradients, drawn), mean_square(gradients, drawn)
        off = (found.mean_norm**2 + found.std_norm**2 - square) / max(1.0, square)
        target(evidence.equal(off, 0.0, within=ROUNDING, what="E|g|² - |μ|² - |σ|²", unit="(relative)"))
        if found.status == "ok":
            ratio = found.mean_norm / found.std_norm
            evidence.equal(found.snr, ratio, within=ROUNDING * ratio, what="SNR", unit="(ratio)")
        else:
            assert found.std_norm == 0, "only where there is no noise is there no SNR"
            assert math.isnan(found.snr), "nothing is divided by 0"

    search()
    gradients = reference_gradients()
    for size, reference in REFERENCE.items():
        found = by_a_net(gradients, batches(6, size, replace=False))
        evidence.equal(found.snr, reference, within=PLACES, what=f"N = 6, M = {size}", unit="(ratio)")
    single = by_a_net(gradients, batches(6, 1, replace=False))
    square = single.mean_norm**2 + single.std_norm**2
    evidence.equal(square, 33.579482, within=PLACES, what="E|g|², N = 6, M = 1", unit="nats²")
    full = by_a_net(gradients, batches(6, 6, replace=False))
    assert (full.status, math.isnan(full.snr)) == ("noiseless", True), "a full batch must have no SNR"
    other = single.mean_norm**2 + single.std_norm**2 * 6 / 5
    evidence.differ(other, square, by=5.0, what="broken: divisor B - 1", unit="nats²")
    evidence.number(**{"E|g|² and |μ|² + |σ|² with divisor B - 1": (square, other)})


def scaled_with(snr: float, samples: int, size: int) -> float:
    """SNR of batches of a size from that of single samples, with replacement."""
    return snr * size**0.5


def scaled_without(snr: float, samples: int, size: int) -> float:
    """The same without replacement."""
    return snr * (size * (samples - 1) / (samples - size)) ** 0.5


@pytest.mark.claim(
    "snr.batch-scaling",
    kind="theorem",
    expected="holds",
    source="follows from candidate-8240R-2019 §§2.1.5, 2.3.3",
    says="SNR_M² = M SNR_1² with replacement and M (N-1)/(N-M) SNR_1² without: the SNR is a function of the "
    "batch size, not of the network alone.",
)
def test_batch_size(evidence):
    """Every batch counted; the batches of a single epoch, which are few, follow it on average at most."""

    @given(gradients=some_gradients(), data=st.data(), replace=st.booleans())
    def search(gradients, data, replace):
        n = len(gradients)
        size = data.draw(st.integers(1, 3 if replace else n - 1))
        evidence.case(gradients=gradients, batch=size, replace=replace)
        single = of_batches(gradients, batches(n, 1, replace=False))
        if single.status == "ok":
            found = of_batches(gradients, batches(n, size, replace)).snr
            formula = scaled_with if replace else scaled_without
            stated = formula(single.snr, n, size)
            # Relative to the larger of signal and noise: a mean of 0 comes out as rounding.
            off = (found - stated) / max(1.0, stated)
            target(evidence.equal(off, 0.0, within=ROUNDING, what="SNR_M", unit="(relative)"))

    search()
    for size, reference in REFERENCE.items():
        stated = scaled_without(SIGNAL**0.5 / SPREAD**0.5, 6, size)
        evidence.equal(stated, reference, within=PLACES, what=f"formula, N = 6, M = {size}", unit="(ratio)")
    gradients = reference_gradients()
    pairs = {f"{rows}": of_batches(gradients, np.array(rows)) for rows in EPOCHS}
    values = [found.snr for found in pairs.values() if found.status == "ok"]
    evidence.differ(min(values), REFERENCE[2], by=0.1, what="broken: one epoch's batches", unit="(ratio)")
    evidence.number(
        **{f"broken by taking one epoch's batches {name}: SNR": found.snr for name, found in pairs.items()}
    )


EPOCHS = ([[0, 2], [1, 3], [4, 5]], [[0, 1], [2, 3], [4, 5]])
"""Two ways to cut the six into pairs; in the second, each pair's gradients cancel to the mean."""


def gradients_of(problem: Problem, factor: float) -> np.ndarray:
    """Sample gradients of a multiple of the loss."""
    rows = []
    for row in range(len(problem.x)):
        theta = tuple(part.detach().requires_grad_() for part in problem.start)
        loss = factor * on_rows(problem, [row]).loss(theta)
        rows.append(torch.cat([part.ravel() for part in torch.autograd.grad(loss, theta)]).numpy())
    return np.stack(rows)


@pytest.mark.claim(
    "snr.invariance",
    kind="theorem",
    expected="holds",
    source="follows from candidate-8240R-2019 §2.3.3",
    says="The SNR does not change when the loss is multiplied by a number; it does under other parameters "
    "for the same net.",
)
def test_other_units(evidence):
    """Losses of nets times numbers from 1e-6 to 1e6; rotations leave it too, other scales do not."""

    @given(seed=st.integers(0, 2**20), factor=st.sampled_from([1e-6, 0.3, -2.0, 1e6]))
    def search(seed, factor):
        problem = Problem.random((3, 4, 2), samples=5, activation="tanh", seed=seed)
        evidence.case(seed=seed, factor=factor)
        ones = batches(5, 1, replace=False)
        plain, scaled = (of_batches(gradients_of(problem, by), ones) for by in (1.0, factor))
        off = scaled.snr / plain.snr - 1
        target(evidence.equal(off, 0.0, within=ROUNDING, what="loss times a number", unit="(relative)"))

    search()
    gradients, ones = reference_gradients(), batches(6, 1, replace=False)
    plain = of_batches(gradients, ones).snr
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    evidence.equal(
        of_batches(gradients @ turn, ones).snr, plain, within=ROUNDING, what="rotated", unit="(ratio)"
    )
    # With w = A u the gradient by u is A' times that by w.
    stretched = of_batches(gradients @ np.diag([10.0, 1.0]), ones).snr
    evidence.equal(stretched, 10 * plain, within=10 * ROUNDING, what="first weight in tenths", unit="(ratio)")
    evidence.differ(stretched, plain, by=1.0, what="broken: other parameters", unit="(ratio)")
    evidence.number(**{"SNR, and with the first weight measured in tenths": (plain, stretched)})


@pytest.mark.claim(
    "snr.stochastic-mgd",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §2.3.3, last paragraph",
    says="In batches of M < N, all equally likely, gradients have noise as soon as two samples' gradients "
    "differ: σ > 0.",
)
def test_small_batches_are_noisy(evidence):
    """|σ|² = S² (N-M) / (M (N-1)); equal gradients, M = N, and batches chosen with care have none."""

    @given(gradients=some_gradients(), data=st.data())
    def search(gradients, data):
        n = len(gradients)
        size = data.draw(st.integers(1, n - 1))
        evidence.case(gradients=gradients, batch=size)
        found = of_batches(gradients, batches(n, size, replace=False))
        spread = gradients.var(axis=0).sum()
        noise = (spread * (n - size) / (size * (n - 1))) ** 0.5
        evidence.equal(found.std_norm, noise, within=ROUNDING * max(1.0, noise), what="|σ|", unit="gradient")
        if (gradients != gradients[0]).any():
            assert found.status == "ok", "different gradients must make noise"
            target(-evidence.at_most(-found.std_norm, 0.0, what="-|σ|", unit="gradient"))
        else:
            assert found.status == "noiseless", "equal gradients must make none"

    search()
    gradients = reference_gradients()
    full = of_batches(gradients, batches(6, 6, replace=False))
    careful = of_batches(gradients, np.array(EPOCHS[1]))
    assert full.status == "noiseless", "broken: M = N must have no noise"
    evidence.at_most(careful.std_norm, 0.0, within=ROUNDING, what="broken: chosen pairs", unit="gradient")
    evidence.number(**{"|σ| with M = N, and in pairs that cancel": (full.std_norm, careful.std_norm)})
