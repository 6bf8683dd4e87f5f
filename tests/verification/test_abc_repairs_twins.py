"""The claims about what keeps the order of layers fail on layers that do not follow from each other."""

import numpy as np
import pytest

from ibspec.estimators import Binning
from verification.networks import IntegerNetwork
from verification.theory import test_data_processing_repairs as repairs


@pytest.mark.can_fail("dpi.y-side")
def test_label_enters_behind_the_first_layer(log, monkeypatch):
    def leaking(network):
        yield network.x
        yield network.x * 0
        yield network.y[:, None]

    monkeypatch.setattr(IntegerNetwork, "activities", leaking)
    with pytest.raises(AssertionError, match=r"rise of I\(T;Y\): .* should not exceed"):
        repairs.test_labels_are_only_lost(log)


@pytest.mark.can_fail("dpi.y-side")
def test_cells_that_break_nothing(log, monkeypatch):
    """Cells so fine that the four inputs stay apart leave nothing to break the order with."""
    fine = Binning(cells=repairs.Width(0.01))
    monkeypatch.setattr(repairs, "EXACT", fine)
    with pytest.raises(AssertionError, match=r"four inputs in cells: I\(X;T\): .* should equal"):
        repairs.test_labels_are_only_lost(log)


@pytest.mark.can_fail("dpi.join-partition")
def test_cells_of_one_layer_at_a_time(log, monkeypatch):
    """The usual way: each layer's cells on their own."""
    monkeypatch.setattr(repairs, "joint_cells", lambda cells: cells)
    with pytest.raises(AssertionError, match=r"rise of I\((X;Q|Q;Y)\): .* should not exceed"):
        repairs.test_joint_cells_of_what_follows(log)


@pytest.mark.can_fail("dpi.noise-inside")
def test_noise_only_to_measure(log, monkeypatch):
    """The next layer gets the activity without its noise."""

    def without(joint, noisy):
        clean = np.zeros_like(noisy)
        clean[:, : joint.shape[1]] = joint
        return clean

    monkeypatch.setattr(repairs, "feed_on", without)
    with pytest.raises(AssertionError, match=r"rise of I\((X;T\+Z|T\+Z;Y)\): .* should not exceed"):
        repairs.test_noise_fed_forward(log)
