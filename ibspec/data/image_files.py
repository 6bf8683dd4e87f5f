"""Sets of 28x28 grey images in published IDX files: read, scaled, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float32, UInt8

from ibspec.core import DataError
from ibspec.data.archive import Archive, download_missing
from ibspec.data.dataset import Dataset
from ibspec.data.places import Places

Parts = dict[str, UInt8[np.ndarray, "..."]]
"""Array of each file, by the file's name."""


def read_archives(archives: Sequence[Archive], files: Mapping[str, Path]) -> tuple[Parts, dict[str, str]]:
    """Return the arrays of the files, and the hashes that were checked.

    Raises:
        DataError: A file cannot be read, or is not the published one.
    """
    parts: Parts = {}
    hashes: dict[str, str] = {}
    for archive in archives:
        parts[archive.name], checked = archive.read(files[archive.name])
        hashes |= checked
    return parts, hashes


@final
@dataclass(frozen=True)
class Found:
    """The files of a set, read and checked.

    Attributes:
        parts: Their arrays.
        hashes: What was checked.
        source: Where they were, in words.
        notes: Why places that the user had named did not do.
    """

    parts: Parts
    hashes: dict[str, str]
    source: str
    notes: tuple[str, ...]


def find_or_download(
    what: str,
    archives: Sequence[Archive],
    folder: str,
    mirrors: Sequence[str],
    places: Places,
    data_dir: str | None,
    otherwise: str = "",
) -> Found:
    """Read local files, or download them into the user's cache where there are mirrors.

    Args:
        what: What errors call the set.
        archives: Its files.
        folder: Name of its own folder; sets share the names of their files.
        mirrors: Addresses to which the name of a file is added.
        places: Where to look.
        data_dir: What the spec says, if anything.
        otherwise: What else an error should say to those who have no files.

    Raises:
        DataError: Not found anywhere; or a file that was found is not the published one.
    """
    finding = places.find(folder, [archive.name for archive in archives], data_dir)
    files, source, tried = finding.files, f"IDX files in: {finding.label}", list(finding.tried)
    if not files and mirrors:
        files, failures = download_missing(archives, folder, mirrors, places.cache)
        tried += failures
        source = "IDX files downloaded into: user cache"
    if not files:
        where = f"a folder `{folder}` of a directory"
        raise DataError(explain_missing(what, archives, tried, where, otherwise))
    return Found(*read_archives(archives, files), source, finding.notes)


def explain_missing(
    what: str, archives: Sequence[Archive], tried: Sequence[str], where: str, otherwise: str = ""
) -> str:
    """Say where a set was looked for, where its files are expected, and what else would do."""
    names = ", ".join(f"{archive.name}.gz" for archive in archives)
    return "\n".join(
        [
            f"{what} was not found. Tried, in order:",
            *(f"  - {place}" for place in tried),
            f"To get it: put {names} (packed or not) into {where} and name that directory in `data_dir` of "
            f"the spec, --data-dir or IBSPEC_DATA_DIR.{otherwise}",
        ]
    )


def train_and_test(name: str, archives: Sequence[Archive], found: Found) -> Dataset:
    """Put the four files of a set together: the training images first, then the test images.

    Their hashes vouch for it that no image occurs twice, so that every row has an id of its own.

    Args:
        name: As people call it.
        archives: Training images and labels, test images and labels.
        found: The files.
    """
    train_x, train_y, test_x, test_y = (found.parts[archive.name] for archive in archives)
    train, samples = len(train_y), len(train_y) + len(test_y)
    return Dataset(
        name=name,
        x=scaled(np.concatenate([train_x, test_x])),
        y=np.concatenate([train_y, test_y]).astype(np.int64),
        class_count=10,
        source=found.source,
        sha256=found.hashes,
        train=np.arange(train),
        test=np.arange(train, samples),
        ids=np.arange(samples),
        notes=found.notes,
    )


def scaled(pixels: UInt8[np.ndarray, "samples ..."]) -> Float32[np.ndarray, "samples 1 28 28"]:
    """Return grey values 0 to 255 as 0 to 1, with an axis for the one channel."""
    images: Float32[np.ndarray, "samples 1 28 28"] = np.divide(
        pixels.reshape(-1, 1, 28, 28), np.float32(255), dtype=np.float32
    )
    return images
