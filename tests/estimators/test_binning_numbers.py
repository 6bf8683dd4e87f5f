"""The compiled pass numbers rows exactly as their cells say, cell by cell, whatever the hash is worth."""

import math
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ibspec.core import ActivityError, Probe
from ibspec.estimators import Binning, Range, Width, cell_numbers
from ibspec.estimators.cell_numbers import digitise, number_cells
from ibspec.estimators.rulers import edge_ruler, edges_of, even_ruler

FLOATS = (np.float16, np.float32, np.float64)
WHOLE = (np.bool_, np.int8, np.uint8, np.int16, np.int32, np.int64)


def in_order_of_appearance(cells: np.ndarray) -> list[int]:
    """Rows numbered by a dictionary of tuples."""
    seen: dict[tuple[float, ...], int] = {}
    return [seen.setdefault(tuple(row), len(seen)) for row in cells.tolist()]


def ulps_around(values: np.ndarray) -> np.ndarray:
    """The values, and their neighbours one and two steps to either side."""
    kind, near = values.dtype.type, [values]
    for away in (kind(np.inf), kind(-np.inf)):
        once = np.nextafter(values, away)
        near += [once, np.nextafter(once, away)]
    return np.concatenate(near)


def special(dtype: Any) -> list[Any]:
    """Zeros of either sign, subnormals, and the extremes of what `Range` must take."""
    info = np.finfo(dtype)
    sizes = [
        0.0,
        info.smallest_subnormal,
        3 * info.smallest_subnormal,
        info.tiny,
        7.5,
        info.max / 4,
        info.max,
    ]
    return [dtype(sign * float(size)) for size in sizes for sign in (1, -1)]


widths = st.sampled_from([0.07, 0.5, 0.1, 1.0, 1e-3, 1e4, 1e300]).map(Width)

ranges = st.builds(
    Range,
    low=st.sampled_from([-1.0, 0.0, -2.5, 100.0, -1e-3]),
    high=st.sampled_from([101.0, 100.1, 1e30]),
    bins=st.sampled_from([2, 3, 5, 30, 257]),
    outside=st.sampled_from(["own-cells", "wrap"]),
)


@st.composite
def activities(draw: st.DrawFn, cells: Width | Range) -> np.ndarray:
    """Rows on edges, beside them, at extremes and anywhere; some of them twice."""
    dtype = draw(st.sampled_from(FLOATS))
    with np.errstate(over="ignore"):
        if isinstance(cells, Width):
            # Quotients stay finite: others are refused, which has a test of its own.
            room = float(np.finfo(dtype).max) * min(1.0, cells.width) / 4
            edges = np.array([k * cells.width for k in (*range(-4, 5), 100, 12345)]).astype(dtype)
            usual = st.floats(-8, 8, width=16).map(dtype)
        else:
            room = math.inf
            edges = edges_of(cells.low, cells.high, cells.bins)[[0, 1, cells.bins // 2, -2, -1]].astype(dtype)
            usual = st.floats(cells.low - 2, min(cells.high, 102.0) + 2).map(dtype)
        near = ulps_around(edges[np.isfinite(edges)])
    values = st.sampled_from([v for v in [*near, *special(dtype)] if abs(float(v)) <= room]) | usual
    samples, units = draw(st.integers(1, 10)), draw(st.integers(1, 3))
    size = samples * units
    rows = np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype=dtype).reshape(samples, units)
    rows = rows[np.isfinite(rows).all(axis=1)]
    again = draw(st.lists(st.integers(0, max(0, len(rows) - 1)), max_size=6)) if len(rows) else []
    return np.concatenate([rows, rows[again]]) if len(rows) else np.zeros((1, units), dtype=dtype)


# ---- the same cells as NumPy --------------------------------------------------------------------------


@settings(max_examples=400)
@given(data=st.data())
def test_rows_are_numbered_by_their_cells(data: st.DataObject) -> None:
    cells = data.draw(widths | ranges)
    t = data.draw(activities(cells))
    assert cells.number(t).tolist() == in_order_of_appearance(cells.cut(t))


@given(data=st.data(), cells=widths.filter(lambda cut: cut.width < 1e9) | ranges)
def test_whole_numbers_are_numbered_by_their_cells(data: st.DataObject, cells: Width | Range) -> None:
    dtype = np.dtype(data.draw(st.sampled_from(WHOLE)))
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    whole = st.sampled_from([low, high]) | st.integers(max(low, -300), min(high, 300))
    t = np.array(data.draw(st.lists(whole, min_size=1, max_size=20)), dtype=dtype)[:, None]
    assert cells.number(t).tolist() == in_order_of_appearance(cells.cut(t))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("units", [1, 7, 300, 5000])
@pytest.mark.parametrize(
    "cells", [Width(0.07), Range(low=-1, high=1, bins=30), Range(low=-1, high=1, bins=30, outside="wrap")]
)
def test_many_tiles(dtype: Any, units: int, cells: Width | Range) -> None:
    """Rows of more and of less than a tile, twice over, some with one value moved."""
    rng = np.random.default_rng(units)
    once = rng.normal(size=(40, units)).astype(dtype)
    t = np.concatenate([once, once[::-1], once])
    t[rng.integers(80, 120, 20), rng.integers(0, units, 20)] += dtype(0.5)
    assert cells.number(t).tolist() == in_order_of_appearance(cells.cut(t))


def test_equal_cells_of_different_values() -> None:
    t = np.array([[0.01, -0.01], [0.02, -0.02], [-0.01, 0.01], [0.069, -0.069]])
    assert Width(0.07).number(t).tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quotients_that_overflow_have_no_number(dtype: Any) -> None:
    t = np.full((3000, 2), 0.1, dtype=dtype)
    t[2990, 1] = np.finfo(dtype).max
    assert number_cells(t, even_ruler(0.07, t.dtype)) is None
    with pytest.raises(ActivityError, match=r"`width` is 0\.07.*Enlarge `width`"):
        Width(0.07).number(t)


# ---- whatever the hash --------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [[0, 0, 0], [1, 1, 1], [0, 0, 2**63], [1, 2, 3]], ids=str)
@pytest.mark.parametrize("known", [0, 100, 2**19])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_collisions_merge_nothing(monkeypatch: Any, keys: list[int], known: int, dtype: Any) -> None:
    """With keys of zero all rows share one hash: comparing cells alone keeps them apart.

    `known` = 0 cuts the first row of a group anew for each comparison.
    """
    monkeypatch.setattr(cell_numbers, "KNOWN_BYTES", known)
    t = np.random.default_rng(3).integers(-2, 3, (400, 3)).astype(dtype)
    weak = np.array(keys, dtype=np.uint64)
    for shifted in (t, t + dtype(0.25)):
        numbers = number_cells(shifted, even_ruler(1.0, t.dtype), weak)
        assert numbers is not None
        assert numbers.tolist() == in_order_of_appearance(np.floor(shifted))


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 64, 65])
def test_a_full_table_wraps_round(samples: int) -> None:
    """Keys of 2**64 - 1 send small cells to the table's last place: those behind go to its beginning."""
    t = np.arange(1, samples + 1, dtype=np.float32)[:, None]
    numbers = number_cells(t, even_ruler(1.0, t.dtype), np.array([2**64 - 1], dtype=np.uint64))
    assert numbers is not None
    assert numbers.tolist() == list(range(samples))


# ---- rulers -------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(
    low=st.floats(-1e3, 1e3, width=32) | st.sampled_from([-3e38, -1.0, 0.0, 1e-45, -1e-30]),
    size=st.floats(1e-6, 1e3) | st.sampled_from([1e-45, 1e-38, 1e-30, 1e30, 6e38]),
    bins=st.integers(2, 40) | st.sampled_from([1000, 70_001]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_rulers_with_edges_are_right_or_none(low: float, size: float, bins: int, dtype: Any) -> None:
    high = low + size
    if not np.float32(low) < np.float32(min(high, 3.4e38)):
        return
    high = min(high, 3.4e38)
    ruler = edge_ruler(low, high, bins, False, np.dtype(dtype))
    edges = edges_of(low, high, bins)
    with np.errstate(over="ignore"):
        at = np.concatenate(
            [edges.astype(dtype), np.linspace(low - size / 9, high + size / 9, 501).astype(dtype)]
        )
        values = np.concatenate([ulps_around(at), np.array(special(dtype))])
    values = values[np.isfinite(values)]
    expected = np.searchsorted(edges, values, side="right")
    if ruler is not None:
        cells = np.empty_like(values)
        assert digitise(values, ruler, cells)
        assert (cells == expected).all()
    some = slice(None, None, 1 + len(values) // 1000)
    numbers = Range(low=low, high=high, bins=bins).number(values[some, None])
    assert numbers.tolist() == in_order_of_appearance(expected[some, None])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("low", "high", "bins"), [(-1, 1, 30), (-1, 1, 2), (0, 1, 1000), (0, 6, 100), (-5, 5, 4097)]
)
def test_usual_rulers_are_compiled(low: float, high: float, bins: int, dtype: Any) -> None:
    """Otherwise the tests here would only see NumPy's way."""
    assert edge_ruler(low, high, bins, False, np.dtype(dtype)) is not None


def test_edges_that_fall_together_are_left_to_bisection() -> None:
    cells = Range(low=1.0, high=1.00001, bins=1000)  # about 84 float32 numbers lie between
    assert edge_ruler(1.0, 1.00001, 1000, False, np.dtype(np.float64)) is None
    t = np.linspace(0.99999, 1.00002, 4001)[:, None]
    assert cells.number(t).tolist() == in_order_of_appearance(cells.cut(t))


# ---- shapes, layouts, places --------------------------------------------------------------------------


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "transposed": np.asfortranarray,
    "every other": lambda t: np.repeat(np.repeat(t, 2, axis=0), 2, axis=1)[::2, ::2],
    "backwards": lambda t: t[::-1].copy()[::-1],
    "foreign-endian": lambda t: t.astype(t.dtype.newbyteorder()),
    "tensor": torch.from_numpy,
    "transposed tensor": lambda t: torch.from_numpy(t.T.copy()).T,
    "graph": lambda t: torch.from_numpy(t).requires_grad_(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("cells", [Width(0.5), Range(low=-1, high=1, bins=5)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_layouts(layout: str, cells: Width | Range, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    t, probe = rng.normal(size=(100, 2)).astype(dtype), Probe(y=rng.integers(0, 3, 100))
    estimate = Binning(cells=cells).estimate
    assert estimate(LAYOUTS[layout](t), probe) == estimate(t, probe)


@pytest.mark.parametrize("cells", [Width(0.5), Range(low=-1, high=1, bins=5)])
@pytest.mark.parametrize("dtype", [*FLOATS, np.int64])
def test_layers_without_units_know_nothing(cells: Width | Range, dtype: Any) -> None:
    estimate = Binning(cells=cells).estimate(np.zeros((5, 0), dtype=dtype), Probe(y=[0, 1, 0, 1, 1]))
    assert (estimate.h_t, estimate.i_xt, estimate.i_ty) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("cells", [Width(0.07), Range(low=-1, high=1, bins=30)])
def test_no_matrix_of_cells_is_made(cells: Width | Range) -> None:
    """NumPy's part (the tile and the known rows) is counted; 5 MB of values need less than 1 MB."""
    t = np.random.default_rng(0).normal(size=(5000, 256)).astype(np.float32)
    cells.number(t)
    tracemalloc.start()
    try:
        cells.number(t)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < t.nbytes / 5


def test_threads_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(0)
    probe = Probe(y=rng.integers(0, 10, 2000), ids=rng.integers(0, 500, 2000))
    layers = [rng.normal(size=(2000, 1 + k % 5)).astype(np.float32) for k in range(24)]
    estimator = Binning(cells=Width(0.5))
    alone = [estimator.estimate(t, probe) for t in layers]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda t: estimator.estimate(t, probe), layers)) == alone
