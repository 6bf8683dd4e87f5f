"""Files that are either whole or absent."""

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes | str, *, make_parents: bool = True) -> None:
    """Write, flush to disk and rename, so that a killed process never leaves half a file under `path`.

    Args:
        path: Where the content is to be.
        content: Text is written in UTF-8.
        make_parents: Whether to make directories that are missing; where one must be there, a directory
            that somebody removed is an error.

    Raises:
        OSError: With the path, also where the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    if make_parents:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(path, data)
    except OSError as error:
        # Of a full disk the system says no name.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_directory(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_directory(directory: Path) -> None:
    """Have the new name on disk too, where the system knows how."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
