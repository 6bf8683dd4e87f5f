"""Reading files that a stranger may have made: so much of them and no more, and never for ever."""

import errno
import os
import select
import stat
from pathlib import Path

SILENCE_SECONDS = 10.0
"""How long a pipe may say nothing."""


def read_bounded(path: Path, most: int, *, silence: float = SILENCE_SECONDS) -> bytes:
    """Return the content of a file of at most `most` bytes, or of a pipe until it is closed.

    A device or a socket is never opened: it may never end, or do something when it is touched. A file that
    is too long is refused by its length, before a byte of it is read.

    Args:
        path: The file.
        most: Bytes.
        silence: Seconds until a pipe in which nothing comes is given up.

    Raises:
        OSError: The file cannot be read, is a device (EINVAL), is too long (EFBIG), or a pipe that stays
            silent (ETIMEDOUT); `strerror` says so in words.
    """
    _refuse(os.stat(path), path, most)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        found = os.fstat(handle)
        _refuse(found, path, most)  # it may have been exchanged meanwhile
        is_pipe = stat.S_ISFIFO(found.st_mode)
        content = bytearray()
        while len(content) <= most:
            if is_pipe:
                _wait(handle, path, silence)
            piece = os.read(handle, min(most + 1 - len(content), 1 << 20))
            if not piece:
                return bytes(content)
            content += piece
    finally:
        os.close(handle)
    raise _too_long(path, most)


def _refuse(found: os.stat_result, path: Path, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISFIFO(found.st_mode)):
        raise OSError(errno.EINVAL, "a device, not a file", str(path))
    if found.st_size > most:
        raise _too_long(path, most)


def _wait(handle: int, path: Path, silence: float) -> None:
    """Wait until a pipe has something to read, or has been closed by all who write to it."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    if not poll.poll(1000 * silence):
        raise TimeoutError(
            errno.ETIMEDOUT, f"a pipe in which nothing came for {silence:g} seconds", str(path)
        )


def _too_long(path: Path, most: int) -> OSError:
    return OSError(errno.EFBIG, f"larger than {spell_size(most)}", str(path))


def spell_size(size: int) -> str:
    """Return a number of bytes in words: whole MiB as such, anything else in bytes."""
    return f"{size // 2**20} MiB" if size >= 2**20 and size % 2**20 == 0 else f"{size:,} bytes"
