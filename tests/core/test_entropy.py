"""Entropies of counts against SciPy and on paper; grouping of rows exact."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import entropy as scipy_entropy

from ibspec.core import bits, conditional_entropy_bits, entropy_bits, entropy_of_counts, group_rows
from tests.truths import h2

ROUNDING = 1e-12
"""Bits: a few thousand terms, each off by 1e-16 times log2 N."""


@given(counts=hnp.arrays(np.int64, st.integers(1, 50), elements=st.integers(0, 10**6)).filter(np.any))
def test_agrees_with_scipy(counts: np.ndarray) -> None:
    assert entropy_of_counts(counts) == pytest.approx(scipy_entropy(counts, base=2), abs=ROUNDING)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 4096, 10_000])
def test_uniform(n: int) -> None:
    assert entropy_of_counts(np.ones(n, dtype=int)) == pytest.approx(math.log2(n), abs=ROUNDING)
    assert entropy_of_counts(np.full(n, 7)) == pytest.approx(math.log2(n), abs=ROUNDING)


def test_twelve_bits_are_exactly_twelve() -> None:
    assert entropy_bits(np.arange(4096)) == 12.0


@pytest.mark.parametrize(
    ("labels", "exact"),
    [([0, 0, 0, 1], 0.811278), ([0] * 2289 + [1] * 1807, h2(1807 / 4096)), ([5], 0.0), (["a", "b"], 1.0)],
)
def test_labels(labels: list[Any], exact: float) -> None:
    """5e-7: printed to six digits."""
    assert entropy_bits(np.array(labels)) == pytest.approx(exact, abs=5e-7)


@pytest.mark.parametrize("counts", [[], [0], [0, 0], [9], [0, 9, 0]], ids=str)
def test_no_uncertainty_is_exactly_zero(counts: list[int]) -> None:
    assert entropy_of_counts(np.array(counts, dtype=int)) == 0.0


@given(counts=hnp.arrays(np.uint8, st.integers(1, 40)))
def test_small_integer_types_do_not_overflow(counts: np.ndarray) -> None:
    assert entropy_of_counts(counts) == entropy_of_counts(counts.astype(np.int64))


def _pairs(max_size: int = 80) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    pairs = st.lists(st.tuples(st.integers(-3, 3), st.integers(-2, 2)), min_size=1, max_size=max_size)
    return pairs.map(lambda rows: tuple(np.array(rows, dtype=np.int64).T.copy()))  # type: ignore[return-value]


@given(pair=_pairs())
def test_chain_rule(pair: tuple[np.ndarray, np.ndarray]) -> None:
    """H(A | B) = H(A, B) - H(B)."""
    a, b = pair
    joint = entropy_bits(group_rows(np.stack(pair, axis=1)))
    assert conditional_entropy_bits(a, b) == pytest.approx(joint - entropy_bits(b), abs=ROUNDING)


def test_conditional_entropy_weighs_groups_by_their_size() -> None:
    """Group 0: three rows, two of them alike; group 1: one row. An unweighted mean gives h2(1/3) / 2."""
    labels, given_y = np.array([0, 0, 1, 5]), np.array([0, 0, 0, 1])
    assert conditional_entropy_bits(labels, given_y) == pytest.approx(3 / 4 * h2(1 / 3), abs=ROUNDING)


@given(pair=_pairs())
def test_conditioning_never_adds_uncertainty(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    assert -ROUNDING <= conditional_entropy_bits(a, b) <= entropy_bits(a) + ROUNDING
    assert conditional_entropy_bits(a, a) == 0.0
    assert conditional_entropy_bits(a, np.zeros_like(a)) == pytest.approx(entropy_bits(a), abs=ROUNDING)


# ---- grouping -----------------------------------------------------------------------------------------


@given(
    rows=hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.int64, np.uint8, np.bool_]),
        st.tuples(st.integers(1, 30), st.integers(0, 3)),
    )
)
def test_rows_get_equal_numbers_exactly_when_their_bytes_agree(rows: np.ndarray) -> None:
    groups = group_rows(rows)
    keys = [row.tobytes() for row in rows]
    assert [keys.index(key) for key in keys] == [groups.tolist().index(group) for group in groups]
    assert sorted(set(groups.tolist())) == list(range(len(set(keys))))
    assert groups.dtype == np.int64


def test_rows_that_differ_in_one_byte_stay_apart() -> None:
    """Exact, not hashed: 65,536 rows of 40 bytes, differing in two bytes at the far end."""
    rows = np.zeros((65_536, 40), dtype=np.uint8)
    rows[:, 38:] = np.arange(65_536, dtype=np.uint16)[:, None].view(np.uint8)
    assert len(np.unique(group_rows(rows))) == 65_536


@pytest.mark.parametrize(
    "view",
    [lambda a: a[::-1], lambda a: a.T.copy().T, lambda a: a[:, ::2], np.asfortranarray],
    ids=["reversed", "columns first", "every other column", "fortran"],
)
def test_memory_order_does_not_matter(view: Any) -> None:
    rows = np.random.default_rng(0).integers(0, 2, (50, 4))
    seen = view(rows)
    counts = sorted(Counter(group_rows(seen).tolist()).values())
    assert counts == sorted(Counter(map(tuple, seen.tolist())).values())


def test_floats_are_told_apart_by_bytes() -> None:
    assert group_rows(np.array([[0.0], [-0.0], [0.0]])).tolist() == [0, 1, 0]
    nan = np.array([[np.nan], [np.nan], [1.0]])
    assert len(set(group_rows(nan).tolist())) == 2


def test_bits() -> None:
    """1e-15: one division."""
    assert bits(math.log(2.0)) == 1.0
    assert bits(math.log(10.0)) == pytest.approx(3.321928094887362, abs=1e-15)
