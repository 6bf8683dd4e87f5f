"""Neural bounds before anything is trained: what their formulas promise for any critic."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import LN2, Probe
from ibspec.estimators import InfoNce, Separable
from ibspec.estimators.variational import DonskerVaradhan, OneAmongMany, ShiftedRatio
from verification.information import information

SUMS = 1e-9
"""Nats: exponentials of numbers below 100, and logarithms of their sums."""

SEEDS = st.integers(0, 2**32 - 1)

SCALES = st.sampled_from([0.0, 0.1, 1.0, 10.0, 30.0])

SMALL = InfoNce(batch=16, steps=300, restarts=2, critic=Separable(hidden=(32,)))


def value(objective, own, others):
    """One bound in nats, from scores and logs of means, by the software under test."""
    own, others = (torch.as_tensor(np.array([each]), dtype=torch.float64) for each in (own, others))
    return float(objective.value(own, others)[0])


def log_mean(scores, weights=None):
    """Ln of the mean of e^s over the last axis."""
    top = scores.max(axis=-1, keepdims=True)
    shares = np.exp(scores - top)
    mean = shares.mean(axis=-1) if weights is None else shares @ weights
    return np.log(mean) + top[..., 0]


@pytest.mark.claim(
    "info-nce.cap",
    kind="bound",
    expected="holds",
    source="van den Oord, Li & Vinyals (2018), arXiv:1807.03748, section 2.3; Poole et al. (2019), "
    "arXiv:1905.06922, section 2.3",
    says="InfoNCE shows at most log2 of the batch, whatever the critic and whatever there is to know.",
)
def test_cap(evidence):
    """The partner is among those that it is told from; a perfect critic reaches the log of the batch."""

    @given(seed=SEEDS, batch=st.integers(2, 40), scale=SCALES, help_=SCALES)
    def search(seed, batch, scale, help_):
        scores = scale * np.random.default_rng(seed).standard_normal((batch, batch)) + help_ * np.eye(batch)
        evidence.case(scores=scores)
        objective = OneAmongMany()
        # Those that a row is told from, as the objective asks for them.
        others = scores if objective.with_partner else np.where(np.eye(batch), -1e9, scores)
        found = value(objective, scores.diagonal(), log_mean(others))
        limit = math.log(batch)
        target(evidence.at_most(found, limit, within=SUMS, what="InfoNCE <= ln B", unit="nats"))

    search()
    for batch in (2, 16, 256):
        perfect = 1e3 * np.eye(batch)
        best = value(OneAmongMany(), perfect.diagonal(), log_mean(perfect))
        evidence.equal(best, math.log(batch), within=SUMS, what="a perfect critic", unit="nats")
    x = np.random.default_rng(0).standard_normal((400, 1))
    found = SMALL.estimate(x, Probe(x=x), rng=np.random.default_rng(0)).i_xt
    evidence.at_most(found, math.log2(SMALL.batch), within=SUMS, what="T = X, trained: at most log2 B")
    assert found > 0.5 * math.log2(SMALL.batch), "trained on T = X it must come near the cap"


def of_law(objective, joint, scores):
    """The bound with exact means: each pair of symbols counts with its probability."""
    p_t = joint.sum(axis=0)
    # Sixteen rows hold a law of sixteenths: the mean over rows is that over the law.
    rows = np.repeat(np.arange(joint.size), np.rint(joint.ravel() * 16).astype(int))
    x, t = np.divmod(rows, joint.shape[1])
    return value(objective, scores[x, t], log_mean(scores[x], p_t))


def sixteenths(seed):
    """A joint law whose probabilities are multiples of 1/16."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5, 2))
    cells = rng.integers(0, int(rng.integers(1, shape[0] * shape[1] + 1)), 16)
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape) / 16


@pytest.mark.claim(
    "variational.order",
    kind="theorem",
    expected="holds",
    source="Donsker & Varadhan (1983); Nguyen, Wainwright & Jordan (2010), IEEE Trans. Inf. Theory 56, 5847; "
    "Poole et al. (2019), arXiv:1905.06922, section 2.1",
    says="For one critic and exact means NWJ ≤ DV ≤ I, with NWJ = DV where E_q e^s = 1, and both equal I for "
    "s = ln p/q; NWJ ≤ DV on any sample, too.",
)
def test_order(evidence):
    """Ln a ≤ a - 1, and the relative entropy of p and of q tilted by the critic."""

    @given(seed=SEEDS, scale=SCALES)
    def on_laws(seed, scale):
        joint = sixteenths(seed)
        scores = scale * np.random.default_rng(seed).standard_normal(joint.shape)
        evidence.case(joint=joint, scores=scores)
        true = information(joint) * LN2
        dv, nwj = (of_law(kind, joint, scores) for kind in (DonskerVaradhan(0.0), ShiftedRatio()))
        target(evidence.at_most(dv, true, within=SUMS, what="DV <= I", unit="nats"))
        evidence.at_most(nwj, dv, within=SUMS, what="NWJ <= DV", unit="nats")
        p_x, p_t = joint.sum(axis=1), joint.sum(axis=0)
        weighed = np.outer(p_x, p_t)
        shift = log_mean(scores.reshape(1, -1), weighed.ravel())[0]
        balanced = [of_law(kind, joint, scores - shift) for kind in (DonskerVaradhan(0.0), ShiftedRatio())]
        evidence.equal(balanced[1], balanced[0], within=SUMS, what="NWJ = DV where E_q e^s = 1", unit="nats")
        best = np.log(np.where(joint > 0, joint, 1e-300) / np.where(weighed > 0, weighed, 1.0))
        for kind in (DonskerVaradhan(0.0), ShiftedRatio()):
            evidence.equal(of_law(kind, joint, best), true, within=SUMS, what="s = ln p/q", unit="nats")

    @given(seed=SEEDS, rows=st.integers(2, 30), scale=st.sampled_from([0.1, 1.0, 5.0]))
    def on_samples(seed, rows, scale):
        scores = scale * np.random.default_rng(seed).standard_normal((rows, rows))
        evidence.case(scores=scores)
        others = log_mean(scores)
        dv, nwj = (value(kind, scores.diagonal(), others) for kind in (DonskerVaradhan(0.0), ShiftedRatio()))
        evidence.at_most(nwj, dv, within=SUMS, what="sample: NWJ <= DV", unit="nats")

    on_laws()
    on_samples()
