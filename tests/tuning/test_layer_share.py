"""The noise at which a layer shows a share of log2 N."""

import math

import numpy as np
import pytest
import torch

from ibspec.core import Probe, UserError
from ibspec.estimators import Kde
from ibspec.tuning import NoRootError, tune_to_share

PROBE = Probe(ids=np.arange(8))


def test_two_clusters_in_closed_form():
    """Eight rows, four at each of two points a distance 1 apart: f(1) = -log2((1 + exp(-1 / 2 v)) / 2)."""
    rows = torch.tensor([[0.0]] * 4 + [[1.0]] * 4, dtype=torch.float64)
    found = tune_to_share(rows, PROBE, 0.2)
    wanted = 0.2 * 3
    assert found.ceiling == 3
    assert -math.log2((1 + math.exp(-1 / (2 * found.root.variance))) / 2) == pytest.approx(wanted, abs=1e-9)
    assert found.root.value == pytest.approx(wanted, abs=1e-9)
    assert found.lower == pytest.approx(
        Kde(noise_variance=found.root.variance).estimate(rows, PROBE).i_xt_bounds[0]
    )


def test_equal_rows_keep_it_low():
    rows = torch.tensor([[0.0]] * 4 + [[1.0]] * 4, dtype=torch.float64)
    with pytest.raises(NoRootError, match=r"stays below 1\.5 .* comes within 0\.5 of it"):
        tune_to_share(rows, PROBE, 0.5)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, math.nan])
def test_shares_outside(share):
    with pytest.raises(UserError, match=f"--share: wanted more than 0 and less than 1; got {share:g}"):
        tune_to_share(torch.zeros(8, 1), PROBE, share)
