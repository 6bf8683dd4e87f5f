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
        return self._table("measurements").reindex(columns=list(COLUMNS)).astype(COLUMNS)

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row a (replica, epoch): losses in nats, accuracies, weight norms."""
        return self._table("history")

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """Gradient statistics; empty unless the spec asks for them."""
        return self._table("gradients")

    @cached_property
    def timings(self) -> pd.DataFrame:
        """Seconds by epoch and stage; the only table that depends on the clock."""
        return self._table("timings")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Everything needed to repeat the run, and how it ended."""
        manifest: dict[str, Any] = self._json("manifest.json")
        return manifest

    @cached_property
    def spec(self) -> ExperimentSpec:
        """The experiment, overrides put in."""
        return parse_spec(self._json("spec.json"), str(self.path / "spec.json"))

    def _table(self, name: str) -> pd.DataFrame:
        try:
            return read_parts(self.path, name)
        except (OSError, ValueError) as error:
            raise UserError(f"{self.path}: the table of {name} cannot be read: {error}") from error

    def _json(self, name: str) -> Any:
        try:
            return self.directory.read_json(name)
        except OSError as error:
            raise UserError(f"{self.path / name} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise UserError(f"{self.path / name} is damaged, not JSON: {error}") from error


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
    if inside:
        return Run(inside[-1])
    if not path.exists():
        raise UserError(f"{path}: no such directory; `ibspec list runs` shows the runs that there are")
    specs = sorted({manifest.parents[1] for manifest in path.glob("*/*/manifest.json")})
    hint = f". In it are runs of {', '.join(str(each) for each in specs)}" if specs else ""
    raise UserError(
        f"{path}: not a run directory (no manifest.json in it, nor in the directories in it){hint}"
    )
