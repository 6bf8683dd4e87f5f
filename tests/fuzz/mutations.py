"""Bytes changed the way disks, networks and strangers change them."""

import random
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]


def _span(content: bytes, rng: random.Random, longest: int = 64) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.randint(1, longest))


def flip(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    place = rng.randrange(len(changed))
    changed[place] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(content: bytes, rng: random.Random) -> bytes:
    start, end = _span(content, rng, 8)
    return content[:start] + bytes(rng.choice(TELLING) for _ in range(end - start)) + content[end:]


def truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def behead(content: bytes, rng: random.Random) -> bytes:
    return content[rng.randint(1, min(64, len(content))) :]


def insert(content: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(content) + 1)
    return content[:place] + rng.choice(MORSELS) + content[place:]


def drop(content: bytes, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:start] + content[end:]


def duplicate(content: bytes, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:end] + content[start:end] * rng.randint(1, 3) + content[end:]


def splice(content: bytes, rng: random.Random) -> bytes:
    (start, end), place = _span(content, rng), rng.randrange(len(content) + 1)
    return content[:place] + content[start:end] + content[place + end - start :]


def blank(content: bytes, rng: random.Random) -> bytes:
    """A block of zeros, as a file system leaves it after a crash."""
    start, end = _span(content, rng, 4096)
    return content[:start] + bytes(end - start) + content[end:]


TELLING = b'\x00\x01\x7f\x80\xff"{}[],:0123456789-eE.\\\n ntf'

MORSELS = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1b[31m",
    b"\x80",
    b"\xed\xa0\x80",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"[" * 2000,
    b'{"a":' * 300,
    b'"name": "x",',
    b"null",
    b"\\ud800",
    b"\\u0000",
    b"\xe2\x80\xae",
    b"\x1f\x8b\x08",
    b"PAR1",
    b"," * 50,
    b"-",
    b"..",
    b"../" * 20,
)

MUTATIONS: tuple[Mutation, ...] = (
    flip,
    overwrite,
    truncate,
    behead,
    insert,
    drop,
    duplicate,
    splice,
    blank,
)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Change content once, at times twice or thrice; the result is never the content itself."""
    changed = content
    while changed == content:
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            changed = rng.choice(MUTATIONS)(changed or b"\0", rng)
    return changed
