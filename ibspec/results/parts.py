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


def read_parts(directory: Path, name: str) -> pd.DataFrame:
    """Read `name`.parquet, or the parts of a run that has not finished, in the order of writing.

    Returns an empty table without columns when there is neither.
    """
    whole = directory / f"{name}.parquet"
    if whole.exists():
        return pd.read_parquet(whole)
    parts = sorted(directory.glob(f"{name}-[0-9]*.parquet"))
    tables = [pd.read_parquet(part) for part in parts]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


@final
class PartWriter:
    """Collects rows and writes them as `name`-000000.parquet, ... every ten seconds."""

    def __init__(self, directory: Path, name: str, seconds: float = SECONDS_BETWEEN_PARTS) -> None:
        self.directory, self.name, self.seconds = directory, name, seconds
        self._rows: list[dict[str, Any]] = []
        self._parts = 0
        self._written = time.monotonic()

    def add(self, *rows: dict[str, Any]) -> None:
        """Keep rows; write all kept ones if the last part is ten seconds old."""
        self._rows.extend(rows)
        if time.monotonic() - self._written >= self.seconds:
            self.flush()

    def flush(self) -> None:
        """Write the rows kept so far as one more part."""
        if self._rows:
            path = self.directory / f"{self.name}-{self._parts:06d}.parquet"
            write_parquet(pd.DataFrame(self._rows), path)
            self._parts += 1
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
        write_parquet(table, self.directory / f"{self.name}.parquet")
        for part in self.directory.glob(f"{self.name}-[0-9]*.parquet"):
            part.unlink()
        return table
