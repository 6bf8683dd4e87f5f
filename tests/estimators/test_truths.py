"""Every estimator gives the numbers that are known on paper."""

import pytest

from tests import more_truths, truths
from tests.truths import Truth

ALL = truths.ALL + more_truths.ALL


def _named(truth: Truth) -> str:
    return f"{truth.estimator.kind}-{truth.name}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("truth", ALL, ids=_named)
def test_exact_number(truth: Truth) -> None:
    measured = truth.measured()
    for column, exact in truth.exact.items():
        assert measured[column] == pytest.approx(exact, abs=truth.tolerance, rel=0), (column, truth.law)


@pytest.mark.parametrize("truth", [t for t in ALL if t.printed], ids=_named)
def test_printed_number(truth: Truth) -> None:
    """Half a unit of the last printed digit, and the tolerance of the truth."""
    allowed = 0.5 * 10.0**-truth.digits + truth.tolerance
    measured = truth.measured()
    for column, printed in truth.printed.items():
        assert measured[column] == pytest.approx(printed, abs=allowed, rel=0), (column, truth.law)


def test_names_are_unique() -> None:
    names = [_named(truth) for truth in ALL]
    assert len(set(names)) == len(names)
