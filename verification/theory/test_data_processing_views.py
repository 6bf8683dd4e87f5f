"""The order of layers seen through channels: averaged, and all together."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.activity import channels
from ibspec.core import Probe, mean_estimate
from ibspec.estimators import Binning, Kde, Width
from verification.information import ROUNDING
from verification.networks import IntegerNetwork
from verification.strategies import integer_networks

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

AT_THE_CAP = 1e-6
"""Bits below log2 N within which a value counts as log2 N."""


def largest_rise(values) -> float:
    """The largest increase from one entry to the next; negative where each entry is smaller."""
    return max((later - earlier for earlier, later in pairwise(values)), default=0.0)


def seen(t, view, probe):
    """Exact information of an activity with channels on its second axis, as the recorder measures it."""
    parts = [EXACT.estimate(part, probe) for part in channels(torch.from_numpy(t[:, :, None]), view)]
    return mean_estimate(parts)


@pytest.mark.claim(
    "dpi.mean-method",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.1.6",
    says="The mean over channels can rise with depth even where the information of each whole layer is exact "
    "and falls; it is at most that of the best channel, which is at most that of all together.",
)
def test_mean_over_channels(evidence):
    """Two bits kept by one channel each, then by both; integer networks do it too."""
    rises = []

    def check(network):
        evidence.case(weights=network.weights, biases=network.biases, x=network.x)
        probe = Probe(x=network.x, y=network.y)
        means, wholes = [], []
        for t in network.activities():
            mean, whole = seen(t, "mean", probe), seen(t, "concat", probe)
            best = mean.extras["i_xt_channel_max"]
            evidence.at_most(mean.i_xt, best, within=ROUNDING, what="mean <= best channel")
            evidence.at_most(best, whole.i_xt, within=ROUNDING, what="best channel <= all together")
            evidence.at_most(mean.i_ty, whole.i_ty, within=ROUNDING, what="I(T;Y), mean <= all together")
            means.append(mean.i_xt)
            wholes.append(whole.i_xt)
        worst = evidence.at_most(largest_rise(wholes), 0.0, within=ROUNDING, what="rise of all together")
        rises.append(largest_rise(means) > ROUNDING)
        return worst

    @given(network=integer_networks(layers=3))
    def search(network):
        target(check(network))

    search()
    for seed in range(30):
        check(IntegerNetwork.random((4, 4, 3, 2), samples=40, rng=np.random.default_rng(seed)))
    of_random = sum(rises[-30:])
    assert of_random > 0, "the mean of random networks must be able to rise"
    bits = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    both = (bits @ [[2, 2], [1, 1]]).astype(np.int64)  # each channel of layer 2: twice one bit plus the other
    probe = Probe(x=bits)
    mean, whole = ([seen(t, view, probe).i_xt for t in (bits, both)] for view in ("mean", "concat"))
    evidence.equal(mean, (1.0, 2.0), within=ROUNDING, what="one bit a channel, then both")
    evidence.equal(whole, (2.0, 2.0), within=ROUNDING, what="the same, all together")
    evidence.number(
        **{
            "two bits, by layer: mean over channels": mean,
            "two bits, by layer: all channels together": whole,
            "of 30 integer networks 4-4-3-2, a unit a channel, with a rise of the mean": of_random,
        }
    )


@pytest.mark.claim(
    "dpi.concat",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.1.6",
    says="Where kernel values of all layers lie at log₂ N, the order of layers holds as an equality whatever "
    "the layers are, so that it is no evidence for the inequality.",
)
def test_order_at_the_cap(evidence):
    """Unrelated rows far apart keep the order in both directions, carry a warning, and so does pure noise."""
    kernel = Kde(noise_variance=0.1)
    # Rows 4 apart: exp(-16 / 0.8) = 2e-9 for each of 23 others costs 7e-8 bits of the lower bound.
    spacing = 4.0

    @given(rows=st.integers(2, 24), layers=st.integers(2, 4), seed=st.integers(0, 2**32 - 1))
    def search(rows, layers, seed):
        rng = np.random.default_rng(seed)
        evidence.case(rows=rows, layers=layers, seed=seed)
        probe = Probe(x=np.arange(rows), y=rng.integers(0, 2, rows))
        found = []
        for _ in range(layers):
            scattered = np.stack([rng.permutation(rows), rng.integers(0, 3, rows)], axis=1)
            found.append(kernel.estimate(spacing * scattered, probe))
        for one in found:
            evidence.at_most(one.i_xt, np.log2(rows), within=KDE_ROUNDING, what="upper bound <= log2 N")
            evidence.at_most(
                np.log2(rows), one.i_xt_bounds[0], within=AT_THE_CAP, what="log2 N <= lower bound"
            )
            assert "saturated" in one.warnings, "a value at log2 N must carry a warning"
            evidence.equal(one.i_ty, probe.h_y, within=AT_THE_CAP, what="I(T;Y) and H(Y)")
        path = [one.i_xt for one in found]
        down = evidence.at_most(largest_rise(path), 0.0, within=AT_THE_CAP, what="rise with depth")
        up = evidence.at_most(
            largest_rise(path[::-1]), 0.0, within=AT_THE_CAP, what="rise, layers turned round"
        )
        target(max(down, up))

    search()
    rng = np.random.default_rng(0)
    for rows in (50, 100, 200, 400, 800):
        wide = kernel.estimate(rng.random((rows, 784)), Probe(x=np.arange(rows))).i_xt
        evidence.equal(wide, np.log2(rows), within=5e-5, what="784 uniform units")  # four decimals
    x = np.repeat([0, 1], 16)
    unrelated = kernel.estimate(spacing * rng.permutation(32), Probe(x=x)).i_xt
    evidence.equal(unrelated, 5.0, within=AT_THE_CAP, what="noise that knows nothing of X, 32 rows")
    evidence.differ(unrelated, Probe(x=x).h_x, by=3.0, what="noise and H(X)")
    near, far = np.array([-0.01, 0.01]), np.array([-10.0, 10.0])
    below, above = (kernel.estimate(t, Probe(x=np.arange(2))) for t in (near, far))
    assert "saturated" not in below.warnings, "a value far below log2 N must carry no such warning"
    evidence.differ(above.i_xt, below.i_xt, by=0.5, what="broken: a layer below the cap")
    evidence.number(
        **{
            "noise that knows nothing of X, H(X) = 1, 32 rows": unrelated,
            "broken below the cap, T2 = 1000 T1: kernel value of T1, T2": (below.i_xt, above.i_xt),
        }
    )
