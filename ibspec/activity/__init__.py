"""What named layers of any module do on a sample, and the ways to look at it."""

from ibspec.activity.capture import capture, layer_shapes, resolve_layers
from ibspec.activity.teller import Teller
from ibspec.activity.views import View, channels, is_split

__all__ = ["Teller", "View", "capture", "channels", "is_split", "layer_shapes", "resolve_layers"]
