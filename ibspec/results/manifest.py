"""What must be known to repeat a run: versions, code, machine."""

import hashlib
import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import final

PACKAGES = ("ibspec", "torch", "numpy", "scipy", "numba", "pydantic", "pandas", "pyarrow", "matplotlib")
"""Whose versions are recorded."""

ROOMS_THAT_CHANGE_NUMBERS = (
    "core",
    "data",
    "models",
    "training",
    "schedules",
    "activity",
    "estimators",
    "analysis",
    "dynamics",
    "recorder",
    "runner",
)
"""A change of a file in these rooms can change a measurement; a change of a figure cannot."""


@final
@dataclass(frozen=True)
class Machine:
    """The machine and the programs of a run."""

    host: str
    system: str
    processor: str
    cores: int
    python: str
    versions: dict[str, str]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def describe_machine() -> Machine:
    """Describe this machine and the versions that are installed."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed as a package"
    return Machine(
        host=platform.node(),
        system=platform.platform(),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        python=sys.version.split()[0],
        versions=versions,
    )


def hash_package(root: Path | None = None) -> str:
    """Return the SHA-256 over the package's files that can change numbers: names and contents."""
    root = Path(__file__).parents[1] if root is None else root
    total = hashlib.sha256()
    for room in ROOMS_THAT_CHANGE_NUMBERS:
        for file in sorted((root / room).rglob("*.py")):
            total.update(file.relative_to(root).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
