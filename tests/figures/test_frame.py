"""Limits, epochs and text: the small sums behind the figures."""

import numpy as np
import pytest

from ibspec.figures.epochs import epoch_norm, epoch_ticks, spread_epochs
from ibspec.figures.frame import limits, same_spot
from ibspec.figures.style import printable, slug, text_width, wrap
from ibspec.figures.tables import list_in_words


def test_limits_hold_zero_values_and_marks() -> None:
    assert limits([2.0, 3.0], [12.0]) == pytest.approx((-0.6, 12.6))
    assert limits([-1.0], [None]) == pytest.approx((-1.05, 0.05))
    assert limits([0.0], []) == pytest.approx((-0.05, 0.05))


def test_bounds_stretch_limits_only_so_far() -> None:
    low, high = limits([0.0, 1.0], [1.0], [-50.0, 50.0, np.nan], share=0.5)
    assert (low, high) == pytest.approx((-0.6, 1.6))
    assert limits([0.0, 1.0], [1.0], [1.02]) == pytest.approx((-0.051, 1.071))


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [
        (0, 12, [0, 1, 2, 5, 10]),
        (0, 0, [0]),
        (57, 57, [57]),
        (11, 13, [11, 13]),
        (1, 3901, [1, 3, 10, 30, 100, 300, 1000, 3000]),
        (0, 10_000, [0, 1, 10, 100, 1000, 10_000]),
    ],
)
def test_ticks(first: int, last: int, ticks: list[int]) -> None:
    assert epoch_ticks(first, last) == ticks


def test_colours_run_from_the_first_to_the_last_epoch() -> None:
    norm = epoch_norm(0, 99)
    assert [float(norm(epoch)) for epoch in (0, 9, 99)] == pytest.approx([0, 0.5, 1])
    assert float(epoch_norm(0, 0)(0)) == 1
    assert float(epoch_norm(40, 40)(40)) == 1


def test_spread_epochs_keeps_both_ends() -> None:
    assert spread_epochs([0, 1, 2], 5) == [0, 1, 2]
    assert spread_epochs(list(range(1000)), 3) == [0, 31, 999]


def test_same_spot() -> None:
    places = np.array([[0.0, 0.0], [0.5, 0.5], [0.01, 0.0], [0.5, 0.9]])
    assert same_spot(places, 0.02) == [[0, 2]]


def test_wrapped_lines_fit() -> None:
    lines = wrap("a caption of several words and averyveryverylongwordwithoutanyspace in it", 7, 0.8)
    assert len(lines) > 3
    assert all(text_width(line, 7) <= 0.8 for line in lines)
    assert (
        "".join(lines).replace(" ", "") == "acaptionofseveralwordsandaveryveryverylongwordwithoutanyspaceinit"
    )
    assert wrap("", 7, 1) == []


def test_names() -> None:
    assert slug("binning(range -1..1, 30)") == "binning-range-1..1-30"
    assert slug("../../etc") == "etc"
    assert slug("日本") == "figure"
    assert printable("a\x00b\nc") == "a b c"
    assert list_in_words([]) == ""
    assert list_in_words([1]) == "1"
    assert list_in_words([1, 2, 3]) == "1, 2 and 3"
