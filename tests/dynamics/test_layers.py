"""Where a layer's parameters lie in a flat gradient."""

import pytest
import torch
from torch import nn

from ibspec.dynamics.layers import places

NET = nn.ModuleDict({"first": nn.Linear(2, 3), "second": nn.Linear(3, 1)})


def test_parameters_that_follow_one_another_are_a_stretch():
    found = places(
        NET, {"last": ["second.bias", "second.weight"], "whole": [n for n, _ in NET.named_parameters()]}
    )
    assert found == {"last": slice(9, 13), "whole": slice(0, 13), "all": slice(0, 13)}


def test_parameters_with_others_between_are_listed():
    found = places(NET, {"biases": ["first.bias", "second.bias"]})["biases"]
    assert torch.equal(found, torch.tensor([6, 7, 8, 12]))


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ({"all": ["first.bias"]}, r"got 'all' with \['first.bias'\]"),
        ({"none": []}, r"got 'none' with \[\]"),
        (
            {"third": ["third.bias"]},
            r"got 'third' with \['third.bias'\], where the net trains \['first.weight'",
        ),
    ],
)
def test_what_is_no_layer(layers, told):
    with pytest.raises(ValueError, match=told):
        places(NET, layers)
