"""Files that are read back only if they are, byte for byte, what was written."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ibspec.core import UserError, digest, write_atomically
from ibspec.core.bounded import read_bounded

MOST_JSON = 2**27
"""Bytes of a JSON file that are read at most; a manifest of 1,000 replicas has a hundredth of it."""

MOST_BYTES = 2**33
"""Of any other file; so much is held in memory at once."""

SHOWN = 16
"""Digits of a hash in a file's name."""


class DamagedFileError(UserError):
    """A file is not what was written, or is missing."""


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_named(directory: Path, stem: str, suffix: str, content: bytes) -> str:
    """Write `stem-<hash>suffix` into a directory that is there, and return the name."""
    name = f"{stem}-{sha256_of(content)[:SHOWN]}{suffix}"
    write_atomically(directory / name, content, make_parents=False)
    return name


def read_named(path: Path) -> bytes:
    """Read a file of `write_named`.

    Raises:
        DamagedFileError: Its content is not what its name says, or it is gone.
    """
    return read_checked(path, path.stem.rsplit("-", 1)[-1])


def read_checked(path: Path, wanted: str) -> bytes:
    """Read a file whose hash begins with `wanted`, which has at least `SHOWN` digits.

    Raises:
        DamagedFileError: The hash is another one, or the file cannot be read.
    """
    content = _read(path, MOST_BYTES)
    if len(wanted) < SHOWN:
        raise DamagedFileError(f"{path} cannot be checked: there is no SHA-256 of it")
    found = sha256_of(content)
    if not found.startswith(wanted):
        raise DamagedFileError(
            f"{path} is damaged: wanted SHA-256 {wanted[:SHOWN]}..., found {found[:SHOWN]}..."
        )
    return content


def readable_json(document: Any) -> bytes:
    """Return JSON to be read by people.

    Half a surrogate pair, as an argument has that is no UTF-8, stays behind its escape.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")


def write_sealed(path: Path, document: dict[str, Any]) -> None:
    """Write a JSON object together with the hash of what it says, as `checksum`."""
    sealed = {**document, "checksum": digest(document)}
    write_atomically(path, readable_json(sealed), make_parents=False)


def read_sealed(path: Path) -> dict[str, Any]:
    """Read a JSON object of `write_sealed`, without its checksum.

    Raises:
        DamagedFileError: It is missing, no JSON, or does not agree with its checksum.
    """
    content = _read(path, MOST_JSON)
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refuse)
        if not isinstance(document, dict):
            raise ValueError("no object")
        checksum = document.pop("checksum", None)
        agrees = checksum == digest(document)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{path} is damaged, not JSON as written: {error}") from None
    if not agrees:
        raise DamagedFileError(f"{path} is damaged: it does not agree with its checksum")
    return document


def _read(path: Path, most: int) -> bytes:
    try:
        return read_bounded(path, most, silence=1.0)
    except OSError as error:
        raise DamagedFileError(f"{path} cannot be read: {error.strerror or error}") from None


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number")
