"""Published files: packed, unpacked, misnamed, damaged."""

import hashlib
import re

import numpy as np
import pytest

from ibspec.core import DataError
from ibspec.data.archive import download_missing
from ibspec.data.places import Place

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.fixture
def made(publish):
    return publish("tiny-images", ARRAY)


@pytest.mark.parametrize("packed", [True, False])
def test_both_forms_are_read(made, tmp_path, packed):
    array, hashes = made.archive.read(made.write(tmp_path, packed=packed))
    assert np.array_equal(array, ARRAY)
    assert hashes.pop("tiny-images") == made.archive.unpacked_sha256
    assert hashes == ({"tiny-images.gz": made.archive.packed_sha256} if packed else {})


def test_unpacked_file_that_is_still_called_gz(made, tmp_path):
    """Some web browsers unpack what they fetch and keep the name."""
    path = tmp_path / "tiny-images.gz"
    path.write_bytes(made.unpacked)
    assert np.array_equal(made.archive.read(path)[0], ARRAY)


def damaged(content: bytes) -> dict[str, bytes]:
    return {
        "truncated": content[:-5],
        "one bit": content[:-1] + bytes([content[-1] ^ 1]),
        "longer": content + b"!",
        "garbage": b"\x1f\x8b" + bytes(range(200)),
        "web page": b"<html></html>",
        "empty": b"",
    }


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("damage", damaged(b"xxxxxx"))
def test_damage_is_named_with_both_hashes(made, tmp_path, packed, damage):
    path = made.write(tmp_path, packed=packed)
    content = damaged(path.read_bytes())[damage]
    path.write_bytes(content)
    wanted = f"{made.archive.packed_sha256} .gzip. or {made.archive.unpacked_sha256} .unpacked."
    found = hashlib.sha256(content).hexdigest()
    with pytest.raises(DataError, match=f"{re.escape(str(path))} .*{wanted}, found {found}.*IBSPEC_DATA_DIR"):
        made.archive.read(path)


def test_packed_file_whose_hash_lies_about_its_content(made, publish, tmp_path):
    """Were the hash of the gzip file ever listed wrongly, that of its content still decides."""
    other = publish("tiny-images", ARRAY[::-1])
    archive = type(made.archive)(
        **(vars(made.archive) | {"packed_sha256": other.archive.packed_sha256}),
    )
    found = other.archive.unpacked_sha256
    with pytest.raises(DataError, match=f"wanted SHA-256 {archive.unpacked_sha256} .*found {found}"):
        archive.read(other.write(tmp_path))


def test_directory_instead_of_a_file(made, tmp_path):
    with pytest.raises(DataError, match=f"{re.escape(str(tmp_path))} cannot be read: Is a directory"):
        made.archive.read(tmp_path)


def test_missing_file(made, tmp_path):
    with pytest.raises(DataError, match=r"absent\.gz cannot be read: No such file"):
        made.archive.read(tmp_path / "absent.gz")


def test_download_needs_somewhere_to_put_it(made):
    files, failures = download_missing(
        [made.archive], "tiny", ("http://127.0.0.1:9/",), Place("user cache", None)
    )
    assert files == {}
    assert failures == ["download: no home directory to keep files in; set XDG_CACHE_HOME"]


def test_download_into_a_cache_that_cannot_be_written(made, server, tmp_path):
    server.files["/tiny-images.gz"] = made.packed
    (tmp_path / "file").write_text("in the way")
    place = Place("user cache", tmp_path / "file")
    files, failures = download_missing([made.archive], "tiny", (f"{server.url}/",), place)
    assert files == {}
    assert re.match(r"download: cannot write .*tiny-images\.gz: Not a directory", failures[-1])


def test_only_what_is_missing_is_downloaded(made, publish, server, tmp_path):
    other = publish("tiny-labels", np.arange(2))
    other.write(tmp_path / "tiny")
    server.files["/tiny-images.gz"] = made.packed
    files, failures = download_missing(
        [made.archive, other.archive], "tiny", (f"{server.url}/",), Place("user cache", tmp_path)
    )
    assert not failures
    assert server.asked == ["/tiny-images.gz"]
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == ["tiny-images.gz", "tiny-labels.gz"]
    assert np.array_equal(made.archive.read(files["tiny-images"])[0], ARRAY)
