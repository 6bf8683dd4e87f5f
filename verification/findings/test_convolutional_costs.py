"""What taking channels one by one costs, and what it takes to say that two programs agree."""

import time

import numpy as np
import pytest
import torch

from ibspec.activity import channels
from ibspec.core import Probe
from ibspec.estimators import Kde
from verification.kernels import LN2, bound

ROWS, UNITS = 256, 64

REPEATS = 20


def seconds(t, view, probe):
    """Processor time of measuring an activity in a view; another program's load does not count."""
    kernel, start = Kde(noise_variance=0.1), time.process_time()
    for part in channels(t, view):
        kernel.estimate(part, probe)
    return time.process_time() - start


def cost_ratio(channel_count, rng):
    """95 % interval of the ratio of medians, channels one by one over all together; alternating repeats."""
    probe = Probe(x=np.arange(ROWS), y=np.arange(ROWS) % 10)
    t = torch.from_numpy(rng.random((ROWS, channel_count, UNITS // channel_count)))
    seconds(t, "mean", probe), seconds(t, "concat", probe)  # compiles
    pairs = np.array([(seconds(t, "mean", probe), seconds(t, "concat", probe)) for _ in range(REPEATS)])
    drawn = pairs[rng.integers(0, REPEATS, (1000, REPEATS))]
    medians = np.median(drawn, axis=1)
    low, high = np.quantile(medians[:, 0] / np.maximum(medians[:, 1], 1e-9), [0.025, 0.975])
    return float(low), float(high)


def work(units, channel_count, exponential):
    """Operations for one pair of rows: units differences, and an exponential for each kernel."""
    return units + exponential * channel_count


@pytest.mark.claim(
    "cnn.mean-cost",
    kind="finding",
    expected="supported",
    source="candidate-8240R-2019 §3.1.4",
    says="The mean over channels costs much more than all channels together where channels have few units; "
    "the distances take the same work in both.",
)
def test_cost_of_the_mean(evidence):
    """64 units as 64 channels of one and as 4 of sixteen, timed by turns; and the operations by counting."""
    rng = np.random.default_rng(0)
    few, many = cost_ratio(UNITS, rng), cost_ratio(4, rng)
    evidence.case(channels=UNITS)
    evidence.case(channels=4)
    is_large, is_larger = few[0] > 2.0, few[0] > many[1]
    # (D + c C) / (D + c), whatever an exponential costs: at most C, and near 1 where D is much more than c C.
    for exponential in (1, 10, 100):
        wide = work(36_864, 64, exponential) / work(36_864, 1, exponential)
        narrow = work(64, 64, exponential) / work(64, 1, exponential)
        evidence.at_most(wide, narrow, what="ratio with many units a channel, and with one", unit="")
        evidence.at_most(narrow, 64, what="ratio, and the number of channels", unit="")
    conv2 = work(36_864, 64, 10) / work(36_864, 1, 10)
    evidence.equal(conv2, 1.0171, within=5e-5, what="24x24x64 units, an exponential as 10", unit="")
    evidence.number(
        **{
            "64 channels of 1 unit: ratio of medians, 95 %": few,
            "4 channels of 16 units: ratio of medians, 95 %": many,
            "24x24x64 by operations, an exponential as 10": conv2,
        }
    )
    evidence.find("supported" if is_large and is_larger else "not supported")


SAME_NATS = 1e-6

LINE = 0.005
"""A line is half a point wide in a plane of a hundred points."""


def activations(rng):
    """Layers as nets have them: tanh, ReLU with dead units, codes, wide and far from the origin."""
    for rows, units in ((20, 1), (50, 10), (80, 128), (60, 900)):
        z = rng.standard_normal((rows, units)) / np.sqrt(units)
        yield "tanh", np.tanh(z)
        yield "relu", np.maximum(z, 0)
        yield "float32", np.maximum(z, 0).astype(np.float32)
        yield "codes", np.round(4 * z) / 4
        yield "far away", 30 + z


@pytest.mark.claim(
    "cnn.kernel-same-code",
    kind="finding",
    expected="supported",
    source="candidate-8240R-2019 §3.1.1, Fig. 5",
    says="Our kernel bounds agree with those of another program to 10⁻⁶ nats on the same activations; planes "
    "that look alike show no such thing.",
)
def test_two_programs(evidence):
    """Against the sums by the book; a noise variance 1 % off would be hidden by the width of a line."""
    rng = np.random.default_rng(5)
    hidden = []
    largest = 0.0
    for name, t in activations(rng):
        for variance in (0.01, 0.1, 1.0):
            evidence.case(activity=name, shape=t.shape, noise_variance=variance)
            probe = Probe(x=np.arange(len(t)))
            lower, upper = Kde(noise_variance=variance).estimate(t, probe).i_xt_bounds
            book = t.astype(np.float64)
            off = LN2 * max(abs(upper - bound(book, variance)), abs(lower - bound(book, variance, v=4.0)))
            largest = max(largest, off)
            other = Kde(noise_variance=1.01 * variance).estimate(t, probe).i_xt
            apart = abs(other - upper)
            hidden.append(LN2 * apart > SAME_NATS and apart < LINE * np.log2(len(t)))
    evidence.find("supported" if largest <= SAME_NATS else "not supported")
    assert any(hidden), "a wrong noise variance should be invisible in some plane"
    evidence.number(
        **{
            "largest difference in nats": largest,
            "cases in which 1 % more noise is invisible and no agreement": f"{sum(hidden)} of {len(hidden)}",
        }
    )
