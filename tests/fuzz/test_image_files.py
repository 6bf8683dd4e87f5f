"""IDX files and gzip files of images, damaged and made up."""

import gzip
import hashlib
import random
import zlib

import numpy as np
import pytest

from ibspec.core import DataError
from ibspec.data.archive import Archive
from ibspec.data.idx import parse_idx, unpack
from tests.fuzz.amount import SEED, cases
from tests.fuzz.judging import answer
from tests.fuzz.mutations import mutated

LIMIT = 4096


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    return head + array.tobytes()


def small(rng: random.Random) -> np.ndarray:
    shape = [rng.randint(1, 6) for _ in range(rng.choice((1, 3)))]
    return np.frombuffer(rng.randbytes(int(np.prod(shape))), dtype=np.uint8).reshape(shape)


def test_readers_of_damaged_files():
    """Without a hash to save them, the readers themselves believe no header and no gzip."""
    rng = random.Random(SEED)
    for _ in range(cases(0.12)):
        array = small(rng)
        content = idx(array)
        if rng.random() < 0.5:
            content = gzip.compress(content, compresslevel=1, mtime=0)
        damaged = mutated(content, rng)

        def read(damaged: bytes = damaged, axes: int = array.ndim) -> np.ndarray:
            unpacked = unpack(damaged, "a file", LIMIT)
            assert len(unpacked) <= LIMIT
            return parse_idx(unpacked, "a file", axes)

        found = answer(read, damaged)
        if isinstance(found, np.ndarray):
            assert found.ndim == array.ndim
            assert 0 < found.size <= LIMIT
        else:
            assert isinstance(found, DataError)
            assert "a file" in str(found)


def test_headers_that_lie():
    rng = random.Random(SEED + 1)
    lengths = (0, 1, 2, 27, 28, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
    for _ in range(cases(0.05)):
        axes = rng.choice((1, 3))
        said = [rng.choice(lengths) for _ in range(axes)]
        body = rng.randbytes(rng.choice((0, 1, 27, 28, 28 * 28)))
        magic = bytes([0, 0, rng.choice((8, 8, 8, 9, 13)), rng.choice((axes, axes, axes, 0, 255))])
        content = magic + b"".join(length.to_bytes(4, "big") for length in said) + body
        found = answer(lambda content=content, axes=axes: parse_idx(content, "a file", axes), content[:32])
        if isinstance(found, np.ndarray):
            assert found.shape == tuple(said)
            assert found.tobytes() == body


def test_published_files_damaged(tmp_path):
    """With the hash in between, no damage passes at all: not even one that leaves a readable array."""
    rng = random.Random(SEED + 2)
    array = small(rng)
    unpacked = idx(array)
    packed = gzip.compress(unpacked, mtime=0)
    archive = Archive(
        name="tiny",
        axes=array.ndim,
        packed_bytes=len(packed),
        packed_sha256=hashlib.sha256(packed).hexdigest(),
        unpacked_bytes=len(unpacked),
        unpacked_sha256=hashlib.sha256(unpacked).hexdigest(),
    )
    file = tmp_path / "tiny.gz"
    for _ in range(cases(0.05)):
        file.write_bytes(mutated(rng.choice((packed, unpacked)), rng))
        found = answer(lambda: archive.read(file))
        assert isinstance(found, DataError)
        assert str(file) in str(found)


@pytest.mark.parametrize("layers", [1, 2])
def test_bombs(layers):
    """A gigabyte of zeros in a megabyte, and that in a kilobyte: neither is unpacked."""
    content = zlib.compress(b"", 9)
    packer = zlib.compressobj(9, wbits=31)
    content = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    for _ in range(layers - 1):
        content = gzip.compress(content)
    with pytest.raises(DataError, match=r"bomb unpacks to more than the 4096 bytes|is not an IDX file"):
        parse_idx(unpack(content, "bomb", LIMIT), "bomb", 3)
