"""What windows of nets promise, on windows drawn to break it."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Activity, Probe
from ibspec.estimators import AsIfRandom, Binning, Width
from ibspec.verify.promises import LABELS, promises

ROUNDING = 1e-9
"""Bits: entropies of a few dozen counts, each with an error of some 1e-15."""


@given(seed=st.integers(0, 2**32 - 1), window=st.integers(1, 5), values=st.integers(1, 4))
def test_windows_of_cells_keep_what_they_promise(seed: int, window: int, values: int) -> None:
    """Inputs that come twice, with labels that differ; each net sends an input where it likes."""
    rng = np.random.default_rng(seed)
    ids, y = rng.integers(0, 6, 24), rng.integers(0, 3, 24)
    probe = Probe(x=ids[:, None].astype(float), y=y)
    estimator = AsIfRandom(under=Binning(cells=Width(1.0)), window=window)
    session = estimator.session("layer", probe)
    for epoch in range(window):
        law = rng.integers(0, values, (6, 2))
        session.add(Activity(torch.from_numpy(law[ids] + 0.5), "layer", epoch=epoch))
    (found,) = session.finish()
    i_xt, i_ty = found.estimate.i_xt, found.estimate.i_ty
    assert i_xt is not None
    assert i_ty is not None
    assert probe.i_xy is not None
    assert promises(estimator.label) == LABELS
    for low, high in ((0, i_xt), (i_xt, probe.h_x), (0, i_ty), (i_ty, i_xt), (i_ty, probe.i_xy)):
        assert low <= high + ROUNDING


def test_families_that_promise_nothing() -> None:
    assert promises("as-if-random(kde(0.1), 20 epochs)") == frozenset()
    assert promises("as-if-random") == frozenset()
    assert promises("ksg(3)") == frozenset()
