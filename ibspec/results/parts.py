"""Tables that survive a killed process: whole Parquet parts, joined at the end."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, final

import pandas as pd

from ibspec.results.integrity import DamagedFileError, read_named, write_named
from ibspec.results.parquet import parquet_bytes, table_of, write_parquet

SECONDS_BETWEEN_PARTS = 10.0


def part_names(directory: Path, name: str) -> list[str]:
    """Return the parts of a table in the order of writing."""
    pattern = re.compile(rf"{re.escape(name)}-\d{{6}}-[0-9a-f]{{16}}\.parquet")
    if not directory.is_dir():
        return []
    return sorted(path.name for path in directory.iterdir() if pattern.fullmatch(path.name))


def read_parts(directory: Path, name: str, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read the parts of a table that has not been joined, in the order of writing.

    Returns an empty table without columns when there are none.

    Args:
        directory: In which they are.
        name: Of the table.
        known: Parts that must be there, as a checkpoint names them.

    Raises:
        DamagedFileError: A part is not what was written, or one of the known or in the middle is missing.
    """
    there = part_names(directory, name)
    _refuse_missing(directory, known, there)
    return _joined(directory, there)


def _refuse_missing(directory: Path, wanted: Sequence[str], there: Sequence[str]) -> None:
    missing = [part for part in wanted if part not in there]
    if missing:
        raise DamagedFileError(f"{directory / missing[0]} is missing")


def _joined(directory: Path, parts: Sequence[str]) -> pd.DataFrame:
    for place, part in enumerate(parts):
        if int(part.rsplit("-", 2)[1]) != place:
            raise DamagedFileError(f"{directory}: part {place} of the table is missing, there is {part}")
    tables = [table_of(directory / part, read_named(directory / part)) for part in parts]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


@final
class PartWriter:
    """Collects rows and writes them as `name`-000000-<hash>.parquet, ... every ten seconds.

    Args:
        directory: Must be there.
        name: Of the table.
        seconds: Between parts.
        parts: Those to go on from, in order; none for a new table. Other parts are removed.

    Raises:
        DamagedFileError: A part to go on from is missing.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        seconds: float = SECONDS_BETWEEN_PARTS,
        parts: Sequence[str] = (),
    ) -> None:
        self.directory, self.name, self.seconds = directory, name, seconds
        self.parts = list(parts)
        self._rows: list[dict[str, Any]] = []
        self._written = time.monotonic()
        there = part_names(directory, name)
        _refuse_missing(directory, self.parts, there)
        for part in set(there) - set(self.parts):
            (directory / part).unlink()

    @property
    def whole(self) -> Path:
        """Where the joined table goes."""
        return self.directory / f"{self.name}.parquet"

    def add(self, *rows: dict[str, Any]) -> None:
        """Keep rows; write all kept ones if the last part is ten seconds old."""
        self._rows.extend(rows)
        if time.monotonic() - self._written >= self.seconds:
            self.flush()

    def flush(self) -> None:
        """Write the rows kept so far as one more part."""
        if self._rows:
            stem = f"{self.name}-{len(self.parts):06d}"
            content = parquet_bytes(pd.DataFrame(self._rows))
            self.parts.append(write_named(self.directory, stem, ".parquet", content))
            self._rows = []
        self._written = time.monotonic()

    def table(self) -> pd.DataFrame:
        """Return everything written so far, read back from disk.

        Raises:
            DamagedFileError: A part is missing or not what was written.
        """
        self.flush()
        return _joined(self.directory, self.parts)

    def finish(
        self, types: dict[str, str] | None = None, order: list[str] | None = None
    ) -> tuple[pd.DataFrame, str]:
        """Join the parts into one `name`.parquet; return the table and the file's hash. The parts stay.

        Args:
            types: Columns of the table, in order, with their types.
            order: Columns to sort by; rows that agree in them keep the order in which they came.
        """
        table = self.table()
        if order is not None and len(table):
            table = table.sort_values(order, kind="stable", ignore_index=True)
        if types is not None:
            table = table.reindex(columns=list(types)).astype(types)
        return table, write_parquet(table, self.whole)

    def remove_parts(self) -> None:
        """Remove the parts, once the joined table is known to whoever reads it."""
        for part in part_names(self.directory, self.name):
            (self.directory / part).unlink()
        self.parts = []
