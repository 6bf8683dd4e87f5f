"""The random inputs are what they say, and often what is needed to break a statement."""

import numpy as np
from hypothesis import find, given

from verification import strategies
from verification.information import conditional, first, second


@given(table=strategies.joint_tables(), law=strategies.laws(), chain=strategies.markov_chains())
def test_laws_are_laws(table, law, chain):
    for drawn in (table, law, chain):
        assert (drawn >= 0).all()
        assert abs(drawn.sum() - 1) < 1e-12


@given(chain=strategies.markov_chains())
def test_chains_have_the_markov_property(chain):
    """p(a,b,c) p(b) = p(a,b) p(b,c)."""
    left = chain * chain.sum(axis=(0, 2))[None, :, None]
    right = chain.sum(axis=2)[:, :, None] * chain.sum(axis=0)[None, :, :]
    np.testing.assert_allclose(left, right, atol=1e-15)


@given(network=strategies.integer_networks())
def test_integer_networks_compute_with_integers(network):
    layers = list(network.activities())
    assert len(layers) == len(network.weights) + 1
    for t in layers:
        assert t.dtype.kind == "i"
        assert len(t) == len(network.y)


@given(network=strategies.real_networks())
def test_real_networks_are_finite(network):
    for t in network.activities(np.ones((3, network.inputs))):
        assert np.isfinite(t).all()


@given(pair=strategies.paired_labels(), g=strategies.maps(), counts=strategies.count_vectors())
def test_labels_maps_and_counts(pair, g, counts):
    assert len(pair[0]) == len(pair[1]) > 0
    assert g.max(initial=0) < len(g)
    assert counts.sum() > 0


def test_the_awkward_inputs_occur():
    find(strategies.joint_tables(), lambda table: (first(table) == 0).any() and conditional(table) > 0)
    find(strategies.joint_tables(), lambda table: len(second(table)) == 1)
    find(strategies.law_pairs(), lambda pair: ((pair[0] > 0) & (pair[1] == 0)).any())
    find(strategies.maps(), lambda g: len(set(g.tolist())) < len(g))
    find(strategies.few_symbol_rows(), lambda rows: len(np.unique(rows, axis=0)) < len(rows))
    find(strategies.integer_networks(), lambda net: len(np.unique(net.x, axis=0)) < len(net.x))
    find(strategies.real_rows(), lambda rows: len(np.unique(rows, axis=0)) < len(rows) - 1)
