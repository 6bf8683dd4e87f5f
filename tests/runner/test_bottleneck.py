"""Which probes have an information-bottleneck curve of their own."""

import numpy as np
import pytest

from ibspec.analysis import bottleneck_curve
from ibspec.core import Probe
from ibspec.runner.bottleneck import label_bottleneck
from tests.runner.tiny import run_tiny


def test_labels_that_are_noisy():
    """Two inputs, each with the other's label once in four."""
    ids = np.repeat([0, 1], 8)
    found = label_bottleneck(Probe(ids=ids, y=np.array(([0] * 6 + [1] * 2) + ([1] * 6 + [0] * 2))))
    curve = bottleneck_curve(np.array([[6, 2], [2, 6]]) / 16)
    assert found is not None
    assert found["i_xt"] == pytest.approx(curve.i_xt.tolist())
    assert found["i_ty"] == pytest.approx(curve.i_ty.tolist())


@pytest.mark.parametrize(
    "probe",
    [
        pytest.param(Probe(ids=np.arange(6), y=np.array([0, 1, 0, 1, 0, 1])), id="a function of the input"),
        pytest.param(Probe(ids=np.arange(6)), id="no labels"),
        pytest.param(Probe(ids=np.arange(6) % 2, y=np.linspace(0, 1, 6)), id="real labels"),
    ],
)
def test_others_have_none(probe):
    assert label_bottleneck(probe) is None


def test_too_many_laws_have_none():
    """Seventy inputs, each with a share of its own."""
    rows = [(x, int(row < x)) for x in range(1, 71) for row in range(71)]
    ids, y = np.array(rows).T
    assert label_bottleneck(Probe(ids=ids, y=y)) is None


def test_a_run_keeps_it(tmp_path):
    assert run_tiny(tmp_path / "a").manifest["bottleneck"] is None
    noisy = 'data={"kind": "symmetric-channel", "classes": 3, "channels": 1, "flip": 0.3, "samples": 200}'
    manifest = run_tiny(tmp_path / "b", noisy).manifest
    assert manifest["bottleneck"]["i_ty"][-1] == pytest.approx(manifest["facts"]["i_xy"], abs=1e-9)
