"""Anything like an array becomes a matrix of rows; nothing is copied where that can be avoided."""

from typing import Any

import numpy as np
import pytest
import torch

from ibspec.core import Activity, ActivityError, ShapeError, as_rows


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 1, 3), (4, 2, 3, 5), (4, 0), (4, 3, 0)], ids=str)
def test_rows_keep_order_and_values(shape: tuple[int, ...]) -> None:
    t = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    rows = as_rows(t, 4)
    assert rows.numpy().tolist() == t.reshape(4, int(np.prod(shape[1:]))).tolist()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int64, np.bool_])
def test_precision_is_kept(dtype: Any) -> None:
    """Cells depend on it."""
    assert as_rows(np.ones((2, 2), dtype=dtype), 2).numpy().dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_is_shared(dtype: Any) -> None:
    array = np.zeros((3, 2), dtype=dtype)
    assert as_rows(array, 3).data_ptr() == array.__array_interface__["data"][0]
    tensor = torch.zeros(3, 2)
    assert as_rows(tensor, 3).data_ptr() == tensor.data_ptr()
    assert as_rows(Activity(values=tensor), 3).data_ptr() == tensor.data_ptr()


def test_lists_are_float64() -> None:
    assert as_rows([[0.1], [0.2]], 2).dtype == torch.float64
    assert as_rows([[0.1], [0.2]], 2)[0, 0].item() == 0.1


def test_gradients_are_left_behind() -> None:
    weights = torch.ones(2, 2, requires_grad=True)
    assert not as_rows(weights * 2, 2).requires_grad


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_first_bad_row_is_named(bad: float) -> None:
    t = np.zeros((5, 2, 2))
    t[3, 1, 0] = t[4, 0, 0] = bad
    with pytest.raises(ActivityError, match="2 of 20 activity values are not finite, first in row 3"):
        as_rows(t, 5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_sum_that_overflows_is_no_bad_value(dtype: Any) -> None:
    """The quick check sums all values; a large finite sum must not be mistaken for an infinite value."""
    t = np.full((4, 2), np.finfo(dtype).max, dtype=dtype)
    assert as_rows(t, 4).shape == (4, 2)


def test_infinities_that_cancel_are_found() -> None:
    with pytest.raises(ActivityError, match="2 of 4 activity values"):
        as_rows(np.array([[np.inf, 0], [0, -np.inf]]), 2)


@pytest.mark.parametrize(
    ("t", "got"), [(3.0, r"\(\)"), ([1.0, 2.0], r"\(2,\)"), (np.zeros((2, 3)), r"\(2, 3\)"), ([], r"\(0,\)")]
)
def test_wrong_shapes_are_refused(t: Any, got: str) -> None:
    with pytest.raises(ShapeError, match=rf"probe's 3 samples; got shape {got}"):
        as_rows(t, 3)


@pytest.mark.parametrize("t", [None, "abc", ["a", "b", "c"], [{}, {}, {}], [[1], [1, 2], [1]]], ids=str)
def test_what_is_no_array_of_numbers_is_refused(t: Any) -> None:
    with pytest.raises(ShapeError, match="activity must"):
        as_rows(t, 3)
