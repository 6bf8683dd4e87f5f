"""What the benchmarks found, as tables: printed, kept in reports/ and written to docs/benchmarks.md."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import final

import torch

from ibspec.results import describe_machine

Cell = str | int | float | None

PACKAGES = ("ibspec", "torch", "numpy", "scipy", "numba")

INTRODUCTION = """\
# Benchmarks

Written by `make bench`; a part of them, `pytest benchmarks -k NAME`, replaces the tables of that part. Every
baseline ran in the same process as ours, turn by turn, on one thread unless a table says otherwise: times
drift between machines and hours, the ratios hardly do. "x" says how many times as long a way takes.
"""


@final
class Tables:
    """Collects rows by table; a table's columns are those of its rows, in the order of their first use."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Cell]]] = {}
        self._notes: dict[str, list[str]] = {}

    def row(self, title: str, **cells: Cell) -> None:
        """Add a row to a table; underscores in names stand for spaces."""
        named = {name.replace("_", " "): cell for name, cell in cells.items()}
        self._rows.setdefault(title, []).append(named)

    def rows(self, title: str, rows: Sequence[Mapping[str, Cell]]) -> None:
        """Add rows whose columns have names that are no identifiers."""
        self._rows.setdefault(title, []).extend(dict(row) for row in rows)

    def note(self, title: str, text: str) -> None:
        """Add a sentence below a table."""
        self._notes.setdefault(title, []).append(text)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def found(self) -> dict[str, object]:
        """Return each table as JSON values, with where and when it was made."""
        machine = describe_machine()
        made = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "machine": f"{machine.processor}, {torch.get_num_threads()} threads, {platform.system()}",
            "versions": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        }
        return {
            title: {"rows": rows, "notes": self._notes.get(title, []), **made}
            for title, rows in self._rows.items()
        }

    def text(self) -> str:
        """Return the tables as they stand in the document."""
        return "\n".join(_written(title, table) for title, table in self.found().items())


def keep(tables: Tables, store: Path, page: Path) -> None:
    """Put the tables in place of older ones of the same titles, and write the page anew."""
    known = json.loads(store.read_text()) if store.exists() else {}
    known |= tables.found()
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_text(json.dumps(known, indent=1))
    parts = [_written(title, table) for title, table in sorted(known.items())]
    page.write_text("\n".join([INTRODUCTION, *parts]))


def _written(title: str, table: object) -> str:
    assert isinstance(table, dict)
    rows = table["rows"]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"## {title}", "", "| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_spelled(row.get(name)) for name in columns) + " |" for row in rows]
    lines += ["", *(f"{note}\n" for note in table["notes"])]
    lines += [f"{table['date']}; {table['machine']}; {table['versions']}.", ""]
    return "\n".join(lines)


def _spelled(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
