"""Every estimator says today what it said when its numbers were pinned; `pins.py` tells how to add yours."""

import json

import pytest

from ibspec.estimators import Binning, Kde, Range, Width
from tests.estimators.examples import kind_of, union_members
from tests.estimators.oracles import AGREEMENT, binning_bits, kde_bits
from tests.regression.inputs import INPUTS
from tests.regression.pins import PINNED, PINS, Pin, kept, measured


def test_every_kind_is_pinned() -> None:
    pinned = {pin.estimator.kind for pin in PINNED}  # type: ignore[attr-defined]
    assert pinned == {kind_of(member) for member in union_members()}


def test_names_are_unique_and_nothing_is_missing_or_left_over() -> None:
    """`python -m tests.regression.write` adds what is missing."""
    names = [pin.name for pin in PINNED]
    assert len(set(names)) == len(names)
    assert set(kept()["inputs"]) == set(INPUTS)
    assert set(kept()["outputs"]) == set(names)
    assert all(set(cases) == set(INPUTS) for cases in kept()["outputs"].values())


def test_full_precision_is_kept() -> None:
    """The file holds the shortest decimals that give back each float64: rewriting it changes nothing."""
    assert json.dumps(kept(), indent=1, ensure_ascii=False) + "\n" == PINS.read_text(encoding="utf-8")


def test_every_tolerance_has_its_reason() -> None:
    for pin in PINNED:
        assert 0 < pin.tolerance.bits <= 1e-6  # a thousandth of what anyone reads off a plane
        assert pin.tolerance.because


@pytest.mark.parametrize("case", INPUTS)
def test_inputs_are_the_same_bits(case: str) -> None:
    assert INPUTS[case]().sha256() == kept()["inputs"][case], "the input changed, not the estimators"


@pytest.mark.parametrize("case", INPUTS)
@pytest.mark.parametrize("pin", PINNED, ids=lambda pin: pin.name)
def test_numbers_stay(pin: Pin, case: str) -> None:
    assert INPUTS[case]().sha256() == kept()["inputs"][case], "the input changed, not the estimators"
    now, then = measured(pin.estimator, case), kept()["outputs"][pin.name][case]
    assert list(now) == list(then), "columns came or went"
    for column, value in then.items():
        if isinstance(value, float):
            assert now[column] == pytest.approx(value, abs=pin.tolerance.bits, rel=0), column
        else:
            assert now[column] == value, column


def _has_slow_version(pin: Pin) -> bool:
    estimator = pin.estimator
    return isinstance(estimator, Kde) or (
        isinstance(estimator, Binning) and isinstance(estimator.cells, Width | Range)
    )


COMPARED = [pin for pin in PINNED if _has_slow_version(pin)]
"""The others are judged by their truths, their contract and independent programs in tests of their own."""


@pytest.mark.parametrize("case", INPUTS)
@pytest.mark.parametrize("pin", COMPARED, ids=lambda pin: pin.name)
def test_pins_are_right(pin: Pin, case: str) -> None:
    """Where a slow program of another kind exists, the pins agree with it: a pin alone keeps any number."""
    given, then = INPUTS[case](), kept()["outputs"][pin.name][case]
    match pin.estimator:
        case Kde(noise_variance=v):
            expected = kde_bits(given.t, given.y.tolist(), v)
        case Binning(cells=Width() | Range() as cells):
            expected = binning_bits(given.t, cells, given.ids.tolist(), given.y.tolist())
        case other:
            raise AssertionError(f"{other} has no slow version")
    for column, value in expected.items():
        assert then[column] == pytest.approx(value, abs=AGREEMENT, rel=0), column
