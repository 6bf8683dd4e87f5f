"""The claims about convolutional nets fail on wrong layers, views, distances, costs and programs."""

import numpy as np
import pytest
import torch

from ibspec.activity import channels
from ibspec.estimators import Kde
from verification.errata import test_convolutional_limits as limits
from verification.findings import test_convolutional_costs as costs
from verification.findings import test_convolutional_planes as planes
from verification.theory import test_convolutional_views as views


@pytest.mark.can_fail("cnn.shapes")
def test_padded_convolutions(log, monkeypatch, pytestconfig):
    """Filters that hang over the edge keep the side."""

    def padded(side, document, classes):
        shapes, counts = right(side, document, classes)
        return [(32, 28, 28), *shapes[1:]], counts

    right = views.laid_out
    monkeypatch.setattr(views, "laid_out", padded)
    with pytest.raises(AssertionError, match=r"the shapes of Listing 1 should be .* got \[\(32, 28, 28\)"):
        views.test_shapes(log, pytestconfig)


@pytest.mark.can_fail("cnn.shapes")
def test_filters_without_bias(log, monkeypatch, pytestconfig):
    def unbiased(side, document, classes):
        shapes, counts = right(side, document, classes)
        return shapes, [counts[0] - 32, *counts[1:]]

    right = views.laid_out
    monkeypatch.setattr(views, "laid_out", unbiased)
    with pytest.raises(AssertionError, match=r"weights by layer: .* they differ by 32"):
        views.test_shapes(log, pytestconfig)


@pytest.mark.can_fail("cnn.concat")
def test_only_the_first_channel(log, monkeypatch):
    def first(values, view):
        return channels(values[:, :1] if view == "concat" and values.ndim > 2 else values, view)

    monkeypatch.setattr(views, "channels", first)
    with pytest.raises(AssertionError, match=r"concat and flattened: .* should equal"):
        views.test_joined_channels(log)


@pytest.mark.can_fail("cnn.concat")
def test_every_activity_halved(log, monkeypatch):
    """The same mistake on both sides is seen by the book."""
    monkeypatch.setattr(views, "channels", lambda values, view: channels(values / 2, view))
    with pytest.raises(AssertionError, match=r"concat by the book: .* should equal"):
        views.test_joined_channels(log)


@pytest.mark.can_fail("cnn.dense-same")
def test_each_unit_a_channel(log, monkeypatch):
    def split(values, view):
        return channels(values[:, :, None] if view == "mean" and values.ndim == 2 else values, view)

    monkeypatch.setattr(views, "channels", split)
    with pytest.raises(AssertionError, match=r"dense layer: .* should equal"):
        views.test_a_dense_layer_is_one_channel(log)


@pytest.mark.can_fail("cnn.convolution")
def test_filters_turned_round(log, monkeypatch):
    monkeypatch.setattr(limits, "layer_output", limits.convolution)
    with pytest.raises(AssertionError, match=r"corrected: filter turned round: .* should equal"):
        limits.test_convolution(log)


@pytest.mark.can_fail("cnn.convolution")
def test_convolution_that_is_the_layer(log, monkeypatch):
    """Were convolution defined without turning round, the statement would stand."""
    monkeypatch.setattr(limits, "convolution", lambda s, k: np.convolve(s, k[::-1], mode="valid"))
    with pytest.raises(AssertionError, match=r"corrected: filter turned round: .* should equal"):
        limits.test_convolution(log)


@pytest.mark.can_fail("cnn.mi-depth")
def test_only_the_first_channel_of_an_array(log, monkeypatch):
    """Where depth did matter, an array and its flattening would differ."""
    right = limits.information_of

    def shallow(estimator, t, probe):
        return right(estimator, t[:, :1] if t.ndim > 2 else t, probe)

    monkeypatch.setattr(limits, "information_of", shallow)
    with pytest.raises(AssertionError, match=r"corrected: .* should equal"):
        limits.test_depth(log)


@pytest.mark.can_fail("cnn.saturated")
def test_noise_as_wide_as_the_layers(log, monkeypatch):
    monkeypatch.setattr(planes, "Kde", lambda noise_variance: Kde(noise_variance=1e5 * noise_variance))
    with pytest.raises(AssertionError, match=r"foretold by the smallest distance: .* should not exceed"):
        planes.test_layers_at_the_cap(log)


@pytest.mark.can_fail("cnn.saturated")
def test_noise_too_narrow_to_count(log, monkeypatch):
    """With both bounds at the cap the finding says so."""

    def narrow(noise_variance):
        wide = noise_variance > 1
        return Kde(noise_variance=noise_variance if wide else noise_variance / 100)

    monkeypatch.setattr(planes, "Kde", narrow)
    planes.test_layers_at_the_cap(log)
    assert log.verdict == "supported"


@pytest.mark.can_fail("cnn.line-cluster")
def test_channels_on_the_line(log, monkeypatch):
    """Were they there, it would be found."""
    slope = np.log2(planes.CLASSES) / np.log2(planes.ROWS)
    nets = planes.on_the_line(np.random.default_rng(1), slope)
    monkeypatch.setattr(planes, "channel_points", lambda seed, _shuffled: nets[seed])
    planes.test_the_line(log)
    assert log.verdict == "supported"


@pytest.mark.can_fail("cnn.line-cluster")
def test_a_detector_that_sees_the_line_everywhere(log, monkeypatch):
    monkeypatch.setattr(planes, "is_the_line", lambda *_: True)
    with pytest.raises(AssertionError, match=r"a steeper line should not be taken for the line"):
        planes.test_the_line(log)


@pytest.mark.can_fail("cnn.line-cluster")
def test_a_detector_that_sees_it_nowhere(log, monkeypatch):
    monkeypatch.setattr(planes, "is_the_line", lambda *_: False)
    with pytest.raises(
        AssertionError, match=r"of 20 sets on the line found to be there: .* should not exceed"
    ):
        planes.test_the_line(log)


@pytest.mark.can_fail("cnn.mean-cost")
def test_a_mean_for_nothing(log, monkeypatch):
    """Both ways of looking cost the same."""
    monkeypatch.setattr(costs, "seconds", lambda _t, _view, _probe: 1.0)
    costs.test_cost_of_the_mean(log)
    assert log.verdict == "not supported"


@pytest.mark.can_fail("cnn.mean-cost")
def test_distances_that_cost_more_apart(log, monkeypatch):
    def work(units, channel_count, exponential):
        return (units + exponential) * channel_count

    monkeypatch.setattr(costs, "work", work)
    with pytest.raises(AssertionError, match=r"24x24x64 units, an exponential as 10: .* should equal"):
        costs.test_cost_of_the_mean(log)


@pytest.mark.can_fail("cnn.kernel-same-code")
def test_a_program_one_percent_off(log, monkeypatch):
    monkeypatch.setattr(costs, "Kde", lambda noise_variance: Kde(noise_variance=1.01 * noise_variance))
    costs.test_two_programs(log)
    assert log.verdict == "not supported"


@pytest.mark.can_fail("cnn.kernel-same-code")
def test_planes_that_show_everything(log, monkeypatch):
    """With lines of no width nothing is hidden."""
    monkeypatch.setattr(costs, "LINE", 0.0)
    with pytest.raises(AssertionError, match=r"a wrong noise variance should be invisible in some plane"):
        costs.test_two_programs(log)


def test_the_smallest_distance():
    t = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert planes.nearest(t) == 1.0
