"""The one way to measure a network: on its probe, layer by layer, with every estimator."""

from ibspec.recorder.recorder import Recorder

__all__ = ["Recorder"]
