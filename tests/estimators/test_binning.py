"""Cells and entropies against dictionaries of tuples: on edges, at extremes, and with repeated inputs."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ibspec.core import ActivityError, Estimate, Probe
from ibspec.estimators import Binning, Range, Width
from tests.estimators.oracles import binning_bits, cells_of, entropy_bits, range_cell, width_cell

ROUNDING = 1e-12
"""Bits: sums of up to a few thousand terms, each off by 1e-16 times 12."""

PRECISIONS = (np.float16, np.float32, np.float64)


def bins(t: Any, cells: Width | Range, y: Any = None, ids: Any = None) -> Estimate:
    ids = np.arange(len(t)) if ids is None else ids
    return Binning(cells=cells).estimate(t, Probe(y=y, ids=ids))


def partition(cells: Any) -> list[int]:
    """Which rows share a cell: each cell by the first row in it."""
    rows = [tuple(row) for row in np.asarray(cells).tolist()]
    return [rows.index(row) for row in rows]


widths = st.sampled_from([0.07, 0.5, 0.1, 1.0, 1e-3, 1e4]).map(Width)

ranges = st.builds(
    Range,
    low=st.sampled_from([-1.0, 0.0, -2.5]),
    high=st.sampled_from([1.0, 3.3]),
    bins=st.sampled_from([2, 3, 5, 30]),
    outside=st.sampled_from(["own-cells", "wrap"]),
)


@st.composite
def activities(draw: st.DrawFn, cells: Width | Range) -> np.ndarray:
    """Rows of values on edges, one step beside them, at zero of either sign, outside, and anywhere."""
    dtype = draw(st.sampled_from(PRECISIONS))
    if isinstance(cells, Width):
        edges = np.array([k * cells.width for k in range(-3, 4)])
    else:
        edges = np.linspace(cells.low, cells.high, cells.bins)
    on = edges.astype(np.float32).astype(dtype)
    special = [*on, *edges.astype(dtype), *np.nextafter(on, dtype(9)), *np.nextafter(on, dtype(-9))]
    special += [dtype(0.0), dtype(-0.0), dtype(-7.5), dtype(7.5)]
    values = st.sampled_from(special) | st.floats(-8, 8, width=16).map(dtype)
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 3)))
    return np.array(draw(st.lists(values, min_size=math.prod(shape), max_size=math.prod(shape)))).reshape(
        shape
    )


# ---- against the oracle -------------------------------------------------------------------------------


@given(data=st.data())
def test_numbers_agree_with_dictionaries(data: st.DataObject) -> None:
    cells = data.draw(widths | ranges)
    t = data.draw(activities(cells))
    y, ids = (data.draw(st.lists(st.integers(0, 3), min_size=len(t), max_size=len(t))) for _ in "yi")
    estimate = bins(t, cells, y, ids)
    expected = binning_bits(t, cells, ids, y)
    assert estimate.h_t == pytest.approx(expected["h_t"], abs=ROUNDING)
    assert estimate.i_xt == pytest.approx(expected["i_xt"], abs=ROUNDING)
    assert estimate.i_ty == pytest.approx(expected["i_ty"], abs=ROUNDING)


@given(data=st.data())
def test_rows_share_a_cell_exactly_when_they_should(data: st.DataObject) -> None:
    cells = data.draw(widths | ranges)
    t = data.draw(activities(cells))
    assert partition(cells.cut(t)) == partition(cells_of(t, cells))


@given(
    t=hnp.arrays(
        st.sampled_from([np.int8, np.int64, np.uint8, np.uint16, np.bool_]),
        st.tuples(st.integers(1, 12), st.integers(1, 2)),
    ),
    cells=widths | ranges,
)
def test_whole_numbers(t: np.ndarray, cells: Width | Range) -> None:
    """As float64; beyond 2**53 neighbours become one, which the oracle does alike."""
    estimate = bins(t, cells)
    assert estimate.h_t == pytest.approx(entropy_bits(cells_of(t, cells)), abs=ROUNDING)


@given(seed=st.integers(0, 999), n=st.sampled_from([1, 2, 100, 1000]), units=st.sampled_from([1, 2, 7]))
def test_many_rows(seed: int, n: int, units: int) -> None:
    rng = np.random.default_rng(seed)
    t = rng.normal(size=(n, units)).astype(np.float32)
    y, ids = rng.integers(0, 3, n), rng.integers(0, n, n)
    cells = (Width(0.5), Range(low=-1, high=1, bins=4), Range(low=-1, high=1, bins=4, outside="wrap"))[
        seed % 3
    ]
    expected = binning_bits(t, cells, ids.tolist(), y.tolist())
    estimate = bins(t, cells, y, ids)
    for name, bits in expected.items():
        assert getattr(estimate, name) == pytest.approx(bits, abs=ROUNDING), name


# ---- edges --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_multiples_of_a_width_fall_as_their_precision_says(dtype: Any) -> None:
    """0.07 k is no exact multiple of the width: the reference divides in the precision of the activity."""
    t = (np.arange(-200, 200) * 0.07).astype(dtype)
    cut = Width(0.07).cut(t[:, None])[:, 0]
    assert cut.tolist() == [width_cell(value, 0.07) for value in t]
    assert cut.dtype == dtype


def test_float32_and_float64_differ_on_an_edge() -> None:
    """Otherwise the test above would not show anything."""
    t = np.arange(-200, 200)[:, None] * 0.07
    single = Width(0.07).cut(t.astype(np.float32)).ravel()
    double = Width(0.07).cut(t.astype(np.float32).astype(np.float64)).ravel()
    assert (single != double).any()


def test_edges_of_a_range_are_float32() -> None:
    """Inner edges of 30 on [-1, 1] move by 1e-8: a float64 value between the two edges tells."""
    edges = np.linspace(-1, 1, 30)
    cells = Range(low=-1, high=1, bins=30)
    own = edges.astype(np.float32)[:, None]
    assert cells.cut(own).ravel().tolist() == list(range(1, 31))
    below = np.nextafter(own.astype(np.float64), -2.0)
    assert cells.cut(below).ravel().tolist() == list(range(30))
    moved = np.flatnonzero(own.ravel().astype(float) > edges)
    assert len(moved) > 5
    assert (cells.cut(edges[moved, None]).ravel() == moved).all()


def test_thirty_bins_are_twentynine_inside_and_one_at_each_end() -> None:
    cells = Range(low=-1, high=1, bins=30)
    inside = np.linspace(-1, np.nextafter(np.float32(1), np.float32(0)), 100_000)[:, None]
    assert set(cells.cut(inside).ravel().tolist()) == set(range(1, 30))
    assert cells.cut(np.array([[-1.0001], [-1e30], [1.0], [1e30]])).ravel().tolist() == [0, 0, 30, 30]


def test_wrapped_ends_share_a_cell_and_nothing_else() -> None:
    own, wrapped = Range(low=-1, high=1, bins=30), Range(low=-1, high=1, bins=30, outside="wrap")
    values = np.linspace(-3, 3, 1201)[:, None]
    plain, shared = own.cut(values).ravel(), wrapped.cut(values).ravel()
    outside = (plain == 0) | (plain == 30)
    assert set(shared[outside].tolist()) == {0}
    assert (shared[~outside] == plain[~outside]).all()
    assert outside.any()
    assert 0 not in shared[~outside]


@pytest.mark.parametrize("cells", [Width(0.5), Range(low=-1, high=1, bins=3)])
@pytest.mark.parametrize("dtype", PRECISIONS)
def test_minus_zero_is_zero(cells: Width | Range, dtype: Any) -> None:
    t = np.array([[-0.0, 1.0], [0.0, 1.0]], dtype=dtype)
    assert bins(t, cells).h_t == 0.0
    assert not np.signbit(np.asarray(cells.cut(t), dtype=float)).any()


def test_minus_zero_is_zero_beside_huge_cells() -> None:
    """Cells too large to be stored as whole numbers are compared as floats, byte by byte."""
    t = np.array([-0.0, 0.0, 1e30])
    assert bins(t, Width(1.0)).h_t == pytest.approx(entropy_bits("aab"), abs=ROUNDING)


# ---- extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e6, 2.0**31, 2.0**32, 2.0**53, 1e19, 1e30])
def test_cells_beyond_the_integers(dtype: Any, size: float) -> None:
    """Cells are kept as floats: no whole-number type holds floor(1e30 / 0.07)."""
    t = np.array([size, -size, 2 * size, 0.0, 0.01, size], dtype=dtype)
    assert bins(t, Width(0.07)).h_t == pytest.approx(entropy_bits("abcdda"), abs=ROUNDING)


@given(
    base=st.sampled_from([0.0, 2.0**21, 2.0**22, -(2.0**22), 2.0**24, 2.0**31, 2.0**52, 2.0**53, -(2.0**62)]),
    steps=st.lists(st.integers(0, 300), min_size=2, max_size=10),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_neighbouring_cells_far_from_zero_stay_apart(base: float, steps: list[int], dtype: Any) -> None:
    """Storing cells in few bytes must not merge them; what the precision itself merges is merged."""
    t = np.array([base + step for step in steps], dtype=dtype)
    assert bins(t, Width(1.0)).h_t == pytest.approx(entropy_bits(t.tolist()), abs=ROUNDING)


@pytest.mark.parametrize(("dtype", "edge"), [(np.float16, 2.0**11), (np.float32, 2.0**24)])
def test_cells_whose_differences_would_round_stay_apart(dtype: Any, edge: float) -> None:
    """2 - (1 - edge) = edge + 1 is no number of this precision, though 2 and the lowest cell are."""
    t = np.array([1 - edge, 1, 2, 3], dtype=dtype)
    assert bins(t, Width(1.0)).h_t == 2.0


@given(span=st.sampled_from([254, 255, 256, 65534, 65535, 65536, 2**32 - 2, 2**32 - 1, 2**32, 2**33]))
def test_cells_are_compared_exactly_at_every_storage_size(span: int) -> None:
    t = np.array([0.0, span, span - 1, 1, 0, span % 256, span % 2**16, span % 2**32])
    assert bins(t - 17, Width(1.0)).h_t == pytest.approx(entropy_bits(t.tolist()), abs=ROUNDING)


@pytest.mark.parametrize(
    ("dtype", "value", "width"),
    [
        (np.float16, 6e4, 0.07),
        (np.float16, 0.5, 1e-9),  # the width itself is zero in float16
        (np.float16, 0.0, 1e-9),
        (np.float32, 3e38, 0.07),
        (np.float32, 1.0, 1e-46),
        (np.float64, 1e10, 1e-300),
        (np.float64, 1.0, 1e-320),
    ],
)
def test_quotients_that_overflow_are_refused(dtype: Any, value: float, width: float) -> None:
    """They would share one cell, infinity, whatever their values: 0 bits, silently."""
    t = np.array([value, value / 2, 0, -value], dtype=dtype)
    with pytest.raises(ActivityError, match=r"`width` is .*Enlarge `width`"):
        bins(t, Width(width))


def test_values_outside_a_range_may_be_huge() -> None:
    t = [-1.7e308, 1.7e308, 0.0, 1e30]
    assert bins(t, Range(low=-1, high=1, bins=3)).h_t == pytest.approx(entropy_bits("abcb"), abs=ROUNDING)


# ---- properties ---------------------------------------------------------------------------------------


@given(
    t=hnp.arrays(np.float64, (40, 2), elements=st.floats(-2, 2, width=16)),
    y=hnp.arrays(np.int64, 40, elements=st.integers(0, 3)),
    exponent=st.integers(-3, 2),
)
def test_halving_the_width_never_loses_information(t: np.ndarray, y: np.ndarray, exponent: int) -> None:
    """Cells of half the width are nested in the others, as powers of two divide exactly."""
    coarse, fine = (bins(t, Width(2.0**power), y) for power in (exponent, exponent - 1))
    assert fine.h_t >= coarse.h_t - ROUNDING
    assert fine.i_ty >= coarse.i_ty - ROUNDING


@given(
    t=hnp.arrays(np.float64, (40, 2), elements=st.floats(-2, 2, width=16)),
    y=hnp.arrays(np.int64, 40, elements=st.integers(0, 3)),
    cells=st.sampled_from([1, 2, 4, 16]),
    outside=st.sampled_from(["own-cells", "wrap"]),
)
def test_halving_the_cells_of_a_range_never_loses_information(
    t: np.ndarray, y: np.ndarray, cells: int, outside: Any
) -> None:
    coarse, fine = (
        bins(t, Range(low=-1, high=1, bins=k + 1, outside=outside), y) for k in (cells, 2 * cells)
    )
    assert fine.h_t >= coarse.h_t - ROUNDING
    assert fine.i_ty >= coarse.i_ty - ROUNDING


def test_more_cells_that_are_not_nested_may_lose_information() -> None:
    t = [0.4, 0.6]
    halves, thirds = (bins(t, Range(low=0, high=1, bins=k + 1)).h_t for k in (2, 3))
    assert (halves, thirds) == (1.0, 0.0)


@given(data=st.data())
def test_caps(data: st.DataObject) -> None:
    """H(T) <= log2 N and <= units log2 cells; I(T;Y) <= H(Y); 0 <= I(X;T) <= H(X)."""
    cells = data.draw(ranges)
    t = data.draw(activities(cells))
    y, ids = (data.draw(st.lists(st.integers(0, 3), min_size=len(t), max_size=len(t))) for _ in "yi")
    estimate, probe = bins(t, cells, y, ids), Probe(y=y, ids=ids)
    count = cells.bins if cells.outside == "wrap" else cells.bins + 1
    assert estimate.h_t <= math.log2(len(t)) + ROUNDING
    assert estimate.h_t <= t.shape[1] * math.log2(count) + ROUNDING
    assert -ROUNDING <= estimate.i_ty <= min(probe.h_y, estimate.h_t) + ROUNDING
    assert -ROUNDING <= estimate.i_xt <= min(probe.h_x, estimate.h_t) + ROUNDING


def test_cap_of_two_units_and_thirty_cells() -> None:
    """All 29 x 29 inner cells of two units: 2 log2 29, below the 9.813781 bits of 30 cells each."""
    middles = -1 + (np.arange(29) + 0.5) * 2 / 29
    t = np.array(list(itertools.product(middles, middles)))
    assert bins(t, Range(low=-1, high=1, bins=30)).h_t == pytest.approx(2 * math.log2(29), abs=ROUNDING)


@given(
    t=hnp.arrays(np.float64, (30, 3), elements=st.floats(-2, 2, width=16)),
    y=hnp.arrays(np.int64, 30, elements=st.integers(0, 3)),
)
def test_more_units_never_tell_less(t: np.ndarray, y: np.ndarray) -> None:
    one, all_units = bins(t[:, :1], Width(0.5), y), bins(t, Width(0.5), y)
    assert all_units.h_t >= one.h_t - ROUNDING
    assert all_units.i_ty >= one.i_ty - ROUNDING


# ---- repeated inputs ----------------------------------------------------------------------------------


def test_deterministic_layer_has_no_remainder() -> None:
    """The same input in the same cell every time: I(X;T) = H(T), exactly."""
    ids = np.arange(60) % 20
    estimate = bins((ids // 3).astype(float), Width(1.0), ids=ids)
    assert estimate.i_xt == estimate.h_t
    assert estimate.extras == {}
    assert "stochastic" not in estimate.warnings


@given(
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(-2, 2)), min_size=1, max_size=60),
)
def test_noisy_layer_loses_what_the_input_does_not_fix(pairs: list[tuple[int, int]]) -> None:
    ids, values = [x for x, _ in pairs], [float(value) for _, value in pairs]
    expected = binning_bits(np.array(values), Width(1.0), ids, None)
    estimate = bins(values, Width(1.0), ids=ids)
    assert estimate.i_xt == pytest.approx(expected["i_xt"], abs=ROUNDING)
    remainder = expected["h_t"] - expected["i_xt"]
    assert estimate.extras.get("h_t_given_x", 0.0) == pytest.approx(remainder, abs=ROUNDING)
    assert ("stochastic" in estimate.warnings) == (remainder > 1e-6)


def test_inputs_are_told_apart_by_their_bytes() -> None:
    """Also -0.0 and 0.0, as in the reference program; `ids` decides where that is not wanted."""
    x = np.array([[0.0], [-0.0], [0.0], [-0.0]])
    t = [0.0, 1.0, 0.0, 1.0]
    assert Binning(cells=Width(1.0)).estimate(t, Probe(x=x)).i_xt == 1.0
    assert Binning(cells=Width(1.0)).estimate(t, Probe(x=x, ids=[0] * 4)).i_xt == 0.0


# ---- warnings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("t", "ids", "codes"),
    [
        ([0.0, 1.0, 2.0], [0, 1, 2], ("saturated",)),
        ([0.0, 0.0, 2.0], [0, 1, 2], ()),
        ([0.0, 0.0, 2.0], [0, 0, 2], ("saturated",)),  # as much as the inputs hold
        ([0.0, 1.0, 0.0, 1.0], [0, 0, 1, 1], ("stochastic",)),
        ([0.0, 0.1, 5.0, 6.0], [0, 0, 1, 1], ("saturated", "stochastic")),
        ([0.0, 0.0], [0, 0], ()),  # one input: nothing to tell apart
        ([0.0], [0], ()),
    ],
)
def test_warnings(t: list[float], ids: list[int], codes: tuple[str, ...]) -> None:
    assert bins(t, Width(1.0), ids=ids).warnings == codes


def test_labels_name_the_cells() -> None:
    assert range_cell(1.5, Range(low=-1, high=1, bins=3)) == 3  # the oracle knows the upper end cell
    label = Binning(cells=Range(low=-1, high=1, bins=30, outside="wrap")).label
    assert label.startswith("binning(range ")
    assert "wrap" in label
    assert "wrap" not in Binning(cells=Range(low=-1, high=1, bins=30)).label
