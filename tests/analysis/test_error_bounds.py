"""Errors that information allows, where the laws at both ends are known on paper."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.analysis import ErrorBracket, bracket_error, fano, highest_error, lowest_error

SOLVED = 1e-12
"""The root is bracketed to 1e-15; its slope there is at most log2(1/P), some tens."""


def coin(p):
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)


def test_half_a_bit_about_a_fair_bit():
    """At the same information a symmetric channel has the lowest error and an erasure channel the highest."""
    found = bracket_error(0.5, 1.0, classes=2)
    assert found.lowest == pytest.approx(0.110028, abs=5e-7)
    assert found.highest == 0.25


@pytest.mark.parametrize("error", [1e-6, 0.05, 0.25, 0.49])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_channel_that_errs_evenly_attains_fano(error, classes):
    """H(Y|T) of it is h2(P) + P log2(|Y| - 1), by the chain rule."""
    entropy = coin(error) + error * math.log2(classes - 1)
    assert fano(error, classes) == pytest.approx(entropy, abs=1e-15)
    assert lowest_error(entropy, classes) == pytest.approx(error, abs=SOLVED)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_ends(classes):
    most = math.log2(classes)
    assert bracket_error(most, most, classes) == ErrorBracket(0.0, 0.0)
    nothing = bracket_error(0.0, most, classes)
    assert nothing.lowest == pytest.approx(1 - 1 / classes)
    assert nothing.highest == pytest.approx(min(most / 2, 1 - 1 / classes))


def test_rounding_past_the_ends_is_taken_off():
    assert bracket_error(1.0 + 5e-10, 1.0, 2) == ErrorBracket(0.0, 0.0)
    assert bracket_error(-5e-10, 1.0, 2) == ErrorBracket(0.5, 0.5)


@given(weights=st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda w: sum(w) > 0.1))
def test_the_best_guess_lies_within(weights):
    """Of Y with three values from T with two."""
    law = np.array(weights).reshape(2, 3) / sum(weights)
    # Not of the quotient, which overflows where p is next to nothing.
    entropy = sum(p * (math.log2(row.sum()) - math.log2(p)) for row in law for p in row if p > 0)
    error = 1 - law.max(axis=1).sum()
    assert lowest_error(entropy, 3) <= error + 1e-9
    assert error <= highest_error(entropy, 3) + 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(lambda: bracket_error(1.2, 1.0, 2), r"0 and H\(Y\) = 1 bits; got 1\.2", id="above"),
        pytest.param(lambda: bracket_error(-0.1, 1.0, 2), r"got -0\.1", id="below"),
        pytest.param(lambda: bracket_error(math.nan, 1.0, 2), "got nan", id="nan"),
        pytest.param(lambda: lowest_error(1.2, 2), r"log2\(2\) = 1 bits; got 1\.2", id="too uncertain"),
        pytest.param(lambda: highest_error(-0.1, 2), r"got -0\.1", id="negative"),
    ],
)
def test_what_belongs_to_no_law_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
