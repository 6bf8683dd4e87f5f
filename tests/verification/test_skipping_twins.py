"""The claims about skipping epochs fall where the routines do what the printed ones might do."""

import math

import numpy as np
import pandas as pd
import pytest

from ibspec.results import WeightStore
from ibspec.schedules import DeltaApproximate, DeltaExact, Walk
from verification.errata import test_skipping_limits as limits
from verification.errata import test_skipping_misprints as misprints
from verification.findings import test_skipping as finding
from verification.theory import test_skipping as halves
from verification.theory import test_skipping_ahead as ahead
from verification.theory import test_skipping_weights as kept


def forward_only(**fields):
    """The method that does not go back, in place of the one that does."""
    return DeltaApproximate(**{"delta": 2.0, "shrink": "never"} | fields)


def with_a_sign(one, other):
    """The printed distance: what falls has not moved."""
    return float((other - one).max(initial=-math.inf))


def all_epochs(schedule, curve, choose=min):
    """Nothing is skipped."""
    return list(range(len(curve)))


@pytest.mark.can_fail("skip.worked-example")
def test_example_without_going_back(log, monkeypatch):
    monkeypatch.setattr(halves, "exact", forward_only)
    with pytest.raises(AssertionError, match=r"measurements: 2\.0 should equal 7\.0"):
        halves.test_worked_example(log)


@pytest.mark.can_fail("skip.worked-example")
def test_example_with_another_delta(log, monkeypatch):
    monkeypatch.setattr(halves, "exact", lambda first: DeltaExact(delta=1.0, first=first))
    with pytest.raises(AssertionError, match=r"measurements: .* should equal 7\.0"):
        halves.test_worked_example(log)


@pytest.mark.can_fail("skip.table-width")
def test_routine_as_drawn_for_ten(log, monkeypatch):
    """One that measures of ten cells what is drawn for nine."""
    drawn = [0, 1, 2, 3, 4, 6, 8]
    monkeypatch.setattr(misprints, "measured", lambda *_: drawn)
    with pytest.raises(AssertionError, match=r"ten cells"):
        misprints.test_ten_cells(log)


@pytest.mark.can_fail("skip.distance-abs")
def test_distance_as_printed(log, monkeypatch):
    monkeypatch.setattr(misprints, "distance", with_a_sign)
    with pytest.raises(AssertionError, match=r"corrected: (symmetry|not negative): .* should"):
        misprints.test_differences_with_a_sign(log)


@pytest.mark.can_fail("skip.distance-abs")
def test_distance_squared(log, monkeypatch):
    """Symmetric, and no metric: a detour may be shorter."""
    monkeypatch.setattr(misprints, "distance", lambda one, other: float(((one - other) ** 2).max()))
    with pytest.raises(AssertionError, match=r"corrected: triangle inequality: .* should not exceed"):
        misprints.test_differences_with_a_sign(log)


@pytest.mark.can_fail("skip.distance-normalised")
def test_sums_of_differences(log, monkeypatch):
    """Over layers in place of the largest."""
    monkeypatch.setattr(halves, "distance", lambda one, other: float(np.abs(one - other).sum()))
    with pytest.raises(AssertionError, match=r"distance <= 1: .* should not exceed"):
        halves.test_normalised_distance(log)


@pytest.mark.can_fail("skip.exact-guarantee")
def test_guarantee_without_going_back(log, monkeypatch):
    monkeypatch.setattr(limits, "exact", forward_only)
    monkeypatch.setattr(limits, "schedules", lambda make: halves_of(DeltaApproximate))
    with pytest.raises(AssertionError, match=r"corrected: neighbours, not adjacent: .* should not exceed"):
        limits.test_the_guarantee(log)


@pytest.mark.can_fail("skip.exact-guarantee")
def test_guarantee_that_is_kept(log, monkeypatch):
    """Were all epochs measured, no epoch would be passed over."""
    monkeypatch.setattr(limits, "measured", all_epochs)
    with pytest.raises(AssertionError, match=r"0, 5, 0"):
        limits.test_the_guarantee(log)


def halves_of(kind):
    """Any schedule of a kind, as the claims draw them."""
    from verification.skipping import schedules

    return schedules(lambda **fields: kind(**fields))


@pytest.mark.can_fail("skip.arguments")
def test_middle_rounded_up(log, monkeypatch):
    """Another way to make an epoch of an average than the software's."""

    class Up(misprints.Printed):
        def __init__(self, curve, *, hands_on_delta, middle):
            super().__init__(curve, hands_on_delta=hands_on_delta, middle=lambda a, b: (a + b + 1) // 2)

    monkeypatch.setattr(misprints, "Printed", Up)
    with pytest.raises(AssertionError, match=r"corrected: epochs: .* should equal 0\.0"):
        misprints.test_arguments(log)


@pytest.mark.can_fail("skip.arguments")
def test_arguments_that_fit(log, monkeypatch):
    """A second routine that does without delta runs as printed."""

    class Fitting(misprints.Printed):
        def backtrack(self, prev, curr, delta=2.0):
            super().backtrack(prev, curr, delta)

    monkeypatch.setattr(misprints, "Printed", Fitting)
    with pytest.raises(AssertionError, match=r"Backtrack has three inputs"):
        misprints.test_arguments(log)


@pytest.mark.can_fail("skip.termination")
def test_steps_instead_of_halves(log, monkeypatch):
    """A section walked through one epoch at a time takes as many rounds as it is long."""
    monkeypatch.setattr(
        halves, "exact", lambda delta=2.0, first=1: DeltaExact(delta=delta, first=1, multiplier=1)
    )
    with pytest.raises(AssertionError, match=r"depth <= ceil\(log2\): .* should not exceed"):
        halves.test_termination(log)


@pytest.mark.can_fail("skip.optimal")
def test_fewest_that_is_not(log, monkeypatch):
    monkeypatch.setattr(limits, "fewest", lambda curve, delta: list(range(len(curve))))
    with pytest.raises(AssertionError, match=r"corrected: fewest <= measured: .* should not exceed"):
        limits.test_fewest_epochs(log)


@pytest.mark.can_fail("skip.optimal")
def test_skipping_as_many_as_can_be(log, monkeypatch):
    """As printed: the routine would find the shortest way."""
    monkeypatch.setattr(limits, "measured", lambda schedule, curve: limits.fewest(curve, schedule.delta))
    with pytest.raises(AssertionError, match=r"eight zeros, then 4"):
        limits.test_fewest_epochs(log)


@pytest.mark.can_fail("skip.skip-never-resets")
@pytest.mark.parametrize("shrink", ["halve", "reset"])
def test_a_skip_that_shrinks(log, monkeypatch, shrink):
    for name, kind in (("exact", DeltaExact), ("approximate", DeltaApproximate)):

        def make(kind=kind, **fields):
            return kind(**{"delta": 2.0, "shrink": shrink} | fields)

        make.__name__ = name
        monkeypatch.setattr(ahead, name, make)
    with pytest.raises(AssertionError, match=r"fall of the skip, as printed: .* should not exceed"):
        ahead.test_the_skip_never_shrinks(log)


@pytest.mark.can_fail("skip.last-epoch")
def test_a_loop_that_stops_beyond_the_end(log, monkeypatch):
    """The plain reading of the loop that is not printed."""

    def plain(schedule, curve, choose=min):
        walk, steps = Walk(schedule, 10**9), []
        while walk.wanted[0] < len(curve):
            steps.append(walk.wanted[0])
            walk.take(steps[-1], np.atleast_1d(np.asarray(curve, dtype=np.float64)[steps[-1]]))
        return sorted(set(steps))

    monkeypatch.setattr(ahead, "measured", plain)
    with pytest.raises(AssertionError, match=r"last measured epoch: .* should equal"):
        ahead.test_the_last_epoch(log)


@pytest.mark.can_fail("skip.approximate")
def test_distances_that_shrink_more_slowly(log, monkeypatch):
    """As claimed of any shrinking distances: nearly constant ones are enough to break it."""
    monkeypatch.setattr(ahead, "GOLDEN", 0.95)
    with pytest.raises(AssertionError, match=r"distance of neighbours: .* should not exceed"):
        ahead.test_approximate(log)


@pytest.mark.can_fail("skip.approximate")
def test_a_skip_that_trebles(log, monkeypatch):
    """Constant curves then take fewer measurements, shrinking ones shrink too slowly."""
    monkeypatch.setattr(ahead, "approximate", lambda **fields: forward_only(multiplier=3.0, **fields))
    with pytest.raises(AssertionError, match=r"(distance of neighbours|constant, 1000 epochs): .* should"):
        ahead.test_approximate(log)


@pytest.mark.can_fail("skip.memory")
def test_as_many_images_as_printed(log, monkeypatch):
    monkeypatch.setattr(
        misprints, "held", lambda rows, nodes, kind: 240_000 * nodes * np.dtype(kind).itemsize
    )
    with pytest.raises(AssertionError, match=r"corrected: 70,000 rows, 8 bytes: .* should equal"):
        misprints.test_memory(log)


@pytest.mark.can_fail("skip.weights-remedy")
def test_weights_put_away_in_half_precision(log, monkeypatch, tmp_path_factory):
    def coarse(store: WeightStore, weights):
        for epoch, tensors in enumerate(weights):
            store.put(0, epoch, {name: tensor.half().float() for name, tensor in tensors.items()})

    monkeypatch.setattr(kept, "put_away", coarse)
    with pytest.raises(AssertionError, match=r"information: .* should equal"):
        kept.test_weights_instead_of_activities(log, tmp_path_factory)


@pytest.mark.can_fail("skip.weights-remedy")
def test_weights_of_the_epoch_before(log, monkeypatch, tmp_path_factory):
    def late(store: WeightStore, weights):
        for epoch in range(len(weights)):
            store.put(0, epoch, weights[max(0, epoch - 1)])

    monkeypatch.setattr(kept, "put_away", late)
    with pytest.raises(AssertionError, match=r"information: .* should equal"):
        kept.test_weights_instead_of_activities(log, tmp_path_factory)


@pytest.mark.can_fail("skip.parallel")
def test_halves_that_multiply_the_skip(log, monkeypatch):
    """What the source warns of: the skip is shared, and halves change it."""
    monkeypatch.setattr(halves, "measured", lambda way, curve, choose=min: halves.touched(way, curve, choose))
    with pytest.raises(AssertionError, match=r"epochs measured in one order only: .* should equal 0\.0"):
        halves.test_any_order(log)


def made_up(steps):
    """The table of ten nets whose layer moves by so much from one measured epoch to the next."""
    rows = [
        {
            "replica": replica,
            "epoch": 15 * k,
            "layer": "one",
            "estimator": estimator,
            "i_xt": i_xt,
            "i_ty": 0.5,
        }
        for replica in range(finding.REPLICAS)
        for estimator in ("binning", "kde")
        for k, i_xt in enumerate(np.cumsum(steps) * (1 + 0.1 * replica))
    ]
    return pd.DataFrame(rows), {"h_x": 12.0, "h_y": 1.0}


@pytest.mark.can_fail("skip.simple")
@pytest.mark.parametrize(
    "steps",
    [pytest.param(np.linspace(0, 1, 21), id="growing"), pytest.param(np.tile([0.0, 1.0, 0.5], 7), id="even")],
)
def test_steps_that_do_not_fall(log, monkeypatch, pytestconfig, tmp_path_factory, steps):
    monkeypatch.setattr(finding, "measured", lambda *_: made_up(steps))
    with pytest.raises(AssertionError, match=r"sign test over nets: .* should not exceed"):
        finding.test_every_nth_epoch(log, tmp_path_factory, pytestconfig)


def test_steps_that_fall(log, monkeypatch, pytestconfig, tmp_path_factory):
    """The check that fails above passes where it should."""
    monkeypatch.setattr(finding, "measured", lambda *_: made_up(np.linspace(1, 0, 21)))
    finding.test_every_nth_epoch(log, tmp_path_factory, pytestconfig)
