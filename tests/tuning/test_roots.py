"""Every root is found, and none that rounding made up."""

import math

import pytest

from ibspec.tuning import NoRootError, find_roots


def test_all_roots_of_a_wave_in_the_logarithm():
    """sin(log10 v) = 1/2 from 1e-9 to 1e9: six times, at (pi / 6, 5 pi / 6) + 2 pi k."""
    found = find_roots(lambda v: math.sin(math.log10(v)), 0.5, "wave")
    places = sorted(
        start + 2 * math.pi * k for start in (math.pi / 6, 5 * math.pi / 6) for k in (-2, -1, 0, 1)
    )
    wanted = [place for place in places if abs(place) < 9]
    assert [math.log10(each.variance) for each in found] == pytest.approx(wanted, abs=1e-9)
    assert [each.value for each in found] == pytest.approx([0.5] * len(wanted), abs=1e-9)


@pytest.mark.parametrize(("target", "side"), [(2.0, "below"), (-2.0, "above")])
def test_none_says_how_near_it_comes(target, side):
    with pytest.raises(NoRootError, match=rf"wave stays {side} {target:g} from .*, and comes within 1"):
        find_roots(lambda v: math.sin(math.log10(v)), target, "wave")


def test_rounding_about_the_target_is_no_root():
    with pytest.raises(NoRootError, match="stays below 1"):
        find_roots(lambda v: 1 - 1e-12 if v < 1 else 1 + 1e-12 if v < 2 else 1 / v, 1.0, "number")
