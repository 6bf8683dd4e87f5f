"""What is exact of the codes of a quantised net is not so of its activity cut once more."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given

from ibspec.core import Probe
from ibspec.estimators import Binning, Exact, Range, Width
from ibspec.models import Mlp, Quantised
from verification.information import ROUNDING
from verification.theory.test_quantised_nets import activities, nets

THIRTY = Range(low=-1.0, high=1.0, bins=30)
"""The thirty edges of the published information planes."""

COARSE = Width(1.0)
"""Few cells, in which random nets of a few units rise often enough to be found."""


def along(net, x, estimator):
    """I(X;T) of each layer by one estimator."""
    probe = Probe(x=x)
    return [estimator.estimate(activity, probe).i_xt for activity in activities(net, torch.from_numpy(x))]


def narrow_net():
    """Two layers of one tanh each, of weights 0.02 and 100; the output is constant."""
    net = Quantised(net=Mlp(hidden=(1, 1), activation="tanh"), levels=256).build((1,), 2, 0)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        first, second = (p for name, p in net.named_parameters() if p.shape == (1, 1))
        first.fill_(0.02)
        second.fill_(100.0)
    return net


@pytest.mark.claim(
    "exact.cut-again",
    kind="extension",
    expected="refuted",
    source="Lorenzen, Igel & Nielsen (2022), ICLR, arXiv:2106.12912, section 3, the inequality read for "
    "activity that is cut into cells",
    says="Along the layers of a quantised net I(X;T) does not rise where its activity is cut into cells.",
)
def test_cells_on_top_of_levels(evidence):
    """Cells of a layer do not feed the next one; levels do."""
    rises, cases = 0, 0

    @given(nets())
    def search(case):
        nonlocal rises, cases
        net, x, _ = case
        evidence.case(x=x)
        codes, cells = (along(net, x, estimator) for estimator in (Exact(), Binning(cells=COARSE)))
        for before, after in pairwise(codes):
            evidence.at_most(after, before, within=ROUNDING, what="corrected: codes do not rise")
        rises += any(after > before + ROUNDING for before, after in pairwise(cells))
        cases += 1

    search()
    net, x = narrow_net(), np.array([[-1.0], [1.0]], dtype=np.float32)
    codes, cells = (along(net, x, estimator)[:2] for estimator in (Exact(), Binning(cells=THIRTY)))
    first, second, _ = (float(each.values.abs().max()) for each in activities(net, torch.from_numpy(x)))
    evidence.equal(codes, (1.0, 1.0), within=ROUNDING, what="codes of the two layers")
    evidence.equal(cells, (0.0, 1.0), within=ROUNDING, what="cells of the two layers")
    evidence.differ(
        cells[1], cells[0], by=0.5, what="I(X;T) of cells", X="-1 or 1", T1=(-first, first),
        T2=(-second, second), cells_of_T1=cells[0], cells_of_T2=cells[1], codes_of_both=codes[0],
    )  # fmt: skip
    assert cells[1] > cells[0], "the counterexample must rise"
    assert rises, "random nets must be able to rise too"
    evidence.number(**{"random nets": cases, "of these with a rise of cells of width 1": rises})
