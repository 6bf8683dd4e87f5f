"""The IDX reader on files that are right, and on every way of being wrong."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ibspec.core import DataError
from ibspec.data.idx import is_packed, parse_idx, unpack


def written(*lengths: int, body: bytes = b"", code: int = 8) -> bytes:
    """An IDX file whose header says what it likes."""
    return bytes([0, 0, code, len(lengths)]) + b"".join(n.to_bytes(4, "big") for n in lengths) + body


@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=5)), st.booleans())
def test_what_is_written_is_read(array, packed):
    content = written(*array.shape, body=array.tobytes())
    content = gzip.compress(content) if packed else content
    assert is_packed(content) == packed
    found = parse_idx(unpack(content, "a file", limit=1000), "a file", axes=array.ndim)
    assert found.dtype == np.uint8
    assert np.array_equal(found, array)


@pytest.mark.parametrize(
    ("content", "axes", "problem"),
    [
        (b"", 1, "wanted the magic number 0x00000801, got 0 bytes"),
        (b"\0\0\x08", 3, "wanted the magic number 0x00000803, got 3 bytes"),
        (written(2, body=b"ab"), 3, "3 axes: wanted the magic number 0x00000803, got 0x00000801"),
        (written(2, body=b"ab", code=13), 1, "wanted the magic number 0x00000801, got 0x00000d01"),
        (b"<html>not found</html>", 1, "got 0x3c68746d"),
        (written(2, 2)[:10], 2, "header takes 12 bytes, got 10"),
        (written(3, body=b"ab"), 1, "wants 3 = 3 bytes.*got 2 after"),
        (written(3, body=b"abcd"), 1, "wants 3 = 3 bytes.*got 4 after"),
        (
            written(2**32 - 1, 2**32 - 1, 2**32 - 1, body=b"ab"),
            3,
            "= 79228162458924105385300197375 bytes.*got 2",
        ),
        (written(2**31, 2**31, 4), 3, "2147483648 x 2147483648 x 4 = 18446744073709551616 bytes.*got 0"),
        (written(0, 2**32 - 1, 28), 3, "0 x 4294967295 x 28 = 0 bytes, and at least one"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_wrong_headers_are_named(content, axes, problem):
    with pytest.raises(DataError, match=f"some-file.*{problem}"):
        parse_idx(content, "some-file", axes)


def test_gzip_that_is_cut_short():
    packed = gzip.compress(written(1000, body=bytes(1000)))
    with pytest.raises(DataError, match=r"cut\.gz is not a whole gzip file: .*ended before"):
        unpack(packed[:-9], "cut.gz", limit=2000)


def test_gzip_that_is_garbled():
    packed = bytearray(gzip.compress(np.random.default_rng(0).bytes(1000)))
    packed[500] ^= 0xFF
    with pytest.raises(DataError, match=r"garbled\.gz is not a whole gzip file"):
        unpack(bytes(packed), "garbled.gz", limit=2000)


def test_garbage_that_begins_like_gzip():
    with pytest.raises(DataError, match=r"garbage\.gz is not a whole gzip file: Unknown compression method"):
        unpack(b"\x1f\x8b" + b"x" * 100, "garbage.gz", limit=2000)


def test_gzip_bomb_is_stopped():
    bomb = gzip.compress(bytes(50_000_000), compresslevel=1)
    with pytest.raises(DataError, match=r"bomb\.gz unpacks to more than the 4096 bytes"):
        unpack(bomb, "bomb.gz", limit=4096)


def test_plain_file_that_is_too_long():
    with pytest.raises(DataError, match="long has 11 bytes, more than the 10"):
        unpack(bytes(11), "long", limit=10)
