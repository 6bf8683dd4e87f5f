"""Where a run keeps its files; a directory is never written twice."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

from ibspec.core import write_atomically


@final
@dataclass(frozen=True)
class RunDirectory:
    """`<out>/<name>/<utc>-<digest8>/` and the places in it."""

    path: Path

    @classmethod
    def create(cls, out: Path, name: str, digest: str) -> "RunDirectory":
        """Make a new directory; a second run within the same second gets a suffix of its own."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for attempt in range(10_000):
            suffix = f"-{attempt}" if attempt else ""
            path = out / name / f"{stamp}-{digest[:8]}{suffix}"
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            return cls(path)
        raise RuntimeError(f"no free directory name under {out / name}")

    @property
    def figures(self) -> Path:
        """Where PNG and SVG files go."""
        return self.path / "figures"

    @property
    def log(self) -> Path:
        """The run's log, in words."""
        return self.path / "log.txt"

    @property
    def report(self) -> Path:
        """The self-contained page of the run."""
        return self.path / "report.html"

    def write_json(self, name: str, value: Any) -> None:
        """Write an indented JSON file, atomically."""
        write_atomically(self.path / name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> Any:
        """Read a JSON file of the run."""
        return json.loads((self.path / name).read_text(encoding="utf-8"))
