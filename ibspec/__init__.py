"""ibspec: a test bench for the information-bottleneck debate.

One JSON file declares an experiment; `python -m ibspec run SPEC` trains the network, measures I(X;T) and
I(T;Y) of every layer and epoch with the estimators that the spec names, and draws the information plane.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ibspec.core import Activity, Probe
    from ibspec.loading import load
    from ibspec.recorder import Recorder
    from ibspec.spec import ExperimentSpec

__version__ = "0.1.0"

__all__ = ["Activity", "ExperimentSpec", "Probe", "Recorder", "__version__", "load"]

_HOMES = {
    "Activity": "ibspec.core",
    "ExperimentSpec": "ibspec.spec",
    "Probe": "ibspec.core",
    "Recorder": "ibspec.recorder",
    "load": "ibspec.loading",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `--help` need not wait for torch."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'ibspec' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
