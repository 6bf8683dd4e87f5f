"""The data processing inequality read where it does not apply."""

from itertools import pairwise, product

import numpy as np
import pytest

from ibspec.core import Probe, conditional_entropy_bits, entropy_bits
from ibspec.estimators import Binning, Range, Width
from verification.information import ROUNDING, empirical, information
from verification.networks import RealNetwork, binary_words


def rise(values) -> float:
    """The largest increase from one layer to the next."""
    return max(later - earlier for earlier, later in pairwise(values))


@pytest.mark.claim(
    "dpi.binned-counterexample",
    kind="extension",
    expected="refuted",
    source="grabauskas-2019 eqs. 2.8-2.9; candidate-8240R-2019 §2.3.1; both read for binned values",
    says="Binned layer by layer, information about X and about Y does not rise with depth either.",
)
def test_binned_values_may_rise(evidence):
    """Ten times the activity in the same bins; random nets do it too, but not if the bins are fed forward."""
    x = np.array([1, 2])
    t1 = np.array([0.1, 0.2])
    t2 = 10 * t1
    one, two = (Binning(cells=Width(1.0)).estimate(t, Probe(x=x, y=x)) for t in (t1, t2))
    evidence.equal((one.i_xt, one.i_ty), (0.0, 0.0), within=0.0, what="first layer")
    evidence.equal((two.i_xt, two.i_ty), (1.0, 1.0), within=0.0, what="second layer")
    assert two.i_xt > one.i_xt, "the counterexample must rise"
    evidence.counterexample(
        x=x, T1=t1, T2=t2, bin_width=1.0, I_of_X_and_T1=one.i_xt, I_of_X_and_T2=two.i_xt,
        I_of_T1_and_Y=one.i_ty, I_of_T2_and_Y=two.i_ty,
    )  # fmt: skip

    cells = Range(low=-1, high=1, bins=30)
    words = np.random.default_rng(0).permutation(binary_words(12))[:256]
    centres = np.linspace(-1, 1, 30) + 1 / 29
    worst, worst_path, broken = 0.0, [], 0
    for seed in range(100):
        evidence.case(seed=seed)
        network = RealNetwork.random((12, 4, 3, 3, 2), "tanh", gain=2.0, rng=np.random.default_rng(seed))
        probe = Probe(x=words)
        afterwards = [Binning(cells=cells).estimate(t, probe).i_xt for t in network.activities(words)]
        forward = [
            Binning(cells=cells).estimate(t, probe).i_xt
            for t in network.activities(words, lambda t: centres[np.maximum(cells.cut(t) - 1, 0)])
        ]
        evidence.at_most(rise(forward), 0.0, within=ROUNDING, what="corrected: bins fed forward")
        broken += rise(afterwards) > ROUNDING
        if rise(afterwards) > worst:
            worst, worst_path = rise(afterwards), afterwards
    assert broken > 0, "random networks must be able to break the order too"
    evidence.number(
        **{
            "of 100 random tanh nets 12-4-3-3-2, gain 2, 256 inputs, 30 bins, with a rise": broken,
            "largest rise in bits": worst,
        }
    )

    def draw(canvas):
        lines, path = canvas.subplots(1, 2, width_ratios=[1.5, 1])
        for row, (values, name) in enumerate(((t1, "T1"), (t2, "T2 = 10 T1"))):
            lines.hlines(-row, 0, 3, color="#595959", linewidth=1)
            lines.vlines(range(4), -row - 0.12, -row + 0.12, color="#595959", linewidth=1)
            lines.plot(values, np.full(2, -row), "o", color="#D55E00", markersize=7)
            lines.text(0, -row + 0.22, f"{name}: {row} bit{'' if row else 's'}")
        lines.set(xlabel="activity, bin edges marked", yticks=[], ylim=(-1.5, 0.6))
        lines.spines["left"].set_visible(False)
        path.plot(range(1, len(worst_path) + 1), worst_path, "o-", color="#0072B2")
        path.set(xlabel="layer", ylabel="binned I(X;T) in bits", xticks=range(1, len(worst_path) + 1))

    evidence.draw(
        draw,
        "Left: two inputs share a bin in layer 1 and not in layer 2. "
        "Right: the random tanh network with the largest rise.",
        size=(7.2, 2.8),
    )


@pytest.mark.claim(
    "dpi.equality",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §2.3.4, after eq. 2.9",
    says="In eqs. 2.8 and 2.9 neighbours are equal if and only if the map between them is invertible.",
)
def test_equality_needs_less(evidence):
    """On the X side injectivity on what occurs decides; on the Y side sufficiency, for which less will do."""
    needless_x = needless_y = 0
    for first_map, second_map, labels in product(
        product(range(3), repeat=3), product(range(3), repeat=3), product(range(2), repeat=3)
    ):
        x = np.arange(3)
        t1 = np.array(first_map)[x]
        t2 = np.array(second_map)[t1]
        y = np.array(labels)[x]
        evidence.case(T1=t1, T2=t2, Y=y)
        equal_x = abs(entropy_bits(t1) - entropy_bits(t2)) < 1e-9
        injective = len(set(t2.tolist())) == len(set(t1.tolist()))
        assert equal_x == injective, "corrected, X side: equality must mean injective on the layer's values"
        lost = information(empirical(t1, y)) - information(empirical(t2, y))
        both = conditional_entropy_bits(y, t2) - conditional_entropy_bits(y, 3 * t1 + t2)
        evidence.equal(lost, both, within=ROUNDING, what="corrected, Y side: what is lost is I(Y;T1|T2)")
        invertible = len(set(second_map)) == 3
        needless_x += equal_x and not invertible
        needless_y += lost < 1e-9 and not injective
    x = np.arange(4)
    about_y = [information(empirical(t, x % 2)) for t in (x, x % 2)]
    about_x = [information(empirical(x, t)) for t in (x, x % 2)]
    evidence.equal(about_y, (1.0, 1.0), within=ROUNDING, what="I(T;Y), X on 0..3")
    evidence.equal(about_x, (2.0, 1.0), within=ROUNDING, what="I(X;T), X on 0..3")
    assert needless_x > 0, "a map that is not invertible must be able to keep all of I(X;T)"
    assert needless_y > 0, "a map that merges inputs must be able to keep all of I(T;Y)"
    evidence.counterexample(
        X="uniform on 0, 1, 2, 3",
        Y="X mod 2",
        T1="X",
        T2="X mod 2",
        I_of_T_and_Y=about_y,
        I_of_X_and_T=about_x,
    )
    evidence.number(
        **{
            "of 5832 chains, I(X;T) kept by a map that is not invertible": needless_x,
            "of 5832 chains, I(T;Y) kept by a map that merges values": needless_y,
        }
    )
