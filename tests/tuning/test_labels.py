"""Noise variances by the labels, against the numbers that the sources and our reading of them give."""

import math

import numpy as np
import pytest

from ibspec.core import UserError
from ibspec.tuning import LabelCriterion, NoRootError, label_rows

BALANCED = np.repeat(np.arange(10), 3)

FIVE_PLACES = 5e-6
"""Reference numbers are written with five decimals."""


def test_rows_of_labels():
    labels = np.array([7, 2, 7, 9])
    assert label_rows(labels, "one-hot").tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert label_rows(labels, "integers").tolist() == [[1], [0], [1], [2]]
    assert label_rows(labels, "unit-integers").tolist() == [[0.5], [0], [0.5], [1]]


@pytest.mark.parametrize("variance", [1e-3, 0.0735, 0.5, 10.0])
def test_information_of_balanced_labels_in_closed_form(variance):
    """f(v) = -log2(0.1 + 0.9 exp(-1 / (v s2))): one-hot rows lie a squared distance of 2 apart."""
    criterion = LabelCriterion()
    for bound, factor in (("upper", 1), ("lower", 4)):
        wanted = -math.log2(0.1 + 0.9 * math.exp(-1 / (factor * variance)))
        assert criterion.value(BALANCED, variance, bound) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("criterion", "root", "bracket"),
    [
        (LabelCriterion(quantity="entropy", bound="middle", unit="nats"), 0.07372, (0.07179, 0.07608)),
        (LabelCriterion(quantity="entropy", bound="middle"), 0.05928, (0.05855, 0.06011)),
        (LabelCriterion("integers", "entropy", "middle"), 0.08175, None),
    ],
)
def test_reconstructions_of_the_published_value(criterion, root, bracket):
    (found,) = criterion.solve(BALANCED)
    assert found.variance == pytest.approx(root, abs=FIVE_PLACES)
    assert found.value == pytest.approx(math.log2(10), abs=1e-9)
    if bracket is not None:
        assert criterion.bracket(BALANCED) == pytest.approx(bracket, abs=FIVE_PLACES)


@pytest.mark.parametrize(
    ("bound", "short", "variance"),
    [
        ("upper", 1.6e-5, 0.07349),
        ("upper", 1e-6, 0.06105),
        ("upper", 1e-3, 0.10558),
        ("upper", 0.1, 0.20698),
        ("lower", 0.1, 0.05174),
    ],
)
def test_a_shortfall_fixes_what_the_words_do_not(bound, short, variance):
    (found,) = LabelCriterion(bound=bound, short=short).solve(BALANCED)
    assert found.variance == pytest.approx(variance, abs=FIVE_PLACES)


def test_the_published_criterion_has_no_root():
    """And is not taken to have one where rounding carries the number across the target."""
    with pytest.raises(NoRootError, match=r"information of one-hot labels in bits stays below 3\.32193"):
        LabelCriterion().solve(BALANCED)


def test_frequencies_count_and_repetitions_do_not():
    criterion = LabelCriterion(quantity="entropy", bound="middle")
    (one,) = criterion.solve(np.repeat(np.arange(10), 7))
    (other,) = criterion.solve(BALANCED)
    assert one.variance == pytest.approx(other.variance, rel=1e-9)
    (uneven,) = criterion.solve(np.concatenate([BALANCED, np.zeros(30, dtype=np.int64)]))
    assert abs(uneven.variance / other.variance - 1) > 1e-4  # roots are good to 1e-9


def test_one_class_matches_nothing():
    with pytest.raises(UserError, match="labels of one class have nothing to match"):
        LabelCriterion().solve(np.zeros(5, dtype=np.int64))


def test_what_a_criterion_determines_is_said():
    assert LabelCriterion().determines.startswith("This does not determine a variance")
    assert "nats equal to one in bits" in LabelCriterion(quantity="entropy", unit="nats").determines
    assert "nats" not in LabelCriterion(quantity="entropy").determines
