"""Information with the net unknown does not fall from layer to layer."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from verification.information import ROUNDING
from verification.strategies import each_drawn
from verification.windows import about_x, single_by_the_book


def feed(table, maps):
    """The next layer: what each net's own map, a row of `maps`, makes of its activity."""
    return np.take_along_axis(maps, table, axis=1)


@pytest.mark.claim(
    "air.dpi",
    kind="extension",
    expected="refuted",
    source="grabauskas-2019 §3.4 with eq. 2.8; grabauskas-2019-draft-a §0.2.10",
    says="With exact discrete activity, As-If-Random information about X does not rise with depth.",
)
def test_deeper_layers_may_know_more(evidence):
    """Layers that turn together; corrected: one map for all nets, or the mean of single nets."""
    first = np.array([[0, 1], [1, 0]])
    second = feed(first, np.array([[0, 1], [1, 0]]))  # the second layer turns as the first one does
    one, two = about_x(first), about_x(second)
    evidence.equal((one, two), (0.0, 1.0), within=ROUNDING, what="first and second layer")
    assert two > one, "the counterexample must rise"
    evidence.counterexample(T1=first, T2=second, I_of_X_and_T1=one, I_of_X_and_T2=two)
    risen = []

    @given(data=st.data(), nets=st.integers(1, 5), rows=st.integers(1, 8))
    def search(data, nets, rows):
        table = data.draw(each_drawn((nets, rows), st.integers(0, 3)))
        maps = data.draw(each_drawn((nets, 4), st.integers(0, 3)))
        evidence.case(table=table, maps=maps)
        deep, shared = feed(table, maps), feed(table, np.repeat(maps[:1], nets, axis=0))
        risen.append(about_x(deep) > about_x(table) + ROUNDING)
        of = np.arange(rows)
        singles = single_by_the_book(deep, of), single_by_the_book(table, of)
        evidence.at_most(*singles, within=ROUNDING, what="corrected: mean of single nets")
        excess = evidence.at_most(
            about_x(shared), about_x(table), within=ROUNDING, what="corrected: one map for all nets"
        )
        target(excess)

    search()
    assert any(risen), "random maps must be able to break the order too"
    evidence.number(**{"of so many random windows, rises": (len(risen), sum(risen))})
