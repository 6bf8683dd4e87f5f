"""The claims about I(X;T), its shortcuts and the data processing inequality fail on wrong laws."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from ibspec.core import Estimate
from ibspec.estimators import Binning, Kde, Range, Width
from verification import information, strategies
from verification.errata import test_binning_shortcuts as shortcuts
from verification.errata import test_data_processing_limits as limits
from verification.networks import REAL_ACTIVATIONS, IntegerNetwork, RealNetwork
from verification.theory import test_data_processing as dpi
from verification.theory import test_deterministic_layers as layers
from verification.theory import test_mutual_information as mutual
from verification.theory import test_plane as plane
from verification.theory import test_real_run as real_run


def altered(estimator, change):
    """An estimator like another one, whose estimates are changed."""

    def make(**fields):
        def estimate(t, probe):
            found = estimator(**fields).estimate(t, probe)
            return replace(found, **change(found, t, probe, fields))

        return SimpleNamespace(estimate=estimate)

    return make


@pytest.mark.can_fail("mi.definitions-agree")
def test_information_of_the_product(log, monkeypatch):
    """The divergence taken from the uniform law instead of the product of the marginals."""

    def from_uniform(joint):
        return information.divergence(joint.ravel(), np.full(joint.size, 1 / joint.size))

    monkeypatch.setattr(mutual, "information", from_uniform)
    with pytest.raises(AssertionError, match=r"H\(X\) - H\(X\|Y\): .* should equal"):
        mutual.test_definitions(log)


@pytest.mark.can_fail("mi.upper-bound")
def test_entropy_of_the_pair_for_information(log, monkeypatch):
    """An estimator that reports H(T,Y) instead of I(T;Y) leaves the box."""
    pair = altered(Binning, lambda found, t, probe, fields: {"i_ty": found.h_t + probe.h_y - found.i_ty})
    monkeypatch.setattr(mutual, "Binning", pair)
    with pytest.raises(AssertionError, match=r"I of Y and cells: .* should not exceed"):
        mutual.test_box(log)


@pytest.mark.can_fail("mi.upper-bound")
def test_kernel_bound_above_log_n(log, monkeypatch):
    nats = altered(Kde, lambda found, t, probe, fields: {"i_xt": found.i_xt + 0.01})
    monkeypatch.setattr(mutual, "Kde", nats)
    with pytest.raises(AssertionError, match=r"kernel bounds against log2 N: .* should not exceed"):
        mutual.test_box(log)


@pytest.mark.can_fail("mi.invertible-invariance")
def test_names_that_collide(log, monkeypatch):
    monkeypatch.setattr(mutual, "empirical", lambda a, b: information.empirical(np.asarray(a) % 5, b))
    with pytest.raises(AssertionError, match=r"injective names: .* should equal"):
        mutual.test_renaming(log)


@pytest.mark.can_fail("mi.bits-gained")
def test_reductions_in_nats(log, monkeypatch):
    monkeypatch.setattr(mutual, "entropy", lambda law: information.entropy(law) * np.log(2))
    with pytest.raises(AssertionError, match=r"mean reduction: .* should equal"):
        mutual.test_mean_reduction(log)


@pytest.mark.can_fail("mi.deterministic-ht")
def test_estimator_that_sees_noise(log, monkeypatch):
    """An estimator to which equal inputs are different ones finds H(T|X) = 0 where it should not."""
    monkeypatch.setattr(layers, "shortcut", lambda t: float(np.log2(len(t))))
    with pytest.raises(AssertionError, match=r"I\(X;T\) and H\(T\): .* should equal"):
        layers.test_information_is_entropy(log)


@pytest.mark.can_fail("mi.deterministic-ht")
def test_stochastic_layer_is_caught(log, monkeypatch):
    noise = altered(Binning, lambda found, t, probe, fields: {"i_xt": found.i_xt - 0.1})
    monkeypatch.setattr(layers, "Binning", noise)
    with pytest.raises(AssertionError, match=r"H\(T\|X\) of the estimator: 0\.\d+ should equal 0\.0"):
        layers.test_information_is_entropy(log)


@pytest.mark.can_fail("mi.uniqueness")
def test_distinct_rows_assumed(log, monkeypatch):
    monkeypatch.setattr(layers, "plug_in", lambda x, t: float(np.log2(len(x))))
    with pytest.raises(AssertionError, match=r"I\(X;T\) and H\(T\): .* should equal"):
        layers.test_uniqueness_is_not_needed(log)


@pytest.mark.can_fail("mi.ht-le-hx")
def test_conditioned_the_wrong_way_round(log, monkeypatch):
    right = layers.conditional_entropy_bits
    monkeypatch.setattr(layers, "conditional_entropy_bits", lambda labels, given: right(given, labels))
    with pytest.raises(AssertionError, match=r"H\(T\) \+ H\(X\|T\): .* should equal"):
        layers.test_layer_has_no_more_entropy(log)


@pytest.mark.can_fail("mi.equality-injective")
def test_lost_information_not_seen(log, monkeypatch):
    monkeypatch.setattr(layers, "conditional_entropy_bits", lambda labels, given: 0.0)
    with pytest.raises(AssertionError, match=r"although injective is False"):
        layers.test_injective_on_the_sample(log)


@pytest.mark.can_fail("mi.both-binned")
def test_binning_x_without_effect(log, monkeypatch):
    """Were H(Tb|Xb) always 0, the shortcut would be right and the erratum would fall."""
    monkeypatch.setattr(shortcuts, "information", lambda joint: information.entropy(joint.sum(axis=0)))
    with pytest.raises(AssertionError, match=r"x = 0\.1, 0\.4 in one bin"):
        shortcuts.test_binning_both(log)


@pytest.mark.can_fail("mi.zero-without-binning")
def test_information_of_zero(log, monkeypatch):
    nothing = altered(Binning, lambda found, t, probe, fields: {"i_xt": 0.0})
    monkeypatch.setattr(shortcuts, "Binning", nothing)
    with pytest.raises(AssertionError, match=r"I\(X;T\) and log2 N: 0\.0 should equal"):
        shortcuts.test_not_zero_without_binning(log)


@pytest.mark.can_fail("mi.kde-shortcut")
def test_entropy_of_noisy_layer_for_information(log, monkeypatch):
    """An estimator that takes the shortcut is told apart from the bound."""

    def with_noise(found, t, probe, fields):
        return {"i_xt": shortcuts.kernel_entropy(t, fields["noise_variance"])}

    monkeypatch.setattr(shortcuts, "Kde", altered(Kde, with_noise))
    with pytest.raises(AssertionError, match=r"h\(T\+Z\) - h\(Z\) and the bound: .* should equal"):
        shortcuts.test_noise_has_entropy(log)


@pytest.mark.can_fail("dpi.general")
def test_three_variables_without_a_chain(log, monkeypatch):
    """Any joint law of three variables in place of a Markov chain."""
    laws = (
        st.tuples(*[st.integers(1, 3)] * 3).flatmap(strategies.weights).map(lambda drawn: drawn / drawn.sum())
    )
    monkeypatch.setattr(dpi, "markov_chains", lambda: laws)
    with pytest.raises(AssertionError, match=r"I\(A;C\) <= I\((A|B);(B|C)\): .* should not exceed"):
        dpi.test_data_processing(log)


@pytest.mark.can_fail("dpi.layer-chain-exact")
def test_connection_past_a_layer(log, monkeypatch):
    def skipping(network):
        yield network.x
        yield network.x * 0
        yield network.x

    monkeypatch.setattr(IntegerNetwork, "activities", skipping)
    with pytest.raises(AssertionError, match=r"rise of I\(X;T\): .* should not exceed"):
        dpi.test_layers_only_lose(log)


@pytest.mark.can_fail("dpi.markov-network")
def test_label_leaks_into_the_layer(log, monkeypatch):
    def leaking(network):
        yield network.x
        yield network.y[:, None]

    monkeypatch.setattr(IntegerNetwork, "activities", leaking)
    with pytest.raises(AssertionError, match=r"I\(Y;T\|X\): .* should equal 0\.0"):
        dpi.test_network_is_a_markov_chain(log)


@pytest.mark.can_fail("dpi.quantised-forward")
def test_real_activity_fed_forward(log, monkeypatch):
    """The next layer gets the activity before it was rounded: the usual way of binning."""

    def forgetful(network, x, forward=lambda t: t):
        t = np.asarray(x, dtype=np.float64)
        for weight, bias in zip(network.weights, network.biases, strict=True):
            t = REAL_ACTIVATIONS[network.activation](t @ weight + bias)
            yield forward(t)

    monkeypatch.setattr(RealNetwork, "activities", forgetful)
    with pytest.raises(
        AssertionError, match=r"rise of I\(.;.\): .* should not exceed|violations in 100 nets"
    ):
        dpi.test_quantised_networks(log)


@pytest.mark.can_fail("dpi.binned-counterexample")
def test_values_that_are_not_binned(log, monkeypatch):
    """Cells so fine that nothing is binned: the order holds, and the counterexample goes."""
    monkeypatch.setattr(limits, "Width", lambda width: Width(1e-300))
    with pytest.raises(AssertionError, match=r"first layer: .* should equal"):
        limits.test_binned_values_may_rise(log)


@pytest.mark.can_fail("dpi.equality")
def test_sufficiency_not_seen(log, monkeypatch):
    monkeypatch.setattr(limits, "conditional_entropy_bits", lambda labels, given: 0.0)
    with pytest.raises(AssertionError, match=r"Y side: what is lost is I\(Y;T1\|T2\): .* should equal"):
        limits.test_equality_needs_less(log)


@pytest.mark.can_fail("ip.region")
def test_entropy_for_information_about_labels(log, monkeypatch):
    """I(T;Y) without its conditional term stays below the diagonal and leaves through the top."""
    monkeypatch.setattr(
        plane, "Binning", altered(Binning, lambda found, t, probe, fields: {"i_ty": found.h_t})
    )
    with pytest.raises(AssertionError, match=r"I\(T;Y\) <= I\(X;Y\), (exact|cells): .* should not exceed"):
        plane.test_region(log)


@pytest.mark.can_fail("ip.region")
def test_points_above_the_diagonal(log, monkeypatch):
    monkeypatch.setattr(
        plane, "Binning", altered(Binning, lambda found, t, probe, fields: {"i_ty": probe.i_xy})
    )
    with pytest.raises(AssertionError, match=r"I\(T;Y\) <= I\(X;T\), (exact|cells): .* should not exceed"):
        plane.test_region(log)


@pytest.mark.can_fail("ip.box")
@pytest.mark.parametrize(
    ("point", "message"),
    [
        (Estimate(i_xt=-0.1, i_ty=-0.2), r"0 <= I\(X;T\): 0\.1 should not exceed"),
        (Estimate(i_xt=6.0, i_ty=1.0), r"I\(X;T\) <= log2 N: 6\.0 should not exceed 5\.0"),
        (Estimate(i_xt=4.0, i_ty=1.5), r"I\(T;Y\) <= H\(Y\): 1\.5 should not exceed 1\.0"),
        (Estimate(i_xt=0.5, i_ty=0.75), r"I\(T;Y\) <= I\(X;T\): 0\.75 should not exceed 0\.5"),
    ],
)
def test_points_outside_the_box(log, point, message):
    row = {
        "replica": 0,
        "epoch": 0,
        "depth": 0,
        "layer": "dense1",
        "estimator": "binning",
        "n": 32,
        "status": "ok",
    }
    run = SimpleNamespace(
        measurements=pd.DataFrame([row | {"i_xt": point.i_xt, "i_ty": point.i_ty}]),
        manifest={"facts": {"h_y": 1.0}},
    )
    with pytest.raises(AssertionError, match=message):
        real_run.test_real_points(log, {"a run": run})


def test_unbroken_cells_agree(log):
    """The helper of this file changes nothing by itself."""
    t, probe = np.arange(4.0)[:, None], mutual.Probe(x=np.arange(4), y=np.array([0, 0, 1, 1]))
    cells = Range(low=0, high=3, bins=4)
    same = altered(Binning, lambda found, t, probe, fields: {})(cells=cells).estimate(t, probe)
    assert same == Binning(cells=cells).estimate(t, probe)
