"""Fashion-MNIST, from made-up files, from a loopback mirror and from its own."""

import hashlib
import re

import numpy as np
import pytest

import ibspec.data.fashion_mnist as module
from ibspec.core import DataError, group_rows
from ibspec.data import FashionMnist, Places


@pytest.mark.parametrize("packed", [True, False])
def test_read_from_files(small_fashion, tmp_path, packed):
    for made in small_fashion:
        made.write(tmp_path / "fashion_mnist", packed=packed)
    data = FashionMnist(data_dir=str(tmp_path)).load(Places())
    split = data.split(np.random.default_rng(0))
    assert data.x.shape == (100, 1, 28, 28)
    assert split.train.tolist() == list(range(60))
    assert split.test.tolist() == list(range(60, 100))
    assert data.source == "IDX files in: data_dir in the spec"
    train = np.frombuffer(small_fashion[0].unpacked[16:], dtype=np.uint8)
    assert np.array_equal(data.x[:60].ravel(), train.astype(np.float32) / np.float32(255))
    assert data.y.tolist() == [*small_fashion[1].unpacked[8:], *small_fashion[3].unpacked[8:]]
    for made in small_fashion:
        assert data.sha256[made.archive.name] == made.archive.unpacked_sha256


def test_its_own_folder_comes_before_the_files_of_mnist(small_mnist, small_fashion, tmp_path):
    for mnist, fashion in zip(small_mnist, small_fashion, strict=True):
        mnist.write(tmp_path)
        fashion.write(tmp_path / "fashion_mnist")
    assert FashionMnist().load(Places(tmp_path)).samples == 100


def test_files_of_another_set_are_refused(small_mnist, publish, tmp_path):
    """The names are those of MNIST; the hashes are not."""
    for made in small_mnist:
        made.write(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = f"{re.escape(str(path))} .*wanted SHA-256 {module.TRAIN_IMAGES.packed_sha256} .*found {found}"
    with pytest.raises(DataError, match=wanted):
        FashionMnist().load(Places(tmp_path))


def test_nowhere(tmp_path, cache, closed_url, monkeypatch):
    monkeypatch.setattr(module, "MIRRORS", (f"{closed_url}/",))
    with pytest.raises(DataError, match="was not found") as caught:
        FashionMnist(data_dir=str(tmp_path)).load(Places())
    first, *tried, last = str(caught.value).splitlines()
    assert first == "fashion-mnist was not found. Tried, in order:"
    assert len(tried) == 5
    assert tried[1].startswith(f"  - data_dir in the spec ({tmp_path}): has no train-images")
    assert tried[3].startswith(f"  - user cache ({cache})")
    assert re.match(f"  - download: {closed_url}/train-images-idx3-ubyte.gz: .*refused", tried[4])
    assert "into a folder `fashion_mnist` of a directory and name that directory in `data_dir`" in last


def test_downloaded_into_its_own_folder(small_fashion, server, cache, monkeypatch):
    for made in small_fashion:
        server.files[f"/{made.archive.name}.gz"] = made.packed
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/",))
    assert FashionMnist().load(Places()).source == "IDX files downloaded into: user cache"
    assert len(list((cache / "fashion_mnist").iterdir())) == 4
    assert FashionMnist().load(Places()).source == "IDX files in: user cache"
    assert len(server.asked) == 4


def test_real_files(real_fashion):
    data = FashionMnist().load(Places(real_fashion))
    assert data.x.shape == (70_000, 1, 28, 28)
    split = data.split(np.random.default_rng(0))
    assert np.bincount(data.y[split.train]).tolist() == [6000] * 10
    assert np.bincount(data.y[split.test]).tolist() == [1000] * 10
    assert data.h_x == pytest.approx(np.log2(70_000), abs=1e-11)
    assert data.h_y == data.i_xy == pytest.approx(np.log2(10), abs=1e-12)
    pixels = np.rint(data.x * np.float32(255)).astype(np.uint8).reshape(70_000, -1)
    assert len(np.unique(group_rows(pixels))) == 70_000  # what `ids` takes for granted
    for rows, mean, deviation in [
        (slice(60_000), 0.286041, 0.353024),
        (slice(60_000, None), 0.286849, 0.352444),
    ]:
        counts = np.bincount(pixels[rows].ravel(), minlength=256)
        grey = np.arange(256) / 255
        found = counts @ grey / counts.sum()
        assert found == pytest.approx(mean, abs=1e-6)
        assert np.sqrt(counts @ grey**2 / counts.sum() - found**2) == pytest.approx(deviation, abs=1e-6)
