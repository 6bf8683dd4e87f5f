"""Reading a run back: its tables, spec and manifest."""

from ibspec.loading.run import Run, load

__all__ = ["Run", "load"]
