"""What was found about a run's events, as a file in its directory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ibspec.analyse.run_analysis import TABLES, RunAnalysis
from ibspec.results import read_document, write_sealed

FILE_NAME: Final = "analysis.json"


def write_analysis(analysis: RunAnalysis, directory: Path) -> Path:
    """Write analysis.json into a run's directory, with its own checksum.

    The manifest was closed when the run ended and does not know this file. It carries the SHA-256 of its own
    content and, in `made_of`, those of the tables that it was made of.
    """
    path = directory / FILE_NAME
    write_sealed(path, analysis.model_dump(mode="json"))
    return path


def read_analysis(directory: Path) -> RunAnalysis | None:
    """Read analysis.json of a run; None where the run was not analysed.

    Raises:
        UserError: The file is damaged, or of another version of ibspec.
    """
    return read_document(directory / FILE_NAME, RunAnalysis, f"ibspec analyse {directory}")


def is_current(analysis: RunAnalysis, manifest: Mapping[str, Any]) -> bool:
    """Whether an analysis was made of the tables that a finished run's manifest names now."""
    files = manifest.get("files")
    known = files if isinstance(files, Mapping) else {}
    return bool(analysis.made_of) and analysis.made_of == {
        name: str(known[name]) for name in TABLES if name in known
    }
