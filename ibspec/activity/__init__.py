"""What named layers of any module do on a sample, and the ways to look at it."""

from ibspec.activity.capture import capture, layer_shapes, resolve_layers
from ibspec.activity.teller import Teller
from ibspec.activity.views import (
    View,
    channels,
    check_view,
    is_split,
    part_units,
    pooled_units,
    row_channels,
)

__all__ = [
    "Teller",
    "View",
    "capture",
    "channels",
    "check_view",
    "is_split",
    "layer_shapes",
    "part_units",
    "pooled_units",
    "resolve_layers",
    "row_channels",
]
