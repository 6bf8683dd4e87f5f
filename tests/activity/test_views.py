"""Views: which matrices a layer is taken apart into."""

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ibspec.activity import View, channels, check_view, part_units, pooled_units, row_channels
from ibspec.core import SpecError

VIEWS = get_args(View)

ACTIVITIES = st.sampled_from([np.float32, np.float64]).flatmap(
    lambda kind: arrays.arrays(
        kind,
        arrays.array_shapes(min_dims=1, max_dims=5, max_side=4),
        elements=st.floats(-1000, 1000, width=32),
    )
)


def numbered(*shape: int) -> torch.Tensor:
    return torch.arange(float(torch.Size(shape).numel())).reshape(shape)


@pytest.mark.parametrize("view", VIEWS)
def test_a_row_of_units_is_the_same_in_all_views(view):
    values = numbered(4, 3)
    (only,) = channels(values, view)
    assert torch.equal(only, values)


@pytest.mark.parametrize("view", VIEWS)
def test_a_single_unit_is_a_column(view):
    (only,) = channels(numbered(4), view)
    assert torch.equal(only, numbered(4, 1))


@pytest.mark.parametrize("view", ["whole", "concat"])
@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 2, 3, 5), (4, 1, 3, 5), (1, 2, 3)])
def test_all_units_as_one_vector(view, shape):
    (only,) = channels(numbered(*shape), view)
    assert torch.equal(only, numbered(shape[0], torch.Size(shape[1:]).numel()))


@pytest.mark.parametrize("view", ["mean", "channels"])
@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 2, 3, 5), (4, 1, 3, 5), (1, 7, 2)])
def test_channel_by_channel(shape, view):
    """The second axis counts the channels; all further ones are the units of a channel."""
    values = numbered(*shape)
    parts = list(channels(values, view))
    assert len(parts) == shape[1]
    for channel, part in enumerate(parts):
        assert part.shape == (shape[0], torch.Size(shape[2:]).numel())
        for row in range(shape[0]):
            assert part[row].tolist() == values[row, channel].flatten().tolist()


def test_any_memory_layout():
    values = numbered(4, 2, 3, 5)
    last = values.contiguous(memory_format=torch.channels_last)
    for view in VIEWS:
        for one, other in zip(channels(values, view), channels(last, view), strict=True):
            # Another layout sums in another order: numbers below 120, five of them, rounded to 24 bits.
            torch.testing.assert_close(one, other, rtol=0, atol=2e-5 if view == "pooled" else 0)


def test_whole_numbers_are_taken_too():
    (only,) = channels(torch.arange(6).reshape(3, 2), "whole")
    assert only.dtype == torch.int64


# ---- pooled -------------------------------------------------------------------------------------------


@given(values=ACTIVITIES)
def test_the_pooled_view_is_the_mean_over_all_further_axes(values):
    (found,) = channels(torch.from_numpy(values), "pooled")
    axes = tuple(range(2, values.ndim))
    wanted = values.mean(axis=axes, dtype=np.float64) if axes else values.reshape(len(values), -1)
    assert found.dtype == torch.from_numpy(values).dtype
    # Each of at most 64 additions of numbers up to 1000, and the division, rounds to 24 bits.
    np.testing.assert_allclose(found.numpy(), wanted, rtol=0, atol=64 * 1000 * 2.0**-24)


@given(values=ACTIVITIES)
def test_a_layer_without_channels_is_pooled_and_joined_alike(values):
    rows = torch.from_numpy(values.reshape(len(values), -1))
    for one, other in zip(channels(rows, "pooled"), channels(rows, "concat"), strict=True):
        assert torch.equal(one, other)


def test_the_mean_of_whole_numbers_is_not_a_whole_number():
    (found,) = channels(torch.tensor([[[1, 2], [4, 4]]]), "pooled")
    assert found.dtype == torch.float64
    assert found.tolist() == [[1.5, 4.0]]


def test_a_channel_of_one_unit_stays_as_it_is():
    values = torch.arange(6, dtype=torch.uint8).reshape(2, 3, 1, 1)
    (found,) = channels(values, "pooled")
    assert torch.equal(found, values.flatten(1))
    assert found.dtype == torch.uint8


# ---- what the views make of a shape ---------------------------------------------------------------------


@given(values=ACTIVITIES, view=st.sampled_from(VIEWS))
def test_shapes_tell_the_parts_in_advance(values, view):
    parts = list(channels(torch.from_numpy(values), view))
    shape = values.shape[1:]
    rows = row_channels(shape, view)
    assert all(part[0].numel() == part_units(shape, view) for part in parts)
    assert (len(rows) if rows != [None] else 1) == (len(parts) if view == "channels" else 1)
    assert rows == (list(range(len(parts))) if view == "channels" and len(shape) > 1 else [None])
    assert pooled_units(shape, view) * parts[0][0].numel() == (
        np.prod(shape) if view == "pooled" else parts[0][0].numel()
    )


@given(values=ACTIVITIES)
def test_no_view_but_the_pooled_one_loses_a_number(values):
    wanted = sorted(values.ravel().tolist())
    for view in set(VIEWS) - {"pooled"}:
        parts = [part.flatten() for part in channels(torch.from_numpy(values), view)]
        assert sorted(torch.cat(parts).tolist()) == wanted


@pytest.mark.parametrize("view", ["mean", "channels", "multivariate", "pooled"])
def test_a_view_of_channels_wants_some(view):
    message = rf'^measure\.view: "{view}" looks at the channels of a layer, and no measured layer has any'
    with pytest.raises(SpecError, match=message):
        check_view(view, [(10,), (5,), ()])
    check_view(view, [(10,), (3, 4)])


@pytest.mark.parametrize("view", ["whole", "concat"])
def test_all_units_together_need_no_channels(view):
    check_view(view, [(10,)])
