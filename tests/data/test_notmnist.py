"""notMNIST: equal images stay together, from made-up files and from its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ibspec.data.notmnist as module
from ibspec.core import DataError, group_rows
from ibspec.data import NotMnist, Places
from ibspec.data.notmnist import number_by_appearance

REPEATED = np.array([0, 1, 2, 1, 3, 4, 0, 5, 4, 6, 4])
"""Which of seven images each row of the made-up file is."""


@pytest.fixture
def small_notmnist(publish, monkeypatch, tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (7, 28, 28), dtype=np.uint8)
    labels = np.array([0, 1, 2, 3, 4, 5, 6], dtype=np.uint8)
    for attribute, array in [("IMAGES", images[REPEATED]), ("LABELS", labels[REPEATED])]:
        made = publish(getattr(module, attribute).name, array)
        monkeypatch.setattr(module, attribute, made.archive)
        made.write(tmp_path / "notmnist")
    monkeypatch.setattr(module, "TRAIN_IMAGES", 4)
    return tmp_path


def test_equal_images_have_equal_ids_and_one_part(small_notmnist):
    data = NotMnist().load(Places(small_notmnist))
    assert data.ids.tolist() == REPEATED.tolist()
    split = data.split(np.random.default_rng(0))
    assert split.train.tolist() == [0, 1, 2, 3, 4, 6]
    assert split.test.tolist() == [5, 7, 8, 9, 10]
    assert data.y.tolist() == REPEATED.tolist()
    assert data.source == "IDX files in: --data-dir"
    expected = 2 * (2 / 11) * np.log2(11 / 2) + (3 / 11) * np.log2(11 / 3) + 4 / 11 * np.log2(11)
    assert data.h_x == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.integers(-5, 5), min_size=1))
def test_groups_are_numbered_as_they_appear(groups):
    seen = list(dict.fromkeys(groups))
    assert number_by_appearance(np.array(groups)).tolist() == [seen.index(group) for group in groups]


def test_nowhere(tmp_path):
    with pytest.raises(DataError, match="was not found") as caught:
        NotMnist().load(Places(tmp_path))
    first, *tried, last = str(caught.value).splitlines()
    assert first == "notmnist was not found. Tried, in order:"
    assert len(tried) == 4
    assert f"({tmp_path}): has no t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte" in tried[0]
    assert "into a folder `notmnist` of a directory and name that directory in `data_dir`" in last
    assert "davidflanagan/notMNIST-to-MNIST" in last
    assert last.endswith("not downloaded: the set has no licence.")


def test_test_files_of_mnist_are_refused(small_mnist, tmp_path):
    for made in small_mnist:
        made.write(tmp_path)
    wanted = f"wanted SHA-256 {module.IMAGES.packed_sha256} .*found {small_mnist[2].archive.packed_sha256}"
    with pytest.raises(DataError, match=wanted):
        NotMnist().load(Places(tmp_path))


def test_real_files(real_notmnist):
    data = NotMnist().load(Places(real_notmnist))
    assert data.x.shape == (10_000, 1, 28, 28)
    assert np.bincount(data.y).tolist() == [1000] * 10
    pixels = np.rint(data.x * np.float32(255)).astype(np.uint8).reshape(10_000, -1)
    mean, deviation = pixels.mean() / 255, pixels.astype(np.float64).std() / 255
    assert (mean, deviation) == pytest.approx((0.426624, 0.458926), abs=1e-6)
    groups = group_rows(pixels)
    assert len(np.unique(groups)) == len(np.unique(data.ids)) == 9804
    assert len(np.unique(np.stack([groups, data.ids]), axis=1).T) == 9804  # the same rows are equal
    split = data.split(np.random.default_rng(0))
    assert (len(split.train), len(split.test)) == (8193, 1807)
    assert len(np.intersect1d(groups[split.train], groups[split.test])) == 0
    assert len(np.unique(groups[split.train])) == 8000
    counts = np.bincount(np.bincount(groups))
    assert {times: counts[times] for times in np.flatnonzero(counts)} == {1: 9747, 2: 56, 141: 1}
    assert data.h_x < np.log2(10_000)
    assert data.i_xy == pytest.approx(np.log2(10), abs=1e-12)  # equal images are the same letter
