"""A published IDX file: its name, its length and its hashes, and how to get at its array."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import UInt8

from ibspec.core import DataError, write_atomically
from ibspec.core.bounded import read_bounded
from ibspec.data.download import download
from ibspec.data.idx import is_packed, parse_idx, unpack
from ibspec.data.places import Place

ROOM = 1 << 16
"""Bytes by which a wrong file may be longer and still be told its hash; a longer one is told its length."""

ELSEWHERE = (
    "Remove it or put the published file in its place, or point `data_dir`, --data-dir or IBSPEC_DATA_DIR at "
    "a directory that has it."
)


@final
@dataclass(frozen=True)
class Archive:
    """One IDX file, as its publishers offer it (gzipped) and unpacked.

    Attributes:
        name: Without .gz.
        axes: Axes of its array: 3 for images, 1 for labels.
        packed_bytes: Length of the gzip file.
        packed_sha256: Hash of the gzip file.
        unpacked_bytes: Length of what is in it.
        unpacked_sha256: Hash of what is in it.
    """

    name: str
    axes: int
    packed_bytes: int
    packed_sha256: str
    unpacked_bytes: int
    unpacked_sha256: str

    def read(self, path: Path) -> tuple[UInt8[np.ndarray, "..."], dict[str, str]]:
        """Return the array in a file that is this archive, packed or not, and the hashes that were checked.

        Raises:
            DataError: The file cannot be read or its hash is neither of the two.
        """
        content = self._read_checked(path)
        hashes = {f"{self.name}.gz": self.packed_sha256} if is_packed(content) else {}
        unpacked = unpack(content, str(path), self.unpacked_bytes)
        _compare(str(path), hashlib.sha256(unpacked).hexdigest(), {"unpacked": self.unpacked_sha256})
        return parse_idx(unpacked, str(path), self.axes), hashes | {self.name: self.unpacked_sha256}

    def _read_checked(self, path: Path) -> bytes:
        """Read what is no longer than the longer form of the file, and check its hash."""
        try:
            content = read_bounded(path, max(self.packed_bytes, self.unpacked_bytes) + ROOM)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}. {ELSEWHERE}") from error
        found = hashlib.sha256(content).hexdigest()
        _compare(str(path), found, {"gzip": self.packed_sha256, "unpacked": self.unpacked_sha256})
        return content


def _compare(name: str, found: str, wanted: dict[str, str]) -> None:
    if found not in wanted.values():
        described = " or ".join(f"{sha256} ({form})" for form, sha256 in wanted.items())
        raise DataError(
            f"{name} is not the file that it should be: wanted SHA-256 {described}, found {found}. "
            f"{ELSEWHERE}"
        )


def download_missing(
    archives: Sequence[Archive], folder: str, mirrors: Sequence[str], cache: Place
) -> tuple[dict[str, Path], list[str]]:
    """Download what the cache lacks, and return where all files are, or nothing and why.

    Args:
        archives: The files wanted.
        folder: Name of the data set's folder in the cache.
        mirrors: Addresses to which the name of a file is added, tried in turn.
        cache: Where files are kept; one that is there already is not fetched again.

    Returns:
        The path of each file, empty if any could not be had, and one reason per failure.
    """
    failures: list[str] = []
    if cache.path is None:
        return {}, ["download: no home directory to keep files in; set XDG_CACHE_HOME"]
    files = cache.find(folder, [archive.name for archive in archives])
    for archive in archives:
        if archive.name in files:
            continue
        path = cache.path / folder / f"{archive.name}.gz"
        try:
            content = _download_from_any(archive, mirrors, failures)
            if content is None:
                return {}, failures
            write_atomically(path, content)
        except OSError as error:
            return {}, [*failures, f"download: cannot write {path}: {error.strerror or error}"]
        files[archive.name] = path
    return files, failures


def _download_from_any(archive: Archive, mirrors: Sequence[str], failures: list[str]) -> bytes | None:
    for mirror in mirrors:
        try:
            return download(f"{mirror}{archive.name}.gz", archive.packed_bytes, archive.packed_sha256)
        except DataError as error:
            failures.append(f"download: {error}")
    return None
