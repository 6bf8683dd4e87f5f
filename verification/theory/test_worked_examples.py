"""The worked examples that the sources print, digit by digit."""

import numpy as np
import pytest

from ibspec.core import entropy_bits
from verification.information import (
    LOG3,
    ROUNDING,
    WORKED,
    conditional,
    divergence,
    entropy,
    first,
    information,
    second,
)

LAST_PLACE = 1e-4
"""One unit in the fourth place: the source cuts 0.81128 to 0.8112 instead of rounding it."""


@pytest.mark.claim(
    "entropy.worked-example-1",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 §2.1, first example",
    says="A fair bit has an entropy of 1 bit.",
)
def test_fair_bit(evidence):
    """Powers of two are exact in binary floating point, so nothing is allowed for rounding."""
    evidence.case(law=(0.5, 0.5))
    evidence.equal(entropy(np.array([0.5, 0.5])), 1.0, within=0.0, what="H of the law")
    evidence.equal(entropy_bits(np.array([0, 1])), 1.0, within=0.0, what="H of two labels")


@pytest.mark.claim(
    "entropy.worked-example-2",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 §2.1, second example",
    says="The law (1/2, 1/4, 1/4) has an entropy of 1.5 bits.",
)
def test_three_symbols(evidence):
    """Exact, as above. The source calls the variable Y and writes its law with X."""
    evidence.case(law=(0.5, 0.25, 0.25))
    evidence.equal(entropy(np.array([0.5, 0.25, 0.25])), 1.5, within=0.0, what="H of the law")
    evidence.equal(entropy_bits(np.array([0, 0, 1, 2])), 1.5, within=0.0, what="H of four labels")


@pytest.mark.claim(
    "entropy.worked-example-3",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 §2.1, example after eq. 2.2",
    says="For the joint law ((1/4, 1/4), (1/2, 0)): H(X) = 1, H(Y) = 0.8112..., H(Y|X) = 1/2 and "
    "H(X|Y) = 0.6887... bits.",
)
def test_two_variables(evidence):
    """The closed forms hold exactly; of the printed digits, those of H(Y) are cut off and not rounded."""
    evidence.case(joint=WORKED)
    found = {
        "H(X)": (entropy(first(WORKED)), 1.0, 1.0),
        "H(Y)": (entropy(second(WORKED)), 2 - 0.75 * LOG3, 0.8112),
        "H(Y|X)": (conditional(WORKED), 0.5, 0.5),
        "H(X|Y)": (conditional(WORKED.T), 0.75 * LOG3 - 0.5, 0.6887),
    }
    for what, (value, closed, printed) in found.items():
        evidence.equal(value, closed, within=ROUNDING, what=what)
        evidence.equal(value, printed, within=LAST_PLACE, what=f"{what} as printed")
    evidence.equal(entropy(WORKED), 1.5, within=ROUNDING, what="H(X,Y)")
    evidence.equal(found["H(Y)"][0], 0.8112781244591328, within=ROUNDING, what="H(Y)")
    evidence.equal(found["H(X|Y)"][0], 0.6887218755408672, within=ROUNDING, what="H(X|Y)")
    cut = evidence.differ(found["H(Y)"][0], 0.8112, by=LAST_PLACE / 2, what="H(Y) rounded to four places")
    evidence.number(**{"H(Y)": found["H(Y)"][0], "printed": 0.8112, "rounded": 0.8113, "cut off": cut})


@pytest.mark.claim(
    "mi.worked-example",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 §2.1, example after eq. 2.4",
    says="For the joint law ((1/4, 1/4), (1/2, 0)), I(X;Y) = 3/2 - (3/4) log₂ 3 = 0.3113 bits.",
)
def test_information_by_four_routes(evidence):
    """Both differences of entropies, the sum rule and the divergence meet in one number."""
    evidence.case(joint=WORKED)
    h_x, h_y = entropy(first(WORKED)), entropy(second(WORKED))
    routes = {
        "H(X) - H(X|Y)": h_x - conditional(WORKED.T),
        "H(Y) - H(Y|X)": h_y - conditional(WORKED),
        "H(X) + H(Y) - H(X,Y)": h_x + h_y - entropy(WORKED),
        "D(joint || product)": divergence(WORKED.ravel(), np.outer(first(WORKED), second(WORKED)).ravel()),
    }
    for what, value in routes.items():
        evidence.equal(value, 1.5 - 0.75 * LOG3, within=ROUNDING, what=what)
        evidence.equal(value, 0.31127812445913294, within=ROUNDING, what=what)
    evidence.equal(information(WORKED), 0.3113, within=LAST_PLACE / 2, what="I as printed, rounded")
    evidence.number(**{"I(X;Y)": information(WORKED)})
