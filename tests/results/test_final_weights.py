"""The weights with which nets end: what was written comes back, or an error that names the file."""

import re

import pytest
import torch

from ibspec.results import DamagedFileError, final_weights, read_final_weights, write_final_weights

NETS = [
    (replica, {"a.weight": torch.full((2, 3), float(replica)), "a.calls": torch.tensor(replica)})
    for replica in (0, 2, 3)
]


def test_they_come_back(tmp_path):
    files = write_final_weights(tmp_path, NETS)
    assert list(files) == ["final.safetensors"]
    found = read_final_weights(tmp_path, files["final.safetensors"])
    assert sorted(found) == [0, 2, 3]
    for replica, weights in NETS:
        assert found[replica].keys() == weights.keys()
        for name, values in weights.items():
            assert torch.equal(found[replica][name], values)
            assert found[replica][name].dtype == values.dtype


def test_the_first_ones_are_kept_as_far_as_there_is_room(tmp_path, monkeypatch):
    """A net has six numbers of four bytes and one of eight: two nets are 64 bytes."""
    monkeypatch.setattr(final_weights, "ROOM", 64)
    files = write_final_weights(tmp_path, NETS)
    assert sorted(read_final_weights(tmp_path, files["final.safetensors"])) == [0, 2]
    monkeypatch.setattr(final_weights, "ROOM", 31)
    (tmp_path / "final.safetensors").unlink()
    assert write_final_weights(tmp_path, NETS) == {}
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_of_no_nets(tmp_path):
    assert write_final_weights(tmp_path, []) == {}


def test_the_same_weights_give_the_same_file(tmp_path):
    first = write_final_weights(tmp_path, NETS)
    assert write_final_weights(tmp_path, NETS) == first


def test_damage_is_named(tmp_path):
    files = write_final_weights(tmp_path, NETS)
    path = tmp_path / "final.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedFileError, match=re.escape(f"{path} is damaged: wanted SHA-256")):
        read_final_weights(tmp_path, files["final.safetensors"])


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"{}"])
def test_what_is_no_file_of_weights_is_refused(tmp_path, content):
    from ibspec.results.integrity import sha256_of

    path = tmp_path / "final.safetensors"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=re.escape(f"{path} holds no weights")):
        read_final_weights(tmp_path, sha256_of(content))
