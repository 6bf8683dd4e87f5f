"""Entropies of numbered cells: as the core adds them, whatever the order, and exact where they can be."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import conditional_entropy_bits, entropy_bits, group_rows
from ibspec.estimators.cell_entropies import numbers_bits, numbers_bits_given

ROUNDING = 1e-12
"""Bits: sums of up to a few thousand terms, each off by 1e-16 times 12."""

columns = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=60)


@given(pairs=columns)
def test_entropies_agree_with_the_other_way_to_add(pairs: list[tuple[int, int]]) -> None:
    """ibspec.core adds entropies group by group; its own tests hold it against SciPy."""
    numbers, labels = (group_rows(np.array(column)[:, None]) for column in zip(*pairs, strict=True))
    assert numbers_bits(numbers) == pytest.approx(entropy_bits(numbers), abs=ROUNDING)
    expected = conditional_entropy_bits(numbers, labels)
    assert numbers_bits_given(numbers, labels) == pytest.approx(expected, abs=ROUNDING)


@given(pairs=columns, seed=st.integers(0, 99))
def test_the_order_of_rows_and_numbers_changes_no_bit(pairs: list[tuple[int, int]], seed: int) -> None:
    numbers, labels = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(pairs)), rng.permutation(7)
    assert numbers_bits(names[numbers][order]) == numbers_bits(numbers)
    assert numbers_bits_given(names[numbers][order], labels[order]) == numbers_bits_given(numbers, labels)


@given(pairs=columns)
def test_what_is_given_leaves_exactly_nothing(pairs: list[tuple[int, int]]) -> None:
    first, both = np.array([a for a, _ in pairs]), group_rows(np.array(pairs))
    assert numbers_bits_given(both, both) == 0.0
    assert numbers_bits_given(first, both) == 0.0
    assert numbers_bits_given(first, np.zeros_like(first)) == numbers_bits(first)


@pytest.mark.parametrize(("samples", "repeats"), [*itertools.product([1, 2, 8, 4096], [1, 2, 8])])
def test_powers_of_two_are_exact(samples: int, repeats: int) -> None:
    numbers = np.repeat(np.arange(samples), repeats)
    assert numbers_bits(numbers) == math.log2(samples)
    assert numbers_bits_given(np.arange(samples * repeats), numbers) == math.log2(repeats)
