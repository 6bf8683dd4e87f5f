"""The run that judged the claims."""

import importlib.metadata
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import final

from pydantic import Field

from ibspec.core import Frozen

REPORTED_VERSIONS = ("ibspec", "torch", "numpy", "scipy", "numba", "pytest", "hypothesis")
"""Packages whose version can change what is found."""


@final
class VerificationRun(Frozen):
    """The run that found it: when, with what, and how it ended.

    Attributes:
        written: End of the run, UTC, ISO 8601.
        arguments: What pytest was called with.
        seconds: How long the whole run took.
        exit_status: pytest's exit status.
        left_out: How many claims -k or -m left out.
        python: Version of Python.
        system: Operating system and processor.
        versions: Versions of packages that can change what is found.
    """

    written: str
    arguments: tuple[str, ...] = ()
    seconds: float = 0.0
    exit_status: int = 0
    left_out: int = 0
    python: str = ""
    system: str = ""
    versions: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def now(
        cls, *, arguments: tuple[str, ...], seconds: float, exit_status: int, left_out: int
    ) -> "VerificationRun":
        """Describe a run that ends now, on this machine."""
        return cls(
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            arguments=arguments,
            seconds=seconds,
            exit_status=exit_status,
            left_out=left_out,
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
            versions=dict(_versions()),
        )


def _versions() -> Sequence[tuple[str, str]]:
    found = []
    for name in REPORTED_VERSIONS:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
