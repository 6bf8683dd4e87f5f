"""Maps that hide coordinates: invertible, uniform, exact."""

from itertools import product

import numpy as np
import pytest

from ibspec.core import DataError
from ibspec.data.hiding import invertible_bits, mix_bits, rank_of_bits, rotate, rotation


@pytest.mark.parametrize(("size", "invertible"), [(1, 1), (2, 6), (3, 168)])
def test_rank_of_every_small_matrix(size, invertible):
    """GL(n, 2) has (2^n - 1)(2^n - 2)...(2^n - 2^(n-1)) members."""
    entries = product((0, 1), repeat=size * size)
    matrices = [np.array(bits, dtype=np.uint8).reshape(size, size) for bits in entries]
    full = [rank_of_bits(matrix) == size for matrix in matrices]
    odd = [round(np.linalg.det(matrix.astype(float))) % 2 == 1 for matrix in matrices]
    assert full == odd
    assert sum(full) == invertible


def test_rank_of_what_is_not_invertible():
    matrix = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=np.uint8)
    assert rank_of_bits(matrix) == 2  # of full rank over the reals
    assert rank_of_bits(np.zeros((3, 5), dtype=np.uint8)) == 0
    assert rank_of_bits(np.ones((3, 5), dtype=np.uint8)) == 1
    assert rank_of_bits(np.eye(3, 5, 2, dtype=np.uint8)) == 3


def test_invertible_bits_are_drawn_evenly():
    """The 6 invertible 2x2 matrices, 2,000 draws: chi-squared with 5 degrees below 30 (p = 1.5e-5)."""
    rng = np.random.default_rng(1)
    drawn = [invertible_bits(2, rng).tobytes() for _ in range(2000)]
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == 6
    assert (((counts - 2000 / 6) ** 2) / (2000 / 6)).sum() < 30


@pytest.mark.parametrize("size", [1, 4, 12, 60])
def test_mixing_bits_keeps_words_apart(size):
    rng = np.random.default_rng(2)
    matrix = invertible_bits(size, rng)
    words = rng.integers(0, 2, size=(300, size)).astype(np.float32)
    mixed = mix_bits(words, matrix)
    assert mixed.dtype == np.float32
    assert np.array_equal(mixed, (words.astype(int) @ matrix.T.astype(int)) % 2)
    assert len(np.unique(mixed, axis=0)) == len(np.unique(words, axis=0))


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_rotations_are_orthogonal(size):
    matrix = rotation(size, np.random.default_rng(3))
    # Rounding of sums of `size` products: below size times 2.2e-16.
    assert np.abs(matrix @ matrix.T - np.eye(size)).max() < 100 * 2.3e-16 * size**0.5


def test_rotations_are_drawn_evenly():
    """The first entry of a uniform 3x3 rotation is uniform on [-1, 1]; LAPACK's own signs would bias it."""
    rng = np.random.default_rng(4)
    entries = np.array([np.diagonal(rotation(3, rng)) for _ in range(4000)])
    # Mean 0, variance 1/3: 4 standard errors of 4,000 draws; fourth moment 1/5 for the variance's own.
    assert np.abs(entries.mean(axis=0)).max() < 4 * (1 / 3 / 4000) ** 0.5
    assert np.abs((entries**2).mean(axis=0) - 1 / 3).max() < 4 * ((1 / 5 - 1 / 9) / 4000) ** 0.5


def test_rotating_rows():
    rows = np.array([[3.0, 4.0], [1.0, 0.0]], dtype=np.float32)
    turned = rotate(rows, np.array([[0.0, -1.0], [1.0, 0.0]]))
    assert turned.dtype == np.float32
    assert turned.tolist() == [[-4.0, 3.0], [0.0, 1.0]]


@pytest.mark.parametrize("draw", [invertible_bits, rotation])
def test_too_many_columns(draw):
    with pytest.raises(DataError, match=r"data.hidden: at most 1024 columns can be mixed, got 1025; lower"):
        draw(1025, np.random.default_rng(0))
