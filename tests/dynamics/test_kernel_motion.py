"""How the kernel bounds move while rows move."""

import math

import numpy as np
import pytest
import torch

from ibspec.core import LN2, Probe
from ibspec.dynamics import kernel_motion as room
from ibspec.dynamics.kernel_motion import kernel_motion
from ibspec.estimators import Kde
from verification import kernel_flow

F64 = torch.float64

ROUNDING = 1e-9
"""Relative: squared distances, exponentials and sums over pairs (claims, conventions)."""


def cloud(samples, units, seed=0, dtype=F64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, samples, units, generator=generator, dtype=dtype)


def bound(rows, variance, v):
    """f(v) in bits, to be differentiated."""
    apart = rows[:, None] - rows[None]
    kernels = torch.exp(-(apart**2).sum(dim=2) / (2 * v * variance))
    return -kernels.mean(dim=1).log().mean() / LN2


def brute(rows, velocity, variance, v):
    """Speed and contracting share, pair by pair."""
    rows, velocity = np.asarray(rows), np.asarray(velocity)
    weights = kernel_flow.weights(rows, variance, v)
    approach = kernel_flow.approach(rows, velocity)
    np.fill_diagonal(weights, 0.0)
    return float((weights * approach).sum()), float(weights[approach < 0].sum() / weights.sum())


@pytest.mark.parametrize("units", [1, 5, 32, 33, 700])
@pytest.mark.parametrize("samples", [2, 30])
def test_as_automatic_differentiation(samples, units):
    rows, velocity = cloud(samples, units)
    variance = 0.2 * units
    for found, v in zip(kernel_motion(rows, velocity, variance), (1.0, 4.0), strict=True):
        _, wanted = torch.autograd.functional.jvp(
            lambda moved, v=v: bound(moved, variance, v), rows, velocity
        )
        assert found.speed == pytest.approx(float(wanted), rel=ROUNDING)


@pytest.mark.parametrize("unit", [1e-8, 1e8])
@pytest.mark.parametrize("units", [3, 700])
def test_the_unit_of_the_activity_does_not_matter(unit, units):
    """Neither for the speed nor for who contracts: what rounding may do grows with the numbers."""
    rows, velocity = cloud(30, units)
    variance = 0.2 * units
    plain, scaled = (kernel_motion(by * rows, by * velocity, by**2 * variance) for by in (1.0, unit))
    for one, other in zip(plain, scaled, strict=True):
        assert other.speed == pytest.approx(one.speed, rel=ROUNDING)
        assert other.contracting == pytest.approx(one.contracting, rel=ROUNDING)
        assert 0 < one.contracting < 1


def test_as_the_estimator_moves():
    """Its own central difference: an error of h^2 and of 1e-16 / h, both near 1e-10 for h = 1e-5."""
    rows, velocity = cloud(50, 3)
    after, before = (
        Kde(noise_variance=0.3).estimate(rows + h * velocity, Probe(ids=np.arange(50))).i_xt_bounds
        for h in (1e-5, -1e-5)
    )
    low, high = (np.array(after) - np.array(before)) / 2e-5
    upper, lower = kernel_motion(rows, velocity, 0.3)
    assert (upper.speed, lower.speed) == pytest.approx((high, low), abs=1e-6)


def test_a_pair_that_closes():
    """-x / (1 + x), x = exp(-1/2), in nats: unit distance, speed 1, variance 1."""
    rows, velocity = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [-1.0]])
    upper, lower = kernel_motion(rows, velocity, 1.0)
    x = math.exp(-0.5)
    assert upper.speed * LN2 == pytest.approx(-x / (1 + x), rel=ROUNDING)
    x = math.exp(-0.125)
    assert lower.speed * LN2 == pytest.approx(-x / (1 + x) / 4, rel=ROUNDING)
    assert (upper.contracting, lower.contracting) == (1.0, 1.0)


def test_a_contraction_is_not_enough():
    """Points (0, 0), (1, 1), relative velocity (-1, 2): products -1 and 2 (`kde.necessary-condition`)."""
    rows, velocity = torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([[0.0, 0.0], [-1.0, 2.0]])
    upper, _ = kernel_motion(rows, velocity, 1.0)
    assert upper.speed * LN2 == pytest.approx(0.268941, abs=5e-7)  # written with six places
    assert upper.contracting == 0.0


@pytest.mark.parametrize("units", [4, 40])
@pytest.mark.parametrize("samples", [1, 2, 255, 257, 1400])
def test_every_tile_counts(samples, units, monkeypatch):
    """Against all pairs at once; by differences, by inner products, and as on other devices."""
    rows, velocity = cloud(samples, units)
    variance = 0.2 * units
    if samples <= 257:
        wanted = [brute(rows, velocity, variance, v) for v in (1.0, 4.0)] if samples > 1 else None
    else:
        monkeypatch.setattr(room, "FEW_UNITS", 10_000)
        wanted = [(m.speed, m.contracting) for m in kernel_motion(rows, velocity, variance)]
    monkeypatch.setattr(room, "FEW_UNITS", 10)
    monkeypatch.setattr(room, "add_tile", on_other_devices if samples == 257 else room.add_tile)
    for number, found in enumerate(kernel_motion(rows, velocity, variance)):
        if wanted is None:
            assert found.speed == 0.0
            assert np.isnan(found.contracting)
        else:
            assert (found.speed, found.contracting) == pytest.approx(wanted[number], rel=ROUNDING)


def on_other_devices(distances, products, scale, slack, top, left, sums):
    parts = (torch.from_numpy(each) for each in (distances, products))
    room.add_tile_plainly(*parts, scale, slack, top, left, torch.from_numpy(sums))


@pytest.mark.parametrize("units", [3, 50])
def test_equal_rows_do_not_contract(units):
    """Copies that move alike, far from the mean of all: the product is 0, whatever rounding says."""
    rows, velocity = (part.repeat(3, 1) for part in cloud(40, units))
    rows = 1000.0 + 100.0 * rows
    upper, _ = kernel_motion(rows, velocity, 1e-3)
    assert upper.contracting == 0.0  # only copies are close enough to have weight


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("units", [2, 64])
def test_where_all_rows_are_does_not_matter(offset, units):
    rows, velocity = cloud(60, units)
    moved = kernel_motion(rows + offset, velocity - offset, 0.2 * units)
    for one, other in zip(kernel_motion(rows, velocity, 0.2 * units), moved, strict=True):
        # Adding 1e4 rounds coordinates to 2e-12 themselves.
        assert one.speed == pytest.approx(other.speed, rel=ROUNDING + 1e-14 * offset)
        assert one.contracting == pytest.approx(other.contracting, rel=ROUNDING)


@pytest.mark.parametrize("spread", [1.0, 1e7])
def test_wide_rows_far_apart_and_close_together(spread):
    """Two tight groups: inner products lose the small distances, differences do not."""
    rows, velocity = cloud(40, 50)
    rows[20:] += spread
    wanted = [brute(rows, velocity, 10.0, v) for v in (1.0, 4.0)]
    for found, (speed, share) in zip(kernel_motion(rows, velocity, 10.0), wanted, strict=True):
        assert (found.speed, found.contracting) == pytest.approx((speed, share), rel=ROUNDING)


def test_rows_too_far_apart_for_any_weight():
    rows, velocity = torch.tensor([[0.0], [1e6]]), torch.tensor([[0.0], [-1.0]])
    for motion in kernel_motion(rows, velocity, 1e-3):
        assert motion.speed == 0.0
        assert np.isnan(motion.contracting)


def test_other_types_are_computed_in_float64():
    rows, velocity = cloud(30, 40, dtype=torch.float32)
    for one, other in zip(
        kernel_motion(rows, velocity, 5.0), kernel_motion(rows.double(), velocity.double(), 5.0), strict=True
    ):
        assert one == other
