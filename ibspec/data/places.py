"""Where files of data are looked for, in which order, and why a place did not do."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

ENVIRONMENT_VARIABLE = "IBSPEC_DATA_DIR"
"""Names a directory with data, for every spec."""


@final
@dataclass(frozen=True)
class Place:
    """One directory that may hold data.

    Attributes:
        label: What the user calls it.
        path: The directory, or None where there is no such setting.
        is_asked_for: Whether the user named it, so that finding nothing there is worth a word.
    """

    label: str
    path: Path | None
    is_asked_for: bool = False

    def find(self, folder: str, names: Sequence[str]) -> dict[str, Path]:
        """Return those of the files that are here: in `folder` or not, packed (.gz) or not."""
        if self.path is None:
            return {}
        found: dict[str, Path] = {}
        for name in names:
            here = next((path for path in _candidates(self.path, folder, name) if _is_file(path)), None)
            if here is not None:
                found[name] = here
        return found

    def explain(self, folder: str, names: Sequence[str]) -> str:
        """Say in words why this place does not have all of the files."""
        if self.path is None:
            return f"{self.label}: not set"
        try:
            reason = self._explain(self.path, folder, names)
        except OSError as error:  # no permission to look, for instance
            reason = error.strerror or str(error)
        return f"{self.label} ({self.path}): {reason}"

    def _explain(self, directory: Path, folder: str, names: Sequence[str]) -> str:
        if not directory.exists():
            return "no such directory"
        if not directory.is_dir():
            return "not a directory"
        found = self.find(folder, names)
        missing = [name for name in names if name not in found]
        blocked = [
            f"{path.relative_to(directory)} is not a file"
            for name in missing
            for path in _candidates(directory, folder, name)
            if path.exists()
        ]
        return "; ".join([f"has no {', '.join(missing)}", *blocked])


def _candidates(directory: Path, folder: str, name: str) -> list[Path]:
    return [base / f"{name}{end}" for base in (directory / folder, directory) for end in (".gz", "")]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


@final
@dataclass(frozen=True)
class Finding:
    """What a search for a set of files came to.

    Attributes:
        files: Every file wanted, by name, or nothing: the files of one set come from one place.
        label: Which place has them.
        tried: Why each place before it did not do.
        notes: The same for the places that the user had named.
    """

    files: dict[str, Path]
    label: str
    tried: tuple[str, ...]
    notes: tuple[str, ...]


@final
@dataclass(frozen=True)
class Places:
    """The directories with data, best first.

    `--data-dir`, then `data_dir` of the spec, then the environment variable IBSPEC_DATA_DIR, then the
    user's cache. A relative directory is relative to where ibspec was started.

    Attributes:
        data_dir: What `--data-dir` says, or None.
    """

    data_dir: Path | None = None

    def find(self, folder: str, names: Sequence[str], data_dir: str | None = None) -> Finding:
        """Look for all of the files in one place after the other.

        Args:
            folder: Name of the data set's own folder; files next to it count too.
            names: Names of the files without .gz.
            data_dir: What the spec says, if anything.
        """
        tried: list[str] = []
        notes: list[str] = []
        for place in self._ordered(data_dir):
            files = place.find(folder, names)
            if len(files) == len(names):
                return Finding(files, place.label, tuple(tried), tuple(notes))
            tried.append(place.explain(folder, names))
            if place.is_asked_for:
                notes.append(tried[-1])
        return Finding({}, "", tuple(tried), tuple(notes))

    def _ordered(self, data_dir: str | None) -> list[Place]:
        variable = os.environ.get(ENVIRONMENT_VARIABLE) or None
        return [
            Place("--data-dir", self.data_dir, is_asked_for=self.data_dir is not None),
            Place("data_dir in the spec", _path(data_dir), is_asked_for=data_dir is not None),
            Place(ENVIRONMENT_VARIABLE, _path(variable), is_asked_for=variable is not None),
            self.cache,
        ]

    @property
    def cache(self) -> Place:
        """The user's cache, which downloads go to.

        $XDG_CACHE_HOME/ibspec where that is set (a relative one counts as unset, as its specification
        says), else the custom of the platform: ~/.cache/ibspec, and its kin on macOS and Windows.
        """
        chosen = os.environ.get("XDG_CACHE_HOME")
        if chosen and Path(chosen).is_absolute():
            return Place("user cache", Path(chosen) / "ibspec")
        try:
            home = Path.home()
        except RuntimeError:  # an account without a home directory, as in some containers
            return Place("user cache", None)
        if sys.platform == "darwin":
            return Place("user cache", home / "Library" / "Caches" / "ibspec")
        if sys.platform == "win32":
            return Place("user cache", home / "AppData" / "Local" / "ibspec" / "Cache")
        return Place("user cache", home / ".cache" / "ibspec")


def _path(text: str | None) -> Path | None:
    if text is None:
        return None
    try:
        return Path(text).expanduser()
    except RuntimeError:  # "~someone" without a home: then the name is meant as it stands
        return Path(text)
