"""How fast the loss falls: predicted, corrected and realised."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.dynamics import loss_rate
from tests.training.examples import TRAIN, nets, task

F64 = torch.float64

BATCHES = [TRAIN[start : start + 7] for start in range(0, len(TRAIN), 7)]


def line(samples=12, seed=0):
    """One linear unit and squared error: a loss that is quadratic in the weights."""
    generator = torch.Generator().manual_seed(seed)
    net = nn.Linear(3, 1, dtype=F64)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=F64))
    x, y = torch.randn(samples, 4, generator=generator, dtype=F64).split((3, 1), dim=1)
    return net, x, y[:, 0], [np.arange(start, start + 4) for start in range(0, samples, 4)]


@pytest.mark.parametrize("rate", [1e-3, 0.1, 1.0])
def test_a_quadratic_loss_has_no_third_order(rate):
    net, x, y, batches = line()
    found = loss_rate(net, x, y, batches, "squared-error", rate)
    # The largest terms' rounding; a difference of two losses near 1 costs a few 1e-16 itself.
    size = max(1.0, abs(found.second_order), abs(found.predicted))
    assert found.predicted + found.second_order == pytest.approx(found.realised, abs=1e-12 * size)
    assert np.isnan(found.contracting)


def test_a_quadratic_loss_by_fractions():
    """T = w x, rows (1, 0) and (2, 0), a batch each, at w = 1, a = 1/8.

    L_b = x^2 w^2, g = (2, 8), mu = 5; L = 5/2 w^2, H = 5.
    """
    net = nn.Linear(1, 1, bias=False, dtype=F64)
    nn.init.ones_(net.weight)
    x, y = torch.tensor([[1.0], [2.0]], dtype=F64), torch.zeros(2, dtype=F64)
    found = loss_rate(net, x, y, [np.array([0]), np.array([1])], "squared-error", 0.125)
    a, steps = Fraction(1, 8), (2, 8)
    realised = sum(Fraction(5, 2) * ((1 - a * g) ** 2 - 1) for g in steps) / 2
    assert found.predicted == float(-a * 25)
    assert found.second_order == float(a**2 / 2 * 5 * Fraction(4 + 64, 2))
    assert found.realised == float(realised)


def test_noise_has_its_part():
    """mu' H mu alone, without tr HS, is another number: that of the full batch."""
    net, x, y, batches = line()
    noisy = loss_rate(net, x, y, batches, "squared-error", 0.1)
    quiet = loss_rate(net, x, y, [np.arange(12)], "squared-error", 0.1)
    assert noisy.predicted == pytest.approx(quiet.predicted, rel=1e-12)
    assert noisy.second_order > 1.05 * quiet.second_order


def test_what_remains_is_of_third_order():
    """It falls by 8 when a is halved, up to the fourth order: 16 a^4 for 8 a^3."""
    net, of = nets(dtype=F64)[0], task(dtype=F64)
    rests = []
    for rate in (0.04, 0.02, 0.01):
        found = loss_rate(net, of.x, of.y, BATCHES, "cross-entropy", rate)
        rests.append(found.realised - found.predicted - found.second_order)
    ratios = np.array(rests[:-1]) / rests[1:]
    # One order on, the distance from 8 is halved with a; half as much again for the orders after that.
    assert abs(ratios[0] - 8) < 0.5
    assert abs(ratios[1] - 8) <= 0.75 * abs(ratios[0] - 8)


def test_dropout_is_off_and_nothing_moves():
    """The same each time, whatever the mode and the generators."""
    net, of = nets(images=True)[0], task(images=True)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = loss_rate(net.train(), of.x, of.y, BATCHES[:2], "cross-entropy", 0.1)
    torch.manual_seed(5)
    assert found.realised == loss_rate(net.eval(), of.x, of.y, BATCHES[:2], "cross-entropy", 0.1).realised
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert next(net.parameters()).dtype == torch.float32


def test_small_changes_of_float32_nets_are_seen():
    """In float32 a change of 1e-9 of a loss near 1 would be lost."""
    net, of = nets()[0], task()
    found = loss_rate(net, of.x, of.y, BATCHES, "cross-entropy", 1e-8)
    assert found.realised == pytest.approx(found.predicted, rel=1e-6)  # 1e-16 of 1e-9 is 1e-7
    assert found.predicted < 0


def test_the_short_batch_is_left_out():
    net, of = nets(dtype=F64)[0], task(dtype=F64)
    one, other = (
        loss_rate(net, of.x, of.y, batches, "cross-entropy", 0.1) for batches in (BATCHES, BATCHES[:3])
    )
    assert (one.predicted, one.second_order, one.realised) == (
        other.predicted,
        other.second_order,
        other.realised,
    )


def test_a_parameter_without_part_does_not_move():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = nn.Linear(5, 3, dtype=F64), nn.Linear(2, 2, dtype=F64)

        def forward(self, x):
            return self.used(x)

    net, of = Odd(), task(dtype=F64)
    odd = loss_rate(net, of.x, of.y, BATCHES, "cross-entropy", 0.1)
    used = loss_rate(net.used, of.x, of.y, BATCHES, "cross-entropy", 0.1)
    assert odd.second_order == pytest.approx(used.second_order, rel=1e-12)
    assert odd.realised == used.realised
