"""A run to damage, and everything that is read back of one. A new reader is a line of the table here."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from typer.testing import CliRunner

from ibspec.cli import app
from ibspec.loading import load
from ibspec.report.run_page import run_page
from ibspec.report.run_verification import verification_section
from tests.spec.documents import TINY

READERS: dict[str, Callable[[Path], Any]] = {
    "manifest": lambda path: load(path).manifest,
    "spec": lambda path: load(path).spec.document(),
    "measurements": lambda path: load(path).measurements,
    "history": lambda path: load(path).history,
    "timings": lambda path: load(path).timings,
    "gradients": lambda path: load(path).gradients,
    "final": lambda path: {
        (replica, name): values.numpy().tobytes()
        for replica, weights in load(path).final_weights.items()
        for name, values in weights.items()
    },
    "verification": lambda path: verification_section(path, 48),
}
"""What is read of a run directory, by name."""

WRITERS: dict[str, Callable[[Path], Any]] = {"page": lambda path: run_page(load(path))}
"""What is made of a whole run directory; slow, so tried less often."""

READ_BY: dict[str, str] = {
    "manifest.json": "manifest",
    "spec.json": "spec",
    "measurements.parquet": "measurements",
    "history.parquet": "history",
    "timings.parquet": "timings",
    "final.safetensors": "final",
    "verification.json": "verification",
}
"""Which reader reads a file first of all."""


def make_run(place: Path) -> Path:
    """Carry out the tiny spec by the command line, verify it, and return its directory."""
    spec = place / "tiny.json"
    spec.write_text(json.dumps({**TINY, "figures": ["loss"]}))
    _ask("run", spec, "--out", place / "runs", "--device", "cpu", "--quiet")
    (manifest,) = (place / "runs").glob("*/*/manifest.json")
    _ask("verify", manifest.parent)
    return manifest.parent


def _ask(*words: Any) -> None:
    result = CliRunner().invoke(app, [str(word) for word in words], prog_name="ibspec")
    assert result.exit_code == 0, result.output


def copy_run(run: Path, place: Path) -> Path:
    """Return a fresh copy of a run, without its figures."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(run, place, ignore=shutil.ignore_patterns("figures", "report.html", "log.txt"))
    return place


def same(one: Any, other: Any) -> bool:
    """Whether two answers say the same, tables to the last bit."""
    if isinstance(one, pd.DataFrame) and isinstance(other, pd.DataFrame):
        return one.equals(other) and list(one.columns) == list(other.columns)
    return bool(one == other)
