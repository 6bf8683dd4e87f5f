"""A run as it lies on disk."""

from functools import cached_property
from pathlib import Path
from typing import Any, final

import pandas as pd

from ibspec.core import UserError
from ibspec.results import COLUMNS, RunDirectory, read_parts
from ibspec.spec import ExperimentSpec, parse_spec


@final
class Run:
    """The tables, spec and manifest of a run, finished or not. Read when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.directory = RunDirectory(path)

    @cached_property
    def measurements(self) -> pd.DataFrame:
        """One row a (replica, epoch, layer, view, estimator); columns as in `ibspec.results.Measurement`."""
        return read_parts(self.path, "measurements").reindex(columns=list(COLUMNS)).astype(COLUMNS)

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row a (replica, epoch): losses in nats, accuracies, weight norms."""
        return read_parts(self.path, "history")

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """Gradient statistics; empty unless the spec asks for them."""
        return read_parts(self.path, "gradients")

    @cached_property
    def timings(self) -> pd.DataFrame:
        """Seconds by epoch and stage; the only table that depends on the clock."""
        return read_parts(self.path, "timings")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Everything needed to repeat the run, and how it ended."""
        manifest: dict[str, Any] = self.directory.read_json("manifest.json")
        return manifest

    @cached_property
    def spec(self) -> ExperimentSpec:
        """The experiment, overrides put in."""
        return parse_spec(self.directory.read_json("spec.json"), str(self.path / "spec.json"))


def load(run: Path | str) -> Run:
    """Open a run directory.

    Args:
        run: The directory of one run, or of all runs of a spec: then the newest of them.

    Raises:
        UserError: There is no run at that path.
    """
    path = Path(run)
    if (path / "manifest.json").is_file():
        return Run(path)
    inside = sorted(manifest.parent for manifest in path.glob("*/manifest.json")) if path.is_dir() else []
    if not inside:
        raise UserError(f"{path}: not a run directory (no manifest.json in it)")
    return Run(inside[-1])
