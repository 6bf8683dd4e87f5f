"""What neighbour estimators share: both ways of looking for neighbours, columns, shares of ties."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators.neighbours import (
    columns_of,
    compared,
    count_within,
    equal_share,
    nearest,
    search,
    tied_share,
)


@st.composite
def points_of(draw: st.DrawFn) -> np.ndarray:
    """Rows of 1 to 11 columns, some of them on a lattice, some with equals; a few chunks long."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.normal(size=(draw(st.integers(5, 70)), draw(st.integers(1, 11))))
    if draw(st.booleans()):
        points = np.round(points)
    if draw(st.booleans()):
        points = points[rng.integers(0, len(points), len(points))]
    return points


def all_distances(points: np.ndarray) -> np.ndarray:
    return np.abs(points[:, None] - points[None]).max(axis=2)


@pytest.fixture(params=["tree", "compared", "in chunks"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search by a tree, or every one by comparing all rows, also when they come in many chunks."""
    tree = request.param == "tree"
    monkeypatch.setattr(search, "TREE_COLUMNS", 99 if tree else 0)
    monkeypatch.setattr(search, "TREE_COUNT_ROWS", 0)
    if request.param == "in chunks":
        monkeypatch.setattr(search, "nearest_rows", _interpreted("nearest_rows"))
        monkeypatch.setattr(search, "count_rows", _interpreted("count_rows"))
        monkeypatch.setattr(compared, "CHUNK_ROWS", 16)
        monkeypatch.setattr(compared, "distances_to", compared.distances_to.py_func)


def _interpreted(name: str) -> Any:
    """Compiled code has its constants built in; the same function, not compiled, reads them."""
    return getattr(compared, name).py_func


@pytest.mark.usefixtures("way")
@settings(max_examples=25)
@given(points=points_of(), wanted=st.integers(1, 5))
def test_neighbours_are_the_nearest(points: np.ndarray, wanted: int) -> None:
    """Bit for bit; of equally far ones any may be named, at the distance that is said."""
    exact = all_distances(points)
    found = nearest(points, wanted)
    assert np.array_equal(found.distances, np.sort(exact, axis=1)[:, :wanted])
    assert np.array_equal(np.take_along_axis(exact, found.indices, axis=1), found.distances)
    assert all(len(set(row)) == wanted for row in found.indices.tolist())


@pytest.mark.usefixtures("way")
@settings(max_examples=25)
@given(points=points_of(), k=st.integers(0, 4))
def test_counts_include_the_radius_and_the_row_itself(points: np.ndarray, k: int) -> None:
    exact = all_distances(points)
    radii = np.sort(exact, axis=1)[:, k]
    assert np.array_equal(count_within(points, radii), (exact <= radii[:, None]).sum(axis=1))
    inside = count_within(points, np.nextafter(radii, 0))
    assert np.array_equal(inside[radii > 0], (exact < radii[:, None]).sum(axis=1)[radii > 0])


def test_both_ways_are_taken() -> None:
    """Many columns, or few rows, are compared; the rest goes to a tree."""
    calls: list[str] = []

    def spy(name: str, original: Any) -> Any:
        def called(*arguments: Any) -> Any:
            calls.append(name)
            return original(*arguments)

        return called

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_tree", spy("tree", search._tree))
        patch.setattr(search, "nearest_rows", spy("compared", search.nearest_rows))
        patch.setattr(search, "count_rows", spy("compared", search.count_rows))
        rng = np.random.default_rng(0)
        for columns, rows in ((3, 100), (7, 100), (1, 9000)):
            points = rng.normal(size=(rows, columns))
            count_within(points, nearest(points, 2).distances[:, 1])
    assert calls == ["tree", "compared", "compared", "compared", "tree", "tree"]


@pytest.mark.parametrize("factor", [5e-324, 1e-300, 1.0, 1e300])
def test_columns_come_to_unit_spread_at_any_scale(factor: float) -> None:
    t = np.random.default_rng(0).integers(-100, 100, size=(50, 3)) * factor
    columns = columns_of(t, Probe(ids=np.arange(50)), standardise=True)
    assert columns.rows.std(axis=0) == pytest.approx(np.ones(3), abs=1e-12)
    plain = columns_of(t / factor, Probe(ids=np.arange(50)), standardise=True)
    assert columns.rows == pytest.approx(plain.rows, abs=1e-12)
    shift = 3 * (math.log2(factor) if factor > 0 else 0) * math.log(2)
    assert columns.log_scale == pytest.approx(plain.log_scale + shift, abs=1e-9)


def test_order_of_rows_cannot_round_differently() -> None:
    """Bit for bit: else equally far neighbours would be told apart in one order and not in another."""
    t = np.random.default_rng(0).gamma(1.0, size=(301, 2))
    order = np.random.default_rng(1).permutation(301)
    one, other = (columns_of(each, Probe(ids=np.arange(301)), standardise=True) for each in (t, t[order]))
    assert np.array_equal(one.rows[order], other.rows)
    assert one.log_scale == other.log_scale


def test_constant_columns_are_counted() -> None:
    t = np.column_stack([np.full(9, 0.1), np.arange(9), np.zeros(9)])
    columns = columns_of(t, Probe(ids=np.arange(9)), standardise=False)
    assert (columns.constant, columns.width) == (2, 1)


def test_equal_rows_are_counted() -> None:
    rows = np.array([[0.0, 1.0], [-0.0, 1.0], [2.0, 1.0], [2.0, 2.0], [2.0, 1.0]])
    assert equal_share(rows) == 0.8


def test_equally_far_neighbours_are_counted() -> None:
    """On a line of whole numbers all rows have them at k = 3, but the two at each end."""
    line = np.arange(10.0)[:, None]
    assert tied_share(nearest(line, 5), 3) == 0.6
    assert tied_share(nearest(line / 3, 5), 3) == 0.6  # rounding apart
    assert tied_share(nearest(2.0**line, 5), 3) == 0.0
