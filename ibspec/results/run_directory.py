"""Where a run keeps its files; a directory is never written twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

from ibspec.core import write_atomically
from ibspec.results.integrity import read_sealed, readable_json, sha256_of, write_sealed


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

    @property
    def checkpoints(self) -> Path:
        """States from which the run can go on."""
        return self.path / "checkpoints"

    @property
    def weights(self) -> Path:
        """Weights that wait to be looked back at."""
        return self.path / "weights"

    @property
    def open_weights(self) -> Path:
        """Weights that wait to be measured, or for it to be known that they need not be."""
        return self.path / "open"

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write what the run is and how it stands, with its own checksum."""
        write_sealed(self.path / "manifest.json", manifest)

    def read_manifest(self) -> dict[str, Any]:
        """Read the manifest.

        Raises:
            DamagedFileError: It is not what was written.
        """
        return read_sealed(self.path / "manifest.json")

    def write_spec(self, document: dict[str, Any]) -> str:
        """Write the spec, and return the hash of the file."""
        content = readable_json(document)
        write_atomically(self.path / "spec.json", content, make_parents=False)
        return sha256_of(content)

    def sweep(self) -> None:
        """Remove temporary files that a killed process left."""
        for path in self.path.iterdir():
            if path.name.startswith(".") and path.is_file():
                path.unlink()
