"""What estimates do when a layer is mapped, against what information does."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, conditional_entropy_bits, group_rows
from ibspec.estimators import Binning, Kde, Range, Width
from verification.information import ROUNDING
from verification.strategies import few_symbol_rows, label_lists, real_rows

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""


@pytest.mark.claim(
    "mi.estimator-invariance",
    kind="extension",
    expected="refuted",
    source="grabauskas-2019 eq. 2.6, read for the binned and kernel values of §2.3.4 and §3.2",
    says="Estimates of I(X;T) from bins or kernels do not change under invertible maps of T either.",
)
def test_scale_changes_estimates(evidence):
    """Ten or a thousand times the activity is more information to them, unless edges or noise move along."""

    @given(
        t=real_rows(),
        labels=label_lists(2, symbols=3, rows=24),
        power=st.integers(-4, 4),
        scale=st.floats(0.1, 10),
        variance=st.floats(0.05, 2),
        seed=st.integers(0, 2**32 - 1),
    )
    def search(t, labels, power, scale, variance, seed):
        probe = Probe(x=labels[: len(t), :1], y=labels[: len(t), 1])
        evidence.case(t=t, power=power, scale=scale, variance=variance, seed=seed)

        def same(one, other, within, what):
            before, after = (np.array([found.i_xt, found.i_ty]) for found in (one, other))
            return evidence.equal(after, before, within=within, what=what)

        double = 2.0**power  # products with powers of two are exact, so cells stay the same
        for cells, along in (
            (Width(0.5), Width(0.5 * double)),
            (Range(low=-1, high=1, bins=5), Range(low=-double, high=double, bins=5)),
        ):
            one, other = (Binning(cells=c).estimate(a, probe) for c, a in ((cells, t), (along, double * t)))
            same(one, other, ROUNDING, "corrected: edges moved along")
        rng = np.random.default_rng(seed)
        turn = np.linalg.qr(rng.normal(size=(t.shape[1], t.shape[1])))[0]
        moved = scale * (t @ turn) + rng.normal(size=t.shape[1])
        one = Kde(noise_variance=variance).estimate(t, probe)
        other = Kde(noise_variance=scale**2 * variance).estimate(moved, probe)
        target(same(one, other, KDE_ROUNDING, "corrected: turned, shifted, scaled with the noise"))

    search()
    probe = Probe(x=np.array([0, 1]))
    near = np.array([0.1, 0.2])
    one, ten = (Binning(cells=Width(1.0)).estimate(t, probe).i_xt for t in (near, 10 * near))
    evidence.equal((one, ten), (0.0, 1.0), within=ROUNDING, what="0.1, 0.2 and ten times that, width 1")
    close = np.array([-0.01, 0.01])
    bounds, far = (Kde(noise_variance=0.1).estimate(t, probe).i_xt_bounds for t in (close, 1000 * close))
    evidence.equal(bounds, (0.00036, 0.00144), within=5e-6, what="-0.01, 0.01, s² = 0.1")  # five places
    evidence.equal(far, (1.0, 1.0), within=KDE_ROUNDING, what="a thousand times that")
    evidence.differ(
        ten, one, by=0.5, what="bins", T=near, bin_width=1.0, I_of_T=one, I_of_10_T=ten, U=close,
        noise_variance=0.1, kernel_bounds_of_U=bounds, kernel_bounds_of_1000_U=far,
    )  # fmt: skip
    evidence.differ(far, bounds, by=0.5, what="kernels")
    factors = np.logspace(0, 3, 31)
    rows = np.random.default_rng(0).normal(scale=0.03, size=(64, 2))
    every = Probe(x=np.arange(64))
    paths = {
        "width 1": [Binning(cells=Width(1.0)).estimate(c * rows, every).i_xt for c in factors],
        "kernel bound, s² = 0.1": [Kde(noise_variance=0.1).estimate(c * rows, every).i_xt for c in factors],
    }

    def draw(canvas):
        axes = canvas.add_subplot()
        for (name, values), colour in zip(paths.items(), ("#D55E00", "#0072B2"), strict=True):
            axes.semilogx(factors, values, "-", color=colour, label=name)
        axes.axhline(6, color="#595959", linestyle="--", label="information, at every scale")
        axes.set(xlabel="factor on the activity", ylabel="I(X;T) in bits")
        axes.legend(frameon=False)

    evidence.draw(draw, "Estimates for 64 points in the plane, multiplied by a factor.")


@pytest.mark.claim(
    "mi.binned-equals-hx",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.3",
    says="For a deterministic layer the binned information is H(X) - H(X|g(X)) = H(X), as the conditional "
    "entropy given a deterministic function is 0.",
)
def test_binned_information_is_that_of_cells(evidence):
    """What vanishes is H(g(X)|X); so it is H of the cells, at most H(X), and H(X) for injective maps only."""

    @given(x=few_symbol_rows(), width=st.sampled_from([0.3, 1.0, 2.0]), data=st.data())
    def search(x, width, data):
        table = data.draw(real_rows(least=27, most=27))  # a value for each row of up to 3 symbols
        ids = group_rows(x)
        t = table[ids % len(table)]
        evidence.case(x=x, t=t, width=width)
        probe = Probe(x=x)
        found = Binning(cells=Width(width)).estimate(t, probe)
        cells = group_rows(Width(width).cut(t))
        left = conditional_entropy_bits(ids, cells)
        evidence.equal(found.i_xt, found.h_t, within=ROUNDING, what="corrected: I is H of the cells")
        evidence.equal(found.i_xt, probe.h_x - left, within=ROUNDING, what="I = H(X) - H(X|cells)")
        target(evidence.at_most(found.i_xt, probe.h_x, within=ROUNDING, what="I <= H(X)"))
        injective = len(np.unique(cells)) == len(np.unique(ids))
        # Two of 24 rows that share a cell already leave H(X|cells) = 2/24.
        assert (probe.h_x - found.i_xt < 1e-9) == injective, "I = H(X) must mean an injective map"

    search()
    bit = np.array([0, 1])
    probe = Probe(x=bit)
    printed = probe.h_x  # H(X) - H(X|g(X)) with the second term put to 0
    true = Binning(cells=Width(1.0)).estimate(0.0 * bit, probe).i_xt
    evidence.equal((printed, true), (1.0, 0.0), within=ROUNDING, what="fair bit, g = 0")
    evidence.differ(
        printed, true, by=0.5, what="H(X)", X="fair bit", g="0", printed=printed, binned_information=true
    )
