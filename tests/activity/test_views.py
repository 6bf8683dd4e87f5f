"""Views: which matrices a layer is taken apart into."""

from typing import get_args

import pytest
import torch

from ibspec.activity import View, channels

VIEWS = get_args(View)


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


@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 2, 3, 5), (4, 1, 3, 5), (1, 7, 2)])
def test_the_mean_takes_channel_by_channel(shape):
    """The second axis counts the channels; all further ones are the units of a channel."""
    values = numbered(*shape)
    parts = list(channels(values, "mean"))
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
            assert torch.equal(one, other)


def test_whole_numbers_are_taken_too():
    (only,) = channels(torch.arange(6).reshape(3, 2), "whole")
    assert only.dtype == torch.int64
