"""What replicas say together, and what they cannot."""

import pytest

from ibspec.analyse.finding import difference, gather


def test_several_replicas_have_an_interval():
    found = gather("epochs", [3.0, 5.0, 100.0])
    assert (found.status, found.reason, found.value) == ("ok", "", 5.0)
    assert (found.found, found.looked_at, found.replicas) == (3, 3, (3.0, 5.0, 100.0))
    assert (found.low, found.high) == (3.0, 100.0)


def test_amounts_are_averaged():
    found = gather("bits", [1.0, 2.0, 6.0], "mean")
    assert found.value == 3.0
    assert found.low is not None
    assert found.high is not None
    assert 1.0 <= found.low < 3.0 < found.high <= 6.0


def test_the_interval_is_of_what_is_told():
    """One replica of five is far off: of the resamples fewer than 2.5 % hold it four times, 5.8 % thrice."""
    far = [0.0, 0.0, 0.0, 0.0, 10.0]
    mean, median = gather("bits", far, "mean"), gather("bits", far)
    assert (mean.value, mean.high) == (2.0, 6.0)
    assert (median.value, median.high) == (0.0, 10.0)


def test_one_replica_has_no_interval():
    found = gather("epochs", [None, 7.0])
    assert (found.value, found.low, found.high) == (7.0, None, None)
    assert (found.found, found.looked_at) == (1, 2)
    assert found.reason == "one replica has it: no interval"


def test_none_has_it():
    found = gather("epochs", [None, None])
    assert (found.status, found.reason, found.value, found.looked_at) == ("not found", "", None, 2)


def test_what_could_not_be_looked_at_is_no_absence():
    found = gather("epochs", ["too short", "too short"])
    assert (found.status, found.reason, found.looked_at) == ("not measured", "too short", 0)
    found = gather("epochs", ["too short", 4.0, None])
    assert (found.status, found.found, found.looked_at) == ("ok", 1, 2)
    assert found.reason == "one replica has it: no interval; 1 of 3 replicas: too short"
    found = gather("epochs", ["too short", None])
    assert (found.status, found.reason) == ("not found", "1 of 2 replicas: too short")


def test_no_replicas():
    assert gather("bits", []).reason == "there are no replicas"


def test_resampling_repeats_itself():
    assert gather("bits", [1.0, 2.0, 4.0, 8.0], "mean") == gather("bits", [1.0, 2.0, 4.0, 8.0], "mean")


def test_differences_are_taken_within_replicas():
    later, earlier = gather("epochs", [10.0, None, 30.0]), gather("epochs", [1.0, 2.0, 40.0])
    found = difference(later, earlier)
    assert found.replicas == (9.0, None, -10.0)
    assert (found.value, found.found) == (pytest.approx(-0.5), 2)


def test_a_difference_with_what_was_not_measured():
    found = difference(gather("epochs", [10.0]), gather("epochs", ["no labels"]))
    assert (found.status, found.reason) == ("not measured", "no labels")
