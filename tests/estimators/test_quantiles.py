"""Cells of equally many distinct values, and cells between stated edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ibspec.core import Probe
from ibspec.estimators import Binning, Cells
from ibspec.estimators.quantiles import Edges, Quantiles

CELLS: TypeAdapter[Cells] = TypeAdapter(Cells)


def ebab(values, bins, low):
    """The published rule, read from its description: distinct values without `low`, every n-th an edge.

    np.digitize of that program's edges gives a cell more: from the largest value upwards, so to it alone.
    """
    distinct = np.setdiff1d(np.unique(values), [low])
    inner = [distinct[int(k * (distinct.size / bins))] for k in range(bins)] if distinct.size else []
    return np.digitize(values, np.array([low, *inner]))


def same_partition(one, other):
    """Whether two arrays of cells tell the same values apart."""
    pairs = set(zip(one.ravel().tolist(), other.ravel().tolist(), strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@st.composite
def activities(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    t = rng.normal(size=(draw(st.integers(1, 70)), draw(st.integers(1, 5))))
    t = np.round(t, draw(st.sampled_from([0, 1, 15])))
    return t.astype(draw(st.sampled_from([np.float32, np.float64])))


@given(activities(), st.integers(1, 40))
def test_cells_hold_equally_many_distinct_values(t, bins):
    """As many as go: cells differ by one at most, and rising values never fall into a lower cell."""
    distinct = np.unique(t)
    cells = Quantiles(bins=bins).cut(distinct[:, None]).ravel()
    assert (np.diff(cells) >= 0).all()
    counts = np.unique(cells, return_counts=True)[1]
    assert len(counts) == min(bins, len(distinct))
    assert counts.max() - counts.min() <= 1
    assert counts.max() == math.ceil(len(distinct) / bins)


@given(activities(), st.sampled_from([1, 2, 4, 8, 16, 32]))
def test_against_the_published_rule(t, bins):
    """Powers of two: its int(k * (n / bins)) rounds otherwise, and may be one too low."""
    relu = np.maximum(t, 0)
    assert same_partition(Quantiles(bins=bins, floor=0.0).cut(relu), ebab(relu, bins, 0.0))
    tanh = np.tanh(t)
    assert same_partition(Quantiles(bins=bins).cut(tanh), ebab(tanh, bins, -1.000001))


def test_the_zeros_of_a_relu_are_one_cell():
    t = np.array([[0.0], [0.0], [0.0], [0.0], [1.0], [2.0], [3.0], [4.0]])
    assert Quantiles(bins=2, floor=0.0).cut(t).ravel().tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    # without a floor zero is a value like others, counted once
    assert Quantiles(bins=2).cut(t).ravel().tolist() == [1, 1, 1, 1, 1, 2, 2, 2]


def test_per_layer_and_per_unit():
    t = np.array([[0.0, 10.0], [1.0, 11.0], [2.0, 12.0], [3.0, 13.0]])
    assert Quantiles(bins=2).cut(t).tolist() == [[1, 2], [1, 2], [1, 2], [1, 2]]
    assert Quantiles(bins=2, per="unit").cut(t).tolist() == [[1, 1], [1, 1], [2, 2], [2, 2]]


@given(activities(), st.integers(1, 20), st.sampled_from(["layer", "unit"]))
def test_any_rising_map_leaves_the_cells_as_they_are(t, bins, per):
    """So the number is about ranks: scale, shift and squashing of the activity do not show."""
    t = t.astype(np.float64)
    cells = Quantiles(bins=bins, per=per).cut(t)
    ranks = np.unique(t, return_inverse=True)[1].reshape(t.shape)
    assert (Quantiles(bins=bins, per=per).cut(ranks) == cells).all()
    assert (Quantiles(bins=bins, per=per).cut(3.0 * ranks**3 - 5) == cells).all()


@given(activities(), st.integers(1, 20))
def test_edges_taken_from_an_activity_cut_it_the_same(t, bins):
    quantiles = Quantiles(bins=bins)
    handed_in = Edges(edges=quantiles.edges(t))
    assert same_partition(handed_in.cut(t), quantiles.cut(t))


def test_edges_may_come_from_other_layers_and_epochs():
    """All of a net's activity together, once: then every layer and epoch has the same cells."""
    everything = np.array([0.0, 1.0, 2.0, 3.0, 10.0, 20.0])
    edges = Quantiles(bins=3).edges(everything[:, None])
    assert edges == (0.0, 2.0, 10.0)
    assert Edges(edges=edges).cut(np.array([[-1.0, 0.0], [1.9, 2.0], [9.9, 1e9]])).tolist() == [
        [0, 1],
        [1, 2],
        [2, 3],
    ]


def test_values_are_compared_with_edges_in_full_precision():
    just_below = np.nextafter(np.float64(0.1), 0)
    assert Edges(edges=(0.1,)).cut(np.array([[just_below], [0.1]])).tolist() == [[0], [1]]
    # 0.1 in float32 is above 0.1
    assert Edges(edges=(0.1,)).cut(np.array([[0.1]], dtype=np.float32)).tolist() == [[1]]
    assert Edges(edges=(float(np.float32(0.1)) + 1e-12,)).cut(np.array([[0.1]], dtype=np.float32)).item() == 0


@pytest.mark.parametrize(
    "cells", [Quantiles(bins=4), Quantiles(bins=4, per="unit"), Edges(edges=(-0.5, 0.5))]
)
@given(t=activities())
def test_rows_are_numbered_as_they_are_cut(cells, t):
    numbers = cells.number(t)
    by_hand = dict.fromkeys(map(tuple, cells.cut(t).tolist()))
    places = {row: place for place, row in enumerate(by_hand)}
    assert numbers.tolist() == [places[row] for row in map(tuple, cells.cut(t).tolist())]


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "u8", "i8", "f2", "f4", "f8"])
def test_any_type_of_numbers(dtype):
    t = np.random.default_rng(0).integers(0, 2, size=(30, 3))
    for cells in (Quantiles(bins=3, floor=0.0), Quantiles(bins=2, per="unit"), Edges(edges=(0.5,))):
        assert (cells.cut(t.astype(dtype)) == cells.cut(t)).all()


@pytest.mark.parametrize("value", [0.0, -0.3, 1e300])
def test_a_constant_layer_is_one_cell(value):
    t = np.full((20, 3), value)
    for cells in (Quantiles(bins=5), Quantiles(bins=5, per="unit"), Quantiles(bins=5, floor=0.0)):
        found = Binning(cells=cells).estimate(t, Probe(y=np.arange(20) % 2, ids=np.arange(20)))
        assert (found.i_xt, found.i_ty) == (0.0, 0.0)


def test_minus_zero_is_zero():
    assert len(np.unique(Quantiles(bins=5).cut(np.array([[0.0], [-0.0]])))) == 1
    assert len(np.unique(Edges(edges=(0.0,)).cut(np.array([[0.0], [-0.0]])))) == 1


def test_no_units():
    for cells in (Quantiles(bins=5), Quantiles(bins=5, per="unit"), Edges(edges=(0.0,))):
        assert cells.number(np.zeros((4, 0))).tolist() == [0] * 4


def test_a_uniform_unit_has_the_entropy_of_its_cells():
    """64 distinct values in 8 cells of 8: 3 bits; the upper half of them tells one bit of Y."""
    t = np.exp(np.arange(64.0))[:, None]
    found = Binning(cells=Quantiles(bins=8)).estimate(t, Probe(y=np.arange(64) // 32, ids=np.arange(64)))
    assert found.i_xt == pytest.approx(3.0, abs=1e-12)
    assert found.i_ty == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "quantiles"}, "bins"),
        ({"kind": "quantiles", "bins": 0}, "greater than or equal to 1"),
        ({"kind": "quantiles", "bins": 2.5}, "integer"),
        ({"kind": "quantiles", "bins": 5, "per": "net"}, "'layer', 'unit' or 'global'"),
        ({"kind": "edges", "edges": []}, "at least 1 item"),
        ({"kind": "edges", "edges": [1, 1]}, "edges must rise; got 1.0 before 1.0"),
        ({"kind": "edges", "edges": [1, 0]}, "edges must rise; got 1.0 before 0.0"),
        ({"kind": "edges", "edges": [0, "1"]}, "valid number"),
    ],
)
def test_impossible_cells_are_refused(document, message):
    with pytest.raises(ValidationError, match=message):
        CELLS.validate_python(document)


def test_labels_hold_what_matters():
    assert Quantiles(bins=30).label == "quantiles 30 per layer"
    assert Quantiles(bins=30, per="unit", floor=0.0).label == "quantiles 30 per unit above 0"
    assert Edges(edges=(-1.0, 0.25)).label == "edges -1, 0.25"
