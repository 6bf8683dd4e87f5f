"""scikit-learn's digits."""

import sys

import numpy as np
import pytest
import sklearn.datasets

import ibspec.data.digits as module
from ibspec.core import DataError
from ibspec.data import Digits, Places


def test_digits_have_their_facts():
    data = Digits().load(Places())
    assert data.x.shape == (1797, 64)
    assert data.x.dtype == np.float32
    assert (data.x.min(), data.x.max()) == (0, 1)
    assert np.bincount(data.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.h_x == pytest.approx(np.log2(1797), abs=1e-12)
    assert data.i_xy == data.h_y
    assert data.sha256["pixels"] == "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
    assert not data.has_fixed_split


def test_grey_values_are_sixteenths():
    expected, _ = sklearn.datasets.load_digits(return_X_y=True)
    assert np.array_equal(Digits().load(Places()).x * 16, expected)


def test_without_scikit_learn(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(
        DataError, match=r"scikit-learn, which cannot be imported .*pip install 'ibspec\[data\]'"
    ):
        Digits().load(Places())


@pytest.mark.parametrize("block", ["pixels", "labels"])
def test_other_bytes_are_refused(block, monkeypatch):
    values, targets = sklearn.datasets.load_digits(return_X_y=True)
    changed = {"pixels": values, "labels": targets}
    changed[block] = changed[block].copy()
    changed[block].flat[0] += 1
    monkeypatch.setattr(sklearn.datasets, "load_digits", lambda **_: (changed["pixels"], changed["labels"]))
    with pytest.raises(
        DataError, match=f"digits: the {block} .*wanted SHA-256 {module.SHA256[block]}, found "
    ):
        Digits().load(Places())
