"""Whether the kernel bounds settle as the sample grows."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Kde
from verification.kernels import KDE_ROUNDING

SIZES = (100, 200, 400, 800)

VARIANCE = 0.1

LABEL_VARIANCE = 0.0735


def upper(rows, variance):
    """f(1) in bits of the software under test."""
    return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows)))).i_xt


def slope(values):
    """Bits a doubling over the last two doublings: 1 where nothing but N limits f, 0 where it has settled."""
    return (values[-1] - values[-3]) / 2


@pytest.mark.claim(
    "kde.sample-size",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.1.2",
    says="The information quantities of the KDE stabilise for samples larger than 100.",
)
def test_growing_samples(evidence):
    """Points far apart give log2 N at any N; two units, or ten labels, do settle."""

    @given(rows=st.integers(1, 40), copies=st.integers(2, 4), spacing=st.floats(9.0, 1e3))
    def search(rows, copies, spacing):
        evidence.case(rows=rows, copies=copies, spacing=spacing)
        # Neighbours add exp(-9^2/2) = 3e-18 each.
        sizes = rows * 2 ** np.arange(copies)
        values = [upper(spacing * np.arange(float(size))[:, None], 1.0) for size in sizes]
        growth = evidence.equal(np.diff(values), 1.0, within=KDE_ROUNDING, what="a bit a doubling")
        labels = np.arange(rows) % 10
        settled = [upper(np.tile(np.eye(10)[labels], (times, 1)), LABEL_VARIANCE) for times in (1, copies)]
        target(max(growth, evidence.equal(*settled, within=KDE_ROUNDING, what="the same rows repeated")))

    search()
    narrow, random_labels = [], []
    pixels = np.random.default_rng(0).uniform(size=(SIZES[-1], 784))
    wide = [upper(pixels[:size], VARIANCE) for size in SIZES]
    for seed in range(10):
        units = np.random.default_rng(seed).uniform(size=(SIZES[-1], 2))
        narrow.append([upper(units[:size], VARIANCE) for size in SIZES])
    # Squared distances of uniform rows of 784 units lie near 784/6, so the kernels are below exp(-400).
    evidence.equal(wide, np.log2(SIZES), within=KDE_ROUNDING, what="784 uniform units: log2 N")
    evidence.equal(wide, (6.6439, 7.6439, 8.6439, 9.6439), within=5e-5, what="784 units, four places")
    evidence.equal(slope(wide), 1.0, within=0.05, what="784 units, slope", unit="bits a doubling")
    two = np.mean(narrow, axis=0)
    evidence.equal(slope(two), 0.0, within=0.05, what="corrected: two units, slope", unit="bits a doubling")
    balanced = [upper(np.tile(np.eye(10), (size // 10, 1)), LABEL_VARIANCE) for size in SIZES]
    evidence.equal(balanced, 3.32191, within=5e-6, what="corrected: balanced labels, five places")
    labels = np.random.default_rng(0).integers(0, 10, (400, SIZES[0]))
    for drawn in labels:
        counts = np.bincount(drawn, minlength=10) / SIZES[0]
        k = np.exp(-1 / LABEL_VARIANCE)
        random_labels.append(-(counts[counts > 0] * np.log2(k + (1 - k) * counts[counts > 0])).sum())
    short = balanced[0] - np.array(random_labels)
    # The expansion of the mean plug-in entropy in 1/N, to its second term; four standard errors of 400 draws.
    wanted = (9 / (2 * SIZES[0]) + 99 / (12 * SIZES[0] ** 2)) / np.log(2)
    error = 4 * short.std() / len(short) ** 0.5
    evidence.equal(short.mean(), wanted, within=error, what="100 random labels fall short by")
    one = upper(np.eye(10)[labels[0]], LABEL_VARIANCE)
    evidence.equal(one, random_labels[0], within=KDE_ROUNDING, what="the estimator on the first 100 labels")
    evidence.counterexample(rows="uniform on [0, 1]^784", variance=VARIANCE, N=SIZES, f_of_1=wide)
    evidence.number(
        **{
            "two units, mean of ten samples": two,
            "100 random labels fall short of balanced ones by": float(short.mean()),
        }
    )

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.plot(SIZES, wide, "o-", color="#D55E00", label="784 uniform units")
        axes.plot(SIZES, balanced, "^-", color="#009E73", label="balanced labels")
        axes.plot(SIZES, two, "s-", color="#0072B2", label="two uniform units")
        axes.set(xlabel="N", ylabel="f(1) in bits", ylim=(0, 10.5), xscale="log")
        axes.set_xticks(SIZES, [str(size) for size in SIZES])
        axes.minorticks_off()
        axes.legend(frameon=False)

    evidence.draw(draw, "f(1) as the sample grows: log2 N for points far apart, settled for the others.")
