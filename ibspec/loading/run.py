"""A run as it lies on disk."""

from functools import cached_property
from pathlib import Path
from typing import Any, final

import pandas as pd

from ibspec.core import UserError
from ibspec.loading.links import refuse_links
from ibspec.loading.manifest_shape import check_manifest
from ibspec.loading.tables import check_columns, check_measurements, check_places
from ibspec.results import (
    GRADIENT_COLUMNS,
    RATE_COLUMNS,
    Activities,
    Checkpoints,
    DamagedFileError,
    RunDirectory,
    Weights,
    read_activities,
    read_checked,
    read_final_weights,
    read_parquet,
    read_parts,
)
from ibspec.results.activities import FILE as ACTIVITIES
from ibspec.results.final_weights import FINAL
from ibspec.spec import ExperimentSpec, parse_spec
from ibspec.spec.strict_json import parse_strictly

ORDER = ("replica", "epoch", "depth")
"""Of rows; parts have them as they came."""


@final
class Run:
    """The tables, spec and manifest of a run, finished or not. Read when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.directory = RunDirectory(path)

    @cached_property
    def measurements(self) -> pd.DataFrame:
        """One row a (replica, epoch, layer, view, estimator); columns as in `ibspec.results.Measurement`."""
        return check_measurements(self._table("measurements"), self.path / "measurements")

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row a (replica, epoch): losses in nats, accuracies, weight norms."""
        return check_places(self._table("history"), self.path / "history")

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """Signal and noise of mini-batch gradients, columns as in `ibspec.results.GradientRow`.

        Empty unless the spec asks for them.
        """
        return check_columns(self._table("gradients"), GRADIENT_COLUMNS, self.path / "gradients")

    @cached_property
    def rates(self) -> pd.DataFrame:
        """How fast loss and information move, columns as in `ibspec.results.RateRow`; mostly empty too."""
        return check_columns(self._table("rates"), RATE_COLUMNS, self.path / "rates")

    @cached_property
    def timings(self) -> pd.DataFrame:
        """Seconds by epoch and stage; the only table that depends on the clock."""
        return check_places(self._table("timings"), self.path / "timings")

    @cached_property
    def activities(self) -> Activities | None:
        """What the layers do with one input before and after training; None unless figures ask for it."""
        known = ACTIVITIES in self._files
        return read_activities(self.path, self._hash_of(ACTIVITIES)) if known else None

    @cached_property
    def final_weights(self) -> dict[int, Weights]:
        """Weights and buffers of each replica that trained to the end, by name, as far as they were kept.

        Raises:
            UserError: The run has not ended, or kept none.
        """
        if FINAL not in self._files:
            raise UserError(
                f"{self.path}: no {FINAL}, the weights at the end of training: the run is unfinished, "
                "its nets are too large, or an older ibspec made it"
            )
        return read_final_weights(self.path, self._hash_of(FINAL))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Everything needed to repeat the run, and how it ended."""
        return check_manifest(self.directory.read_manifest(), self.path / "manifest.json")

    @cached_property
    def spec(self) -> ExperimentSpec:
        """The experiment, overrides put in."""
        path = self.path / "spec.json"
        content = read_checked(path, self._hash_of("spec.json"))
        return parse_spec(parse_strictly(content.decode("utf-8", errors="replace"), str(path)), str(path))

    def _table(self, name: str) -> pd.DataFrame:
        """Read the whole table of a run that has ended, or the parts of one that has not."""
        if self._has_ended:
            file = f"{name}.parquet"
            is_there = file in self._files
            return read_parquet(self.path / file, self._hash_of(file)) if is_there else pd.DataFrame()
        try:
            table = self._from_parts(name)
        except DamagedFileError:
            if not Run(self.path)._has_ended:
                raise
        # Parts go when a run ends; they may have done so while they were read.
        again = Run(self.path)
        return again._table(name) if again._has_ended else table

    def _from_parts(self, name: str) -> pd.DataFrame:
        table = read_parts(self.path, name, self._known_parts(name))
        order = [key for key in ORDER if key in table.columns]
        return table.sort_values(order, kind="stable", ignore_index=True) if order else table

    def _known_parts(self, name: str) -> list[str]:
        """The parts that were there when the run last wrote down where it was."""
        records = Checkpoints(self.directory.checkpoints).records()
        try:
            return [str(part) for part in records[-1]["parts"][name]] if records else []
        except (LookupError, TypeError):
            return []

    @property
    def _has_ended(self) -> bool:
        """Whether the whole tables are there, all of them: they are named together."""
        return "measurements.parquet" in self._files

    @property
    def _files(self) -> dict[str, Any]:
        files = self.manifest.get("files")
        return files if isinstance(files, dict) else {}

    def _hash_of(self, name: str) -> str:
        """The hash of a file that the manifest knows; of one that it does not know, none fits."""
        return str(self._files.get(name, ""))


def load(run: Path | str) -> Run:
    """Open a run directory.

    Args:
        run: The directory of one run, or of all runs of a spec: then the newest of them.

    Raises:
        UserError: There is no run at that path.
    """
    path = Path(run)
    if (path / "manifest.json").is_file():
        return _open(path)
    inside = sorted(manifest.parent for manifest in path.glob("*/manifest.json")) if path.is_dir() else []
    if inside:
        return _open(inside[-1])
    if not path.exists():
        raise UserError(f"{path}: no such directory; `ibspec list runs` shows the runs that there are")
    specs = sorted({manifest.parents[1] for manifest in path.glob("*/*/manifest.json")})
    hint = f". In it are runs of {', '.join(str(each) for each in specs)}" if specs else ""
    raise UserError(
        f"{path}: not a run directory (no manifest.json in it, nor in the directories in it){hint}"
    )


def _open(path: Path) -> Run:
    refuse_links(path)
    return Run(path)
