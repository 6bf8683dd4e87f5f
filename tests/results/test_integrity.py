"""A file is read back as what was written, or there is an error that names it."""

import hashlib
import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import UserError, digest
from ibspec.results import (
    DamagedFileError,
    integrity,
    read_checked,
    read_named,
    read_sealed,
    sha256_of,
    write_sealed,
)

DOCUMENT: dict[str, Any] = {
    "name": "tiny",
    "about": 'Größe π "quoted" \\ and\nbroken',
    "numbers": [0, -1, 2**64, 0.1 + 0.2, 1e-300, -0.0, 12345678901234567890.0],
    "flags": {"yes": True, "no": False, "none": None},
    "digits": "10",
    "deep": [[[{"a": 1, "b": 2}]]],
}


def spelled(document: Any) -> str:
    """Text that tells 1 from 1.0 from True, and orders keys."""
    return repr(sorted(document.items())) if isinstance(document, dict) else repr(document)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("integrity")


@pytest.fixture(scope="module")
def sealed(room: Path) -> tuple[Path, bytes]:
    path = room / "manifest.json"
    write_sealed(path, DOCUMENT)
    return path, path.read_bytes()


def read_or_complain(path: Path, content: bytes) -> dict[str, Any] | None:
    """The document, or None where there is an error that names the file."""
    path.write_bytes(content)
    complaint = ""
    try:
        return read_sealed(path)
    except DamagedFileError as error:
        complaint = str(error)
    assert str(path) in complaint
    assert len(complaint) < 500
    return None


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What reading any file gives, without the file: thousands of them take their time."""
    content = [b""]
    monkeypatch.setattr(integrity, "read_bounded", lambda *_, **__: content[0])
    return content


def test_sealed_round_trip(sealed: tuple[Path, bytes]) -> None:
    path, content = sealed
    path.write_bytes(content)
    assert spelled(read_sealed(path)) == spelled(DOCUMENT)
    assert json.loads(content) == {**DOCUMENT, "checksum": digest(DOCUMENT)}
    assert "Größe π" in content.decode()
    assert issubclass(DamagedFileError, UserError)


def test_every_bit_of_a_sealed_file_counts(sealed: tuple[Path, bytes], on_disk: list[bytes]) -> None:
    """All of them, one after the other; a flip that JSON does not see leaves what is said as it was."""
    path, content = sealed
    unseen = 0
    for place in range(len(content)):
        for bit in range(8):
            on_disk[0] = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
            try:
                found = read_sealed(path)
            except DamagedFileError:
                continue
            assert spelled(found) == spelled(DOCUMENT), (place, bit)
            unseen += 1
    # An exponent's `e`, last digits of a float that is the nearest to many decimals: no more than that.
    assert unseen < 20


@given(data=st.data())
def test_bytes_changed_anyhow(sealed: tuple[Path, bytes], data: st.DataObject) -> None:
    path, content = sealed
    place = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(0, 8))
    new = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"}", b"1", b"0", b",", b" "]))
    found = read_or_complain(path, content[:place] + new + content[place + length :])
    assert found is None or spelled(found) == spelled(DOCUMENT)


@given(data=st.data())
def test_truncated(sealed: tuple[Path, bytes], data: st.DataObject) -> None:
    path, content = sealed
    length = data.draw(st.integers(0, len(content) - 1))
    found = read_or_complain(path, content[:length])
    assert found is None or (length == len(content) - 1 and found == DOCUMENT)  # only the last line break


def seal(text: str, document: Any) -> bytes:
    """A JSON object with one more key: the right checksum of a document."""
    return (text.rstrip()[:-1] + f', "checksum": "{digest(document)}"}}').encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"Expecting value"),
        (b"[1, 2]", "no object"),
        (b"null", "no object"),
        (b'"checksum"', "no object"),
        (b"{}", "does not agree with its checksum"),
        (b'{"a": 1}', "does not agree with its checksum"),
        (b'{"a": 1, "checksum": null}', "does not agree with its checksum"),
        (b'{"a": 1, "checksum": {"b": 2}}', "does not agree with its checksum"),
        (b'{"a": NaN, "checksum": ""}', "NaN is no number"),
        (b'{"a": -Infinity, "checksum": ""}', "-Infinity is no number"),
        (b'{"a": 1e999, "checksum": ""}', "Out of range float values are not JSON compliant"),
        (b'{"a": ' + b"1" * 5000 + b"}", r"Exceeds the limit \(4300 digits\)"),
        (b'{"a": ' + b"[" * 100_000 + b"}", "recursion"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
        (b'{"a": "\xff"}', "can't decode byte 0xff"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        (seal('{"a": 1, "a": 2}', {"a": 1}), "does not agree with its checksum"),
        (seal('{"a": 1}', {"a": 1.0}), "does not agree with its checksum"),
        (seal('{"a": 1}', {"a": True}), "does not agree with its checksum"),
        (seal('{"a": 0.0}', {"a": -0.0}), "does not agree with its checksum"),
        (seal('{"a": {"b": 1}}', {"a": {}, "b": 1}), "does not agree with its checksum"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_sealed_json(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=rf"{re.escape(str(path))} is damaged.*{says}"):
        read_sealed(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_sealed(tmp_path / "m.json", {"a": value})
    assert not list(tmp_path.iterdir())


def test_half_a_surrogate_pair_survives(tmp_path: Path) -> None:
    """As Python has an argument of the command line that is no UTF-8."""
    write_sealed(tmp_path / "m.json", {"argv": ["spec\udcff.json", "\ud800"]})
    assert read_sealed(tmp_path / "m.json") == {"argv": ["spec\udcff.json", "\ud800"]}


def test_size_is_bounded_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sealed(tmp_path / "m.json", {"a": "x" * 1000})
    size = (tmp_path / "m.json").stat().st_size
    monkeypatch.setattr(integrity, "MOST_JSON", size)
    assert read_sealed(tmp_path / "m.json")["a"] == "x" * 1000
    monkeypatch.setattr(integrity, "MOST_JSON", size - 1)
    with pytest.raises(DamagedFileError, match=r"m\.json cannot be read: larger than"):
        read_sealed(tmp_path / "m.json")


def test_a_file_with_a_hole_is_not_read(tmp_path: Path) -> None:
    """It costs whoever made it nothing, and would fill the memory."""
    for name, read in (("m.json", read_sealed), ("a-0123456789abcdef.parquet", read_named)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(2**40)
        with pytest.raises(DamagedFileError, match=rf"{name} cannot be read: larger than"):
            read(tmp_path / name)


def test_missing_a_directory_a_pipe(tmp_path: Path) -> None:
    """None of them is waited for."""
    (tmp_path / "d").mkdir()
    os.mkfifo(tmp_path / "f")
    ends = threading.Timer(30, lambda: os.close(os.open(tmp_path / "f", os.O_RDWR)))
    ends.start()
    try:
        for name, says in (("m", "No such file"), ("d", "[Ii]s a directory"), ("f", "damaged|pipe")):
            with pytest.raises(DamagedFileError, match=rf"{name} (cannot be read|is damaged).*({says}|)"):
                read_sealed(tmp_path / name)
            with pytest.raises(DamagedFileError, match=rf"{name} (cannot be read|is damaged).*({says}|)"):
                read_checked(tmp_path / name, "0" * 64)
        assert ends.is_alive()
    finally:
        ends.cancel()


def test_named_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_disk: list[bytes]) -> None:
    content = bytes(range(256))
    name = integrity.write_named(tmp_path, "m-000003", ".parquet", content)
    assert name == f"m-000003-{hashlib.sha256(content).hexdigest()[:16]}.parquet"
    for place in range(256):
        for bit in range(8):
            on_disk[0] = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
            with pytest.raises(DamagedFileError, match=rf"{name} is damaged: wanted SHA-256 [0-9a-f]{{16}}"):
                read_named(tmp_path / name)
    for length in range(256):
        on_disk[0] = content[:length]
        with pytest.raises(DamagedFileError, match=rf"{name} is damaged"):
            read_checked(tmp_path / name, sha256_of(content))
    monkeypatch.undo()
    assert read_named(tmp_path / name) == content
    assert read_checked(tmp_path / name, sha256_of(content)) == content
    (tmp_path / name).unlink()
    with pytest.raises(DamagedFileError, match=rf"{name} cannot be read: No such file"):
        read_named(tmp_path / name)


def test_a_file_under_another_ones_name(tmp_path: Path) -> None:
    one, other = (integrity.write_named(tmp_path, "m", ".x", each) for each in (b"one", b"other"))
    (tmp_path / one).replace(tmp_path / other)
    with pytest.raises(DamagedFileError, match=rf"{other} is damaged: .* found {sha256_of(b'one')[:16]}"):
        read_named(tmp_path / other)


@pytest.mark.parametrize("digits", [0, 1, 15])
def test_too_few_digits_prove_nothing(tmp_path: Path, digits: int) -> None:
    """Every file begins with none of them, and one in sixteen with any one."""
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(DamagedFileError, match=r"a cannot be checked: there is no SHA-256 of it"):
        read_checked(tmp_path / "a", sha256_of(b"x")[:digits])
    (tmp_path / f"m-{sha256_of(b'x')[:digits]}.parquet").write_bytes(b"x")
    with pytest.raises(DamagedFileError, match="cannot be checked"):
        read_named(tmp_path / f"m-{sha256_of(b'x')[:digits]}.parquet")


def test_every_digit_counts(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    right = sha256_of(b"x")
    for place in range(64):
        wrong = f"{right[:place]}{int(right[place], 16) ^ 1:x}{right[place + 1 :]}"
        with pytest.raises(DamagedFileError, match=rf"a is damaged: wanted SHA-256 {wrong[:16]}"):
            read_checked(tmp_path / "a", wrong)
    with pytest.raises(DamagedFileError, match="a is damaged"):
        read_checked(tmp_path / "a", right + "0")


def test_writing_makes_no_directory(tmp_path: Path) -> None:
    """Where the run's directory vanished, a file of it is not put into a new one."""
    with pytest.raises(FileNotFoundError, match=r"gone/m\.json"):
        write_sealed(tmp_path / "gone" / "m.json", {})
    with pytest.raises(FileNotFoundError, match=r"gone/m-[0-9a-f]{16}\.x"):
        integrity.write_named(tmp_path / "gone", "m", ".x", b"")
    assert not list(tmp_path.iterdir())
