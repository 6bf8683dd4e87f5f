"""Equal rows counted once: the same number, and never rows that differ."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Kde
from ibspec.estimators.pairwise import duplicates
from ibspec.estimators.pairwise.duplicates import group
from tests.estimators.oracles import kde_bits
from tests.truths import columns

COLLAPSED = 1e-10
"""Bits: the same exponents, added in another order."""


@pytest.fixture(autouse=True, scope="module")
def _however_few_rows() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "FEWEST", 1)
        yield


def grouped(t: np.ndarray, y: np.ndarray) -> duplicates.Groups:
    return group(t, np.argsort(y, kind="stable"), np.bincount(y).tolist())


def estimates(t: np.ndarray, y: np.ndarray, v: float) -> list[dict[str, Any]]:
    """With duplicates counted once, and without."""
    found = []
    for share in (1.0, -1.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(duplicates, "WORTHWHILE", share)
            found.append(columns(Kde(noise_variance=v).estimate(t, Probe(y=y, ids=np.arange(len(t))))))
    return found


@st.composite
def repeated(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, units = draw(st.sampled_from([1, 2, 17, 100, 300])), draw(st.sampled_from([1, 3, 33, 65, 130]))
    different = draw(st.integers(1, n))
    t = rng.normal(size=(different, units))[rng.integers(0, different, n)]
    if draw(st.booleans()):
        t = np.sign(t)
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    return t.astype(dtype), np.unique(rng.integers(0, draw(st.integers(1, 5)), n), return_inverse=True)[1]


@given(layer=repeated(), v=st.sampled_from([0.01, 1.0, 100.0]))
def test_counting_rows_once_changes_nothing(layer: tuple[np.ndarray, np.ndarray], v: float) -> None:
    t, y = layer
    once, each = estimates(t, y, v * t.shape[1])
    expected = kde_bits(t, y, v * t.shape[1])
    for name, value in expected.items():
        assert once[name] == pytest.approx(each[name], abs=COLLAPSED, rel=0), name
        assert once[name] == pytest.approx(value, abs=1e-9, rel=0), name  # the design's promise


@given(layer=repeated())
def test_groups_are_the_distinct_rows_of_each_class(layer: tuple[np.ndarray, np.ndarray]) -> None:
    t, y = layer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "WORTHWHILE", 1.0)
        groups = grouped(t, y)
    distinct = {(int(label), row.tobytes()) for label, row in zip(y, t, strict=True)}
    assert len(groups.order) == len(distinct)
    assert groups.weights.sum() == len(t)
    classes = y[groups.order]
    assert np.all(np.diff(classes) >= 0)
    np.testing.assert_array_equal(groups.ends, np.searchsorted(classes, classes, side="right"))
    if groups.member is not None:
        order = np.argsort(y, kind="stable")
        np.testing.assert_array_equal(t[groups.order[groups.member]], t[order])
        np.testing.assert_array_equal(np.bincount(groups.member), groups.weights)


@pytest.mark.parametrize("units", [3, 70])
def test_equal_rows_of_different_classes_stay_apart(units: int) -> None:
    t, y = np.zeros((6, units)), np.array([0, 1, 0, 1, 2, 2])
    groups = grouped(t, y)
    assert groups.order.tolist() == [0, 1, 4]
    assert groups.weights.tolist() == [2, 2, 2]
    assert groups.ends.tolist() == [1, 2, 3]


@pytest.mark.parametrize("at", [0, 40, 63, 64, 99])
def test_one_unit_tells_rows_apart(at: int) -> None:
    """Before and behind the first glance."""
    t = np.ones((20, 100), dtype=np.float32)
    t[7, at] = np.nextafter(np.float32(1), np.float32(2))
    groups = grouped(t, np.zeros(20, dtype=int))
    assert sorted(groups.weights.tolist()) == [1, 19]
    assert 7 in groups.order.tolist()


def test_equal_hashes_of_different_rows_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "add_hashes", lambda words, order, keys, hashes: None)
    t = np.ones((20, 3))
    t[4, 1] = 2.0
    groups = grouped(t, np.zeros(20, dtype=int))
    assert groups.member is None
    assert len(groups.order) == 20


def test_small_integers_hash_apart() -> None:
    """Whole numbers in float64 are zeros but for a few high bits: a plain product would mix none of them."""
    t = np.array(np.meshgrid(*[np.arange(4.0)] * 6)).reshape(6, -1).T
    hashes = np.zeros(len(t), dtype=np.uint64)
    keys = np.random.default_rng(1).integers(0, 2**63, 6, dtype=np.uint64) | np.uint64(1)
    duplicates.add_hashes(t.view(np.uint64), np.arange(len(t)), keys, hashes)
    assert len(np.unique(hashes)) == len(t)


def test_few_duplicates_are_left_alone() -> None:
    t = np.random.default_rng(0).normal(size=(100, 3))
    t[:5] = t[0]
    assert grouped(t, np.zeros(100, dtype=int)).member is None
