"""What a probe says about its own law, and what it refuses."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Probe, ShapeError
from tests.estimators.oracles import conditional_bits, entropy_bits
from tests.truths import h2

ROUNDING = 1e-12
"""Bits: plug-in identities of a few thousand terms."""

tables = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60)


def test_entropy_of_inputs_needs_distinct_rows() -> None:
    """Rows a, a, b: 0.918296 bits, not log2 3; printed to six digits."""
    probe = Probe(x=[[1.0, 2.0], [1.0, 2.0], [3.0, 2.0]])
    assert probe.h_x == pytest.approx(0.918296, abs=5e-7)
    assert Probe(x=[[1.0], [2.0], [3.0]]).h_x == pytest.approx(math.log2(3), abs=ROUNDING)


@given(rows=tables)
def test_entropies_of_the_empirical_law(rows: list[tuple[int, int]]) -> None:
    """H(X) = log2 N - (1/N) sum n log2 n over multiplicities; I(X;Y) = H(Y) - H(Y|X)."""
    x, y = ([row[k] for row in rows] for k in (0, 1))
    probe = Probe(x=np.array(x)[:, None], y=y)
    n = len(rows)
    repeats = math.fsum(c * math.log2(c) for c in Counter(x).values())
    assert probe.h_x == pytest.approx(math.log2(n) - repeats / n, abs=ROUNDING)
    assert probe.h_y == pytest.approx(entropy_bits(y), abs=ROUNDING)
    assert probe.i_xy == pytest.approx(entropy_bits(y) - conditional_bits(y, x), abs=ROUNDING)
    assert -ROUNDING <= probe.i_xy <= min(probe.h_x, probe.h_y) + ROUNDING


def test_labels_that_contradict_each_other() -> None:
    """One input with both labels: H(Y) = 1, I(X;Y) = 0."""
    probe = Probe(x=[[7.0], [7.0]], y=[0, 1])
    assert (probe.h_y, probe.i_xy, probe.h_x) == (1.0, 0.0, 0.0)


def test_labels_that_are_a_function_of_the_input() -> None:
    probe = Probe(x=[[7.0], [7.0], [8.0], [9.0]], y=[0, 0, 1, 1])
    assert probe.i_xy == probe.h_y == 1.0


def test_all_twelve_bit_patterns() -> None:
    x = (np.arange(4096)[:, None] >> np.arange(12)) & 1
    probe = Probe(x=x, y=np.arange(4096) < 2118)
    assert probe.h_x == 12.0
    assert probe.samples == 4096
    assert probe.h_y == pytest.approx(h2(2118 / 4096), abs=ROUNDING)


def test_labels_unbalanced() -> None:
    assert Probe(y=[0, 0, 0, 1]).h_y == pytest.approx(0.811278, abs=5e-7)  # six printed digits


def test_inputs_of_any_shape_and_type() -> None:
    images = np.zeros((4, 2, 3, 1), dtype=np.uint8)
    images[2, 1, 1, 0] = 1
    assert Probe(x=images).ids.tolist() == [0, 0, 1, 0]
    assert Probe(x=torch.from_numpy(images)).ids.tolist() == [0, 0, 1, 0]
    assert Probe(x=list("abab")).ids.tolist() == [0, 1, 0, 1]
    assert Probe(x=np.array(list("abab"), dtype=object)).h_x == 1.0
    assert Probe(x=torch.ones(2, 2, requires_grad=True)).h_x == 0.0


def test_ids_take_the_place_of_inputs() -> None:
    probe = Probe(x=[[1.0], [1.0], [2.0]], ids=[5, 9, 5])
    assert probe.ids.tolist() == [0, 1, 0]
    assert probe.h_x == pytest.approx(0.918296, abs=5e-7)  # six printed digits


def test_without_inputs_all_rows_differ() -> None:
    assert Probe(y=[0, 0, 1]).ids.tolist() == [0, 1, 2]


def test_ids_may_be_wide() -> None:
    assert Probe(ids=[[0, 1], [1, 0], [0, 1]]).ids.tolist() in ([0, 1, 0], [1, 0, 1])


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([3, 3, -1], [1, 1, 0]),
        ([True, False, True], [1, 0, 1]),
        (["b", "a", "b"], [1, 0, 1]),
        ([b"b", b"a", b"b"], [1, 0, 1]),
        (np.array(["b", "a", "b"], dtype=object), [1, 0, 1]),
        (np.array([2, 9, 2], dtype=np.uint8), [0, 1, 0]),
        ([[0, 1], [1, 0], [0, 1]], [1, 0, 1]),
        ([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], [0, 1, 0]),
        ([[7], [7], [9]], [0, 0, 1]),
        (torch.tensor([4, 4, 0]), [1, 1, 0]),
        ([0.0, 1.0, 1.0], None),
        (np.float32([0.5, 1.5, 0.5]), None),
        (torch.tensor([0.5, 1.5, 0.5]), None),
        ([[0.5], [1.5], [0.5]], None),
    ],
    ids=str,
)
def test_classes(y: Any, classes: list[int] | None) -> None:
    probe = Probe(y=y)
    assert (None if probe.classes is None else probe.classes.tolist()) == classes
    assert (probe.h_y is None) == (classes is None)
    assert (probe.i_xy is None) == (classes is None)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0.5, 0.5], [1.0, 0.0]], r"one-hot; got an array of shape \(2, 2\)"),
        ([[1, 1], [1, 0]], r"one-hot; got an array of shape \(2, 2\)"),
        ([[0, 0], [1, 0]], r"one-hot; got an array of shape \(2, 2\)"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\)"),
        (3, r"got shape \(\)"),
        (np.array([{}, []], dtype=object), "numbers, booleans or strings"),
    ],
    ids=str,
)
def test_impossible_labels_are_refused(y: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        Probe(y=y)


@pytest.mark.parametrize(
    ("parts", "got"),
    [
        ({}, r"\{\}"),
        ({"x": np.zeros((3, 2)), "y": [0, 1]}, r"'x': 3, 'y': 2"),
        ({"x": np.zeros((3, 2)), "ids": [0, 1]}, r"'x': 3, 'ids': 2"),
        ({"x": np.zeros((0, 2))}, r"'x': 0"),
        ({"x": 5.0, "y": [0, 1]}, r"'x': 0, 'y': 2"),
        ({"y": [0, 1], "ids": 3}, r"'y': 2, 'ids': 0"),
    ],
    ids=str,
)
def test_parts_that_disagree_are_refused(parts: dict[str, Any], got: str) -> None:
    with pytest.raises(ShapeError, match=rf"one and the same number of rows, at least one; got .*{got}"):
        Probe(**parts)


def test_single_sample() -> None:
    probe = Probe(x=[[1.0]], y=[4])
    assert (probe.samples, probe.h_x, probe.h_y, probe.i_xy) == (1, 0.0, 0.0, 0.0)
