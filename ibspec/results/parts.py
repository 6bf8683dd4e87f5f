"""Tables that survive a killed process: whole Parquet parts, joined at the end."""

import io
import time
from pathlib import Path
from typing import Any, final

import pandas as pd

from ibspec.core import write_atomically

SECONDS_BETWEEN_PARTS = 10.0


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table so that `path` is either whole or absent."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomically(path, buffer.getvalue())


def _parts(directory: Path, name: str) -> list[Path]:
    """Return the parts of a table in the order of writing."""
    return sorted(directory.glob(f"{name}-[0-9][0-9][0-9][0-9][0-9][0-9].parquet"))


def read_parts(directory: Path, name: str) -> pd.DataFrame:
    """Read `name`.parquet, or the parts of a run that has not finished, in the order of writing.

    Returns an empty table without columns when there is neither.
    """
    whole = directory / f"{name}.parquet"
    if whole.exists():
        return pd.read_parquet(whole)
    tables = [pd.read_parquet(part) for part in _parts(directory, name)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


@final
class PartWriter:
    """Collects rows and writes them as `name`-000000.parquet, ... every ten seconds."""

    def __init__(self, directory: Path, name: str, seconds: float = SECONDS_BETWEEN_PARTS) -> None:
        self.directory, self.name, self.seconds = directory, name, seconds
        self._rows: list[dict[str, Any]] = []
        self._written = time.monotonic()
        if self._whole.exists():
            # A writer was killed while it tidied up: the whole table holds what the parts do.
            self._remove_parts()

    @property
    def _whole(self) -> Path:
        return self.directory / f"{self.name}.parquet"

    def _part(self, number: int) -> Path:
        return self.directory / f"{self.name}-{number:06d}.parquet"

    def _next_part(self) -> Path:
        numbers = [int(part.stem.rsplit("-", 1)[1]) for part in _parts(self.directory, self.name)]
        return self._part(max(numbers, default=-1) + 1)

    def _remove_parts(self) -> None:
        for part in _parts(self.directory, self.name):
            part.unlink()

    def add(self, *rows: dict[str, Any]) -> None:
        """Keep rows; write all kept ones if the last part is ten seconds old."""
        self._rows.extend(rows)
        if time.monotonic() - self._written >= self.seconds:
            self.flush()

    def flush(self) -> None:
        """Write the rows kept so far as one more part."""
        if self._rows:
            if self._whole.exists():
                # More rows after the end: what was whole is a part again.
                self._whole.replace(self._next_part())
            write_parquet(pd.DataFrame(self._rows), self._next_part())
            self._rows = []
        self._written = time.monotonic()

    def finish(self, types: dict[str, str] | None = None, order: list[str] | None = None) -> pd.DataFrame:
        """Join the parts into one `name`.parquet, remove them, and return the table.

        Args:
            types: Columns of the table, in order, with their types.
            order: Columns to sort by; rows that agree in them keep the order in which they came.
        """
        self.flush()
        table = read_parts(self.directory, self.name)
        if order is not None and len(table):
            table = table.sort_values(order, kind="stable", ignore_index=True)
        if types is not None:
            table = table.reindex(columns=list(types)).astype(types)
        write_parquet(table, self._whole)
        self._remove_parts()
        return table
