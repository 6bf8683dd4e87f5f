"""InfoNCE, NWJ and MINE: laws whose information is known, self-consistency, and what is refused.

Budgets are small, so that the file stays quick; allowances are for critics so small and so briefly trained.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from ibspec.core import Estimate, Probe
from ibspec.estimators.info_nce import InfoNce
from ibspec.estimators.mine import Mine
from ibspec.estimators.variational import Joint, Variational
from tests.estimators.variational_laws import (
    BOUNDS,
    KINDS,
    LONGER,
    PEERS,
    SMALL,
    TINY,
    N,
    measure,
    normals,
    over_seeds,
)

each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture(autouse=True)
def _one_thread(threads: None) -> None:
    """Products of small matrices: five times slower on two threads than on one."""
    torch.set_num_threads(1)


# ---- laws ---------------------------------------------------------------------------------------------


@each
def test_normal_pairs(kind: type[Variational]) -> None:
    """Two pairs of half a bit: from below within the allowance, and a bound is not above, but for its error.

    MINE may lie above, by half the squared relative error of the mean of e^s. Of 500 rows in a half, at
    E_q e^2s = 2^(2 bits), that is at most 3/1000 nats.
    """
    exact, jensen = 1.0, 0.005 if kind is Mine else 0.0

    def one(rng: np.random.Generator) -> float:
        x, t = normals(0.5, 2, rng)
        return measure(kind(**LONGER[kind]), t, x=x).i_xt

    mean, error = over_seeds(one)
    assert exact - PEERS - error <= mean <= exact + jensen + error


@each
def test_independence_is_not_learnt_by_heart(kind: type[Variational]) -> None:
    """Few rows in many columns, trained for long: on its training rows a critic would show bits."""

    def one(rng: np.random.Generator) -> float:
        x, t = rng.normal(size=(2, 240, 10))
        return measure(kind(**SMALL | {"batch": 16, "steps": 200}), t, x=x).i_xt

    mean, error = over_seeds(one, 6)
    assert mean <= error  # below zero by what a lucky choice on one half costs on the other


@each
def test_two_shifted_normals(kind: type[Variational]) -> None:
    """Y = ±1, T = Y + N(0, 1): 0.33683 nats by quadrature. The best score is linear in t: 0.02 bits."""

    def one(rng: np.random.Generator) -> float:
        y = rng.integers(0, 2, N)
        return measure(kind(**SMALL), 2.0 * y - 1 + rng.normal(size=N), y=y).i_ty

    mean, error = over_seeds(one)
    exact = 0.33683 / math.log(2)
    assert exact - 0.02 - error <= mean <= exact + error


@each
def test_real_targets(kind: type[Variational]) -> None:
    x, t = normals(1.0, 1, np.random.default_rng(0))
    found = measure(kind(**SMALL), t, y=x[:, 0])
    assert found.i_xt is None
    assert found.i_ty == pytest.approx(1.0, abs=PEERS + 0.1)  # four standard deviations at N = 4,000


@each
def test_symbols_need_no_density(kind: type[Variational]) -> None:
    """X one of four symbols in a circle, T = X: 2 bits. Repeated rows are said, as they may be copies."""
    symbols = np.random.default_rng(0).integers(0, 4, N)
    circle = np.stack([np.cos(symbols * np.pi / 2), np.sin(symbols * np.pi / 2)], axis=1).round()
    found = measure(kind(**SMALL), circle, x=circle)
    assert found.i_xt == pytest.approx(2.0, abs=PEERS)
    assert found.warnings == ("ties",)
    assert found.extras["ties"] == 1.0


def test_joint_critic() -> None:
    """The same law by one net for each pair."""
    x, t = normals(1.0, 1, np.random.default_rng(0))
    found = measure(InfoNce(**SMALL | {"critic": Joint(hidden=(16, 8)), "batch": 32}), t, x=x)
    assert found.i_xt == pytest.approx(1.0, abs=PEERS + 0.1)


# ---- self-consistency (Song & Ermon 2020) -------------------------------------------------------------


def test_revealed_coordinates_and_copies() -> None:
    """0.75 bits for each coordinate shown; two independent copies of a pair have twice its information."""
    x, t = normals(0.75, 3, np.random.default_rng(0))
    found = [measure(InfoNce(**SMALL), t, x=x[:, :shown]).i_xt for shown in (1, 2, 3)]
    steps = np.diff([0.0, *found])
    assert (steps > 0.4).all()
    two = measure(InfoNce(**SMALL), t[:, :2], x=x[:, :2]).i_xt
    one = measure(InfoNce(**SMALL), t[:, :1], x=x[:, :1]).i_xt
    assert two == pytest.approx(2 * one, abs=2 * PEERS)


@pytest.mark.parametrize("kind", BOUNDS, ids=lambda kind: kind.__name__)
def test_staircase(kind: type[Variational]) -> None:
    """More information gives more, and never much more than there is: 4 standard deviations at N = 4,000."""
    rng = np.random.default_rng(0)
    stairs = (0.5, 1.5, 3.0)
    laws = (normals(exact / 2, 2, rng) for exact in stairs)
    found = [measure(kind(**SMALL), t, x=x).i_xt for x, t in laws]
    assert all(value < exact + 0.15 for value, exact in zip(found, stairs, strict=True))
    assert np.diff(found).min() > 0.5


def test_bending_either_side_changes_little() -> None:
    """I is unchanged by invertible maps of X and of T; how well critics learn it is not."""
    x, t = normals(0.75, 2, np.random.default_rng(0))
    straight = measure(InfoNce(**SMALL), t, x=x).i_xt
    bent = measure(InfoNce(**SMALL), np.sinh(t), x=x + 0.5 * x**3).i_xt
    assert bent == pytest.approx(straight, abs=2 * PEERS)


def test_scale_and_place_are_taken_out() -> None:
    """Powers of two and shifts by them are exact, so the standardised columns are the same numbers."""
    x, t = normals(0.75, 2, np.random.default_rng(0), 300)
    t = t.astype(np.float32).astype(np.float64)
    one = measure(InfoNce(**TINY), t, x=x)
    assert measure(InfoNce(**TINY), t * 2.0**40, x=x * 2.0**-200) == one


# ---- ceilings -----------------------------------------------------------------------------------------


def test_info_nce_never_passes_its_ceiling() -> None:
    """T = X in 20 columns: infinite information, of which 8 rows show 3 bits."""
    x = np.random.default_rng(0).normal(size=(N, 20))
    found = measure(InfoNce(**SMALL | {"batch": 8}), x, x=x)
    assert 2.9 < found.i_xt <= 3.0
    assert found.extras["i_xt_ceiling"] == 3.0
    assert found.warnings == ("saturated",)


def test_values_beyond_what_rows_can_vouch_for() -> None:
    """T = X again, with 16 rows held out: log2 16 = 4 bits. MINE has no ceiling, so it is said."""
    x = np.random.default_rng(0).normal(size=(N, 20))
    found = measure(Mine(**SMALL | {"batch": 8, "held_out": 0.004}), x, x=x)
    assert found.extras["i_xt_ceiling"] == 4.0
    assert found.i_xt > 4.0
    assert found.warnings == ("saturated",)


@each
def test_labels_that_are_all_known(kind: type[Variational]) -> None:
    """H(Y) of three unequal classes is the ceiling; how near it comes is a matter of steps."""
    y = np.minimum(np.random.default_rng(0).integers(0, 4, N), 2)
    found = measure(
        kind(**SMALL | {"steps": 600}),
        np.eye(3)[y] + 1e-3 * np.random.default_rng(1).normal(size=(N, 3)),
        y=y,
    )
    ceiling = Probe(y=y).h_y
    assert found.extras["i_ty_ceiling"] == pytest.approx(ceiling, abs=1e-9)
    assert ceiling - 0.05 < found.i_ty < ceiling + 0.01
    assert found.warnings == (("label-ceiling",) if found.i_ty > ceiling - 0.01 else ())
    assert kind is not InfoNce or found.warnings


def test_no_bounds_are_claimed() -> None:
    """A value from a sample may lie above I; only its mean may not."""
    x, t = normals(0.5, 2, np.random.default_rng(0), 300)
    for kind in KINDS:
        found = measure(kind(**TINY), t, x=x)
        assert found.i_xt_bounds is None


# ---- repeatability ------------------------------------------------------------------------------------


@each
def test_same_rng_same_bits_even_side_by_side(kind: type[Variational]) -> None:
    x, t = normals(0.5, 2, np.random.default_rng(0), 500)
    y = (x[:, 0] > 0).astype(int)

    def one(seed: int) -> Estimate:
        return measure(kind(**TINY), t, x=x, y=y, seed=seed)

    alone = [one(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(one, range(3))) == alone
    assert len({estimate.i_xt for estimate in alone}) == 3


@each
def test_torch_modes_of_the_caller_change_nothing(kind: type[Variational]) -> None:
    x, t = normals(0.5, 2, np.random.default_rng(0), 500)
    plain = measure(kind(**TINY), torch.from_numpy(t), x=x)
    with torch.no_grad():
        assert measure(kind(**TINY), torch.from_numpy(t), x=x) == plain
    with torch.inference_mode():
        assert measure(kind(**TINY), torch.from_numpy(t), x=x) == plain
    torch.set_default_dtype(torch.float64)
    try:
        assert measure(kind(**TINY), torch.from_numpy(t), x=x) == plain
    finally:
        torch.set_default_dtype(torch.float32)


def test_labels_draw_numbers_of_their_own() -> None:
    """I(T;Y) is the same with inputs and without, I(X;T) with labels and without."""
    x, t = normals(0.5, 2, np.random.default_rng(0), 300)
    y = np.arange(300) % 3
    both = measure(InfoNce(**TINY), t, x=x, y=y)
    assert measure(InfoNce(**TINY), t, x=x).i_xt == both.i_xt
    assert measure(InfoNce(**TINY), t, y=y).i_ty == both.i_ty


def test_restarts_are_averaged_and_their_spread_is_said() -> None:
    x, t = normals(0.5, 2, np.random.default_rng(0), 300)
    found = measure(InfoNce(**TINY), t, x=x)
    assert set(found.extras) == {"i_xt_ceiling", "i_xt_spread", "i_xt_step"}
    assert found.extras["i_xt_spread"] > 0
    assert 0 <= found.extras["i_xt_step"] <= TINY["steps"]
    assert "i_xt_spread" not in measure(InfoNce(**TINY | {"restarts": 1}), t, x=x).extras


def test_labels() -> None:
    assert InfoNce().label == "info-nce(batch 256)"
    changed = Mine(batch=64, learning_rate=0.002, critic=Joint(hidden=(8,)), averaging=0.5)
    assert changed.label == "mine(batch 64, lr 0.002, averaging 0.5, joint 8)"
