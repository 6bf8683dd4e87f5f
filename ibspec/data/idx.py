"""The IDX file format: unsigned bytes with a header that says how many, possibly gzipped."""

import gzip
import io
import math
import zlib

import numpy as np
from jaxtyping import UInt8

from ibspec.core import DataError

GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 1 << 20
UNSIGNED_BYTE = 0x08


def is_packed(content: bytes) -> bool:
    """Whether these bytes begin like a gzip file; the file's name does not matter."""
    return content[:2] == GZIP_MAGIC


def unpack(content: bytes, name: str, limit: int) -> bytes:
    """Return the bytes, unzipped where they are gzipped, never holding much more than `limit` of them.

    Raises:
        DataError: More than `limit` bytes, or gzip data that are cut short or garbled.
    """
    if not is_packed(content):
        return _within(content, name, limit)
    pieces: list[bytes] = []
    total = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while piece := file.read(CHUNK_BYTES):
                total += len(piece)
                pieces.append(piece)
                if total > limit:
                    raise DataError(f"{name} unpacks to more than the {limit} bytes that it should hold")
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{name} is not a whole gzip file: {error}. Fetch it again.") from error
    return b"".join(pieces)


def _within(content: bytes, name: str, limit: int) -> bytes:
    if len(content) > limit:
        raise DataError(f"{name} has {len(content)} bytes, more than the {limit} that it should hold")
    return content


def parse_idx(content: bytes, name: str, axes: int) -> UInt8[np.ndarray, "..."]:
    """Return the array in the bytes of an unpacked IDX file of unsigned bytes.

    The header is believed only where it agrees with the number of bytes there are.

    Args:
        content: The whole file, unpacked.
        name: What errors call the file.
        axes: Number of axes that the array must have.

    Raises:
        DataError: Wrong magic number, or a header and a length that do not agree.

    Source:
        LeCun, Cortes & Burges, "The MNIST database", section "File formats".
    """
    header = 4 + 4 * axes
    magic = int.from_bytes(content[:4], "big")
    wanted = UNSIGNED_BYTE << 8 | axes
    if len(content) < 4 or magic != wanted:
        found = f"0x{magic:08x}" if len(content) >= 4 else f"{len(content)} bytes"
        raise DataError(
            f"{name} is not an IDX file of unsigned bytes with {axes} axes: "
            f"wanted the magic number 0x{wanted:08x}, got {found}"
        )
    if len(content) < header:
        raise DataError(f"{name} is cut short: its header takes {header} bytes, got {len(content)}")
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4))
    size = math.prod(shape)  # Python's integers: four axes of 2^32 do not wrap around
    described = " x ".join(str(length) for length in shape)
    if size == 0 or size != len(content) - header:
        raise DataError(
            f"{name}: its header wants {described} = {size} bytes, and at least one; "
            f"got {len(content) - header} after the header"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
