"""The claims about points of the information plane fail on wrong loops, labels and estimators."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.core import Probe
from ibspec.estimators import Binning
from ibspec.schedules import Every
from verification.errata import test_plane_points as points
from verification.networks import IntegerNetwork
from verification.theory import test_plane_corner as corner


@pytest.mark.can_fail("ip.algorithm")
def test_loop_over_data_points(log, monkeypatch):
    """The printed loop in place of the corrected one."""
    monkeypatch.setattr(points, "corrected_passes", points.printed_passes)
    with pytest.raises(
        AssertionError, match=r"corrected: asked for epochs \[1, 2, 3, 4, 5\], recorded \[1, 2, 3\]"
    ):
        points.test_epochs_are_not_data_points(log)


@pytest.mark.can_fail("ip.algorithm")
def test_schedule_that_leaves_epochs_out(log, monkeypatch):
    monkeypatch.setattr(points, "Every", lambda: Every(epochs=2))
    with pytest.raises(AssertionError, match=r"epochs 0 to the last: .* should equal"):
        points.test_epochs_are_not_data_points(log)


@pytest.mark.can_fail("ip.random-net")
def test_layer_that_guesses(log, monkeypatch):
    """An estimator to which the layer says nothing, as printed."""

    def silent(cells):
        def estimate(t, probe):
            return replace(Binning(cells=cells).estimate(t, probe), i_xt=0.0, i_ty=0.0)

        return SimpleNamespace(estimate=estimate)

    monkeypatch.setattr(points, "Binning", silent)
    with pytest.raises(AssertionError, match=r"corrected: I\(X;T\) = log2 N: 0\.0 should equal"):
        points.test_untrained_network_is_a_map(log)


@pytest.mark.can_fail("ip.random-net")
def test_activity_that_is_rounded(log, monkeypatch):
    """Cells are no exact measurement: inputs fall together."""
    monkeypatch.setattr(points, "Width", lambda width: points.Range(low=-1, high=1, bins=30))
    with pytest.raises(AssertionError, match=r"corrected: I\(X;T\) = log2 N: .* should equal"):
        points.test_untrained_network_is_a_map(log)


@pytest.mark.can_fail("ip.first-node")
def test_rows_taken_for_inputs(log, monkeypatch):
    """A probe to which every row is another input puts the corner too far to the right."""

    class Rows(Probe):
        @property
        def h_x(self):
            return float(np.log2(self.samples))

    monkeypatch.setattr(corner, "Probe", Rows)
    with pytest.raises(AssertionError, match=r"T0 and \(H\(X\), I\(X;Y\)\): .* should equal"):
        corner.test_input_is_the_corner(log)


@pytest.mark.can_fail("ip.first-node")
def test_layer_with_a_label_of_its_own(log, monkeypatch):
    """A layer that sees the label stands above the input."""

    def leaking(network):
        yield network.x
        yield network.y[:, None]

    monkeypatch.setattr(IntegerNetwork, "activities", leaking)
    with pytest.raises(AssertionError, match=r"layers (to the left of|below) T0: .* should not exceed"):
        corner.test_input_is_the_corner(log)
