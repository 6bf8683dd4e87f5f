"""With means of a sample the bound of Donsker and Varadhan is none."""

import math
from itertools import product

import numpy as np
import pytest

from ibspec.core import LN2
from ibspec.estimators.variational import DonskerVaradhan, ShiftedRatio
from verification.information import ROUNDING, information
from verification.theory.test_variational_bounds import value

FLIP = 0.1

CHANNEL = np.array([[1 - FLIP, FLIP], [FLIP, 1 - FLIP]]) / 2
"""A fair bit, flipped one time in ten."""

BEST = np.log(4 * CHANNEL)
"""ln p/q."""

PAIRS = (1, 2, 3, 4)


def on_average(objective, pairs):
    """The mean of the bound for the best critic over all samples of so many pairs from p and from q, exactly.

    Each sample of pairs drawn together goes with each of pairs drawn apart.
    """
    cells = list(np.ndindex(2, 2))
    total = 0.0
    for together in product(cells, repeat=pairs):
        chance_p = math.prod(CHANNEL[cell] for cell in together)
        for apart in product((True, False), repeat=pairs):  # equal bits or not, each a half of q
            own = [BEST[cell] for cell in together]
            others = [BEST[0, 0] if equal else BEST[0, 1] for equal in apart]
            total += chance_p / 2**pairs * value(objective, own, others)
    return total / LN2


@pytest.mark.claim(
    "mine.bound",
    kind="extension",
    expected="refuted",
    source="Belghazi et al. (2018), arXiv:1801.04062, eq. 10, read for means of a sample; against it "
    "McAllester & Stratos (2020), arXiv:1811.04251",
    says="The bound of Donsker and Varadhan lies, on average over samples, at or below the information.",
)
def test_donsker_varadhan_of_samples(evidence):
    """All samples of a few pairs of a binary channel, with the best critic there is: Jensen's inequality."""
    true = information(CHANNEL)
    dv, nwj = (
        [on_average(objective, pairs) for pairs in PAIRS]
        for objective in (DonskerVaradhan(0.0), ShiftedRatio())
    )
    for mean in nwj:
        evidence.equal(mean, true, within=ROUNDING, what="corrected: NWJ, whose means are unbiased")
    lost = [
        -math.fsum(
            math.comb(n, k) / 2**n * math.log2((k * 2 * (1 - FLIP) + (n - k) * 2 * FLIP) / n)
            for k in range(n + 1)
        )
        for n in PAIRS
    ]
    evidence.equal(dv, np.add(true, lost), within=ROUNDING, what="DV is too large by -E ln of a mean")
    evidence.differ(
        dv[1], true, by=0.2, what="DV of two pairs", channel=f"a fair bit, flipped with {FLIP}",
        true_bits=true, DV_of_two_pairs=dv[1], DV_of_four_pairs=dv[3], NWJ_of_two_pairs=nwj[1],
    )  # fmt: skip
    assert min(dv) > true, "the counterexample must lie above the information"
    evidence.number(**{f"DV, {n} pairs": mean for n, mean in zip(PAIRS, dv, strict=True)})
