"""Fetch one file whose length and hash are known beforehand."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request

from ibspec.core import DataError

SILENCE_SECONDS = 5.0
"""How long a server may take to answer a connection, and to send the next bytes."""

TOTAL_SECONDS = 600.0
"""How long a whole file may take."""

CHUNK_BYTES = 1 << 16


def download(
    url: str, size: int, sha256: str, *, silence: float = SILENCE_SECONDS, total: float = TOTAL_SECONDS
) -> bytes:
    """Return the bytes behind a URL if they are the ones wanted; nothing is written.

    Args:
        url: Where.
        size: Number of bytes wanted; a server that sends more is cut off.
        sha256: Hash wanted.
        silence: Seconds until a silent server is given up.
        total: Seconds until a slow one is.

    Raises:
        DataError: No answer, too slow, or other bytes than wanted; the message begins with the URL.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "ibspec"})
    deadline = time.monotonic() + total
    content = bytearray()
    try:
        with urllib.request.urlopen(request, timeout=silence) as response:
            while piece := response.read1(
                CHUNK_BYTES
            ):  # read() would wait for a whole chunk of a slow server
                content += piece
                if len(content) > size:
                    raise DataError(f"{url}: wanted {size} bytes, and the server sends more")
                if time.monotonic() > deadline:
                    raise DataError(f"{url}: only {len(content)} of {size} bytes after {total:g} seconds")
    except (OSError, http.client.HTTPException) as error:
        got = f" after {len(content)} of {size} bytes" if content else ""
        raise DataError(f"{url}: {_reason(error)}{got}") from error
    if len(content) != size:
        raise DataError(f"{url}: wanted {size} bytes, got {len(content)}")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataError(f"{url}: wanted SHA-256 {sha256}, got {found}")
    return bytes(content)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error) or type(error).__name__
