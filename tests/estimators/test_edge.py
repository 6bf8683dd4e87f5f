"""Hashed information: exact on discrete laws, the clip, the releases' constants, the guard."""

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ibspec.core import ActivityError, Estimate, Probe, SampleSizeError, UserError
from ibspec.estimators.edge import Clip, Edge
from ibspec.estimators.edge_cells import cells, mean_reach, neighbours, project

ROUNDING = 1e-12
"""Bits: plug-in sums over a few hundred cells."""

EXACT = {"clip": None, "gamma": 1e-6}
"""Cells far narrower than the step of the data."""


def edge(t: Any, x: Any = None, y: Any = None, seed: int = 0, **fields: Any) -> Estimate:
    ids = np.arange(len(t)) if x is None else None
    return Edge(**fields).estimate(t, Probe(x=x, y=y, ids=ids), rng=np.random.default_rng(seed))


def table_bits(joint: np.ndarray) -> float:
    p = joint / joint.sum()
    independent = p.sum(1, keepdims=True) * p.sum(0)
    return float((p[p > 0] * np.log2(p[p > 0] / independent[p > 0])).sum())


def rows_of(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(a, b) for (a, b), count in np.ndenumerate(joint) for _ in range(count)]
    x, t = np.array(pairs, dtype=float).T
    return x, t


# ---- truths -------------------------------------------------------------------------------------------


@given(
    joint=st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=4),
    classes=st.booleans(),
)
def test_discrete_laws_are_exact(joint: Any, classes: bool) -> None:
    """Narrow cells tell all symbols apart: the plug-in information of the table."""
    table = np.array(joint)
    table[0, 0] += 20
    x, t = rows_of(table)
    estimate = edge(t, y=x.astype(int), **EXACT) if classes else edge(t, x, **EXACT)
    found = estimate.i_ty if classes else estimate.i_xt
    if len(np.unique(t)) > 1:
        assert found == pytest.approx(table_bits(table), abs=ROUNDING, rel=0)


def test_symmetric_channel() -> None:
    """Flip 1/4: 1 - h(1/4) bits; many coordinates say no more, projected or not."""
    x, t = rows_of(np.array([[30, 10], [10, 30]]))
    exact = 1 + 0.25 * math.log2(0.25) + 0.75 * math.log2(0.75)
    for copies in (1, 3, 10):
        wide = np.repeat(t[:, None], copies, axis=1)
        assert edge(wide, x, **EXACT).i_xt == pytest.approx(exact, abs=ROUNDING, rel=0)


def test_the_clip_caps_and_lifts() -> None:
    """An identity on 4096 symbols, 12 bits, comes out as 10; independence as 0.001."""
    symbols = np.arange(4096.0)
    capped = edge(symbols, symbols, gamma=1e-6)
    assert capped.i_xt == pytest.approx(10.0, abs=ROUNDING)
    assert "saturated" in capped.warnings
    free = edge(symbols, symbols, **EXACT)
    assert free.i_xt == pytest.approx(12.0, abs=ROUNDING)
    assert "saturated" in free.warnings
    x, t = rows_of(np.full((2, 2), 25))
    assert edge(t, x, gamma=1e-6).i_xt == pytest.approx(0.001, abs=ROUNDING)
    assert edge(t, x, **EXACT).i_xt == pytest.approx(0.0, abs=ROUNDING)
    lifted = edge(*rows_of(np.array([[30, 10], [10, 30]])), gamma=1e-6, clip=Clip(floor=0.0, upper=9.0))
    assert lifted.i_xt == pytest.approx(0.75 * math.log2(1.5), abs=ROUNDING)  # log2(1/2) counts as 0


def test_uniform_noise_on_a_uniform_input() -> None:
    """X + U(-e, e): e - ln 2e nats. Plug-in of the cut variables, so no more than the truth and its excess.

    Allowance 0.3 bits either way: cells of a fifth of the range lose up to that, the authors' own tests are
    qualitative.
    """
    rng = np.random.default_rng(0)
    x = rng.random(3000)
    t = x + rng.uniform(-0.1, 0.1, 3000)
    truth = (0.1 - math.log(0.2)) / math.log(2)
    for version in ("4.2.0", "4.3.1", "4.4.1"):
        estimate = Edge.of_version(version).estimate(t, Probe(x=x), rng=rng)
        assert estimate.i_xt == pytest.approx(truth, abs=0.3)


# ---- cells --------------------------------------------------------------------------------------------


def test_reach_is_the_mean_distance_to_the_neighbour_of_the_programs() -> None:
    """k = floor(.43 N^(2/3 + .17 / 2)) = 38 at N = 400 counts the value itself: 19 steps of a grid.

    Up to twice as far at the ends of the grid, which are a tenth of the values.
    """
    assert int(0.43 * 400 ** (2 / 3 + 0.085) * math.exp(-1e-4)) == 38
    grid = np.random.default_rng(0).permutation(np.arange(400.0))[:, None]
    reach = mean_reach(grid, np.random.default_rng(0))
    assert 19 <= reach[0] <= 19 * 1.1
    assert mean_reach(np.floor(grid / 38), np.random.default_rng(1)) < 0.2
    assert mean_reach(np.floor(grid / 200), np.random.default_rng(0)) == pytest.approx([0.0])


@pytest.mark.parametrize(("samples", "d"), [(2, 1), (400, 1), (2036, 1), (2100, 3), (2053, 11), (60_000, 12)])
def test_the_neighbour_of_the_programs_in_40_digits(samples: int, d: int) -> None:
    """Sizes at which the last factor, within 1e-4 of 1, decides how k is rounded are among them."""
    with localcontext() as context:
        context.prec = 40
        exponent = Decimal(2) / 3 + Decimal("0.17") * d / (d + 1)
        power = (Decimal(samples).ln() * exponent).exp()
        wanted = int(Decimal("0.43") * power * (-1 / max(Decimal(10) ** 4, Decimal(d) ** 4)).exp())
    assert neighbours(samples, d) == max(1, wanted)


def test_projection_has_no_more_dimensions_than_rows_allow() -> None:
    rng = np.random.default_rng(0)
    assert project(rng.normal(size=(100, 40)), rng).shape == (100, 3)  # log2(10) = 3.3
    assert project(rng.normal(size=(5000, 5)), rng).shape == (5000, 5)
    one = project(np.arange(100.0)[:, None] * [[1.0, 1e6]], np.random.default_rng(0))
    other = project(np.arange(100.0)[:, None] * [[1.0, 1.0]], np.random.default_rng(0))
    assert one == pytest.approx(other)  # scaled by the deviations


def test_cells_are_half_open_and_shifted() -> None:
    t = np.array([[0.0], [0.99], [1.0], [1.49], [1.5]])
    assert len(set(cells(t, np.array([1.0]), 0.0).tolist())) == 2
    assert cells(t, np.array([1.0]), 0.5)[[0, 1]].tolist() != cells(t, np.array([1.0]), 0.5)[[0, 0]].tolist()


# ---- the releases -------------------------------------------------------------------------------------


def test_releases_have_their_constants() -> None:
    new, middle, old = (Edge.of_version(version) for version in ("4.4.1", "4.3.1", "4.2.0"))
    assert (new.gamma_factor, new.width_factor, new.log_damped, new.members) == (0.4, 18.0, True, 10)
    assert (middle.gamma_factor, middle.width_factor, middle.log_damped) == (0.9, 3.0, False)
    assert (old.gamma_factor, old.members, old.spread) == (1.0, 5, 0.0)
    assert [each.label for each in (new, middle, old)] == ["edge(4.4.1)", "edge(4.3.1)", "edge(4.2.0)"]
    assert Edge(clip=Clip(floor=0.5, upper=2.0)).label == "edge(clip 0.5/2)"


def test_same_name_different_numbers() -> None:
    x, z = np.random.default_rng(0).normal(size=(2, 2000, 8))
    t = 0.6 * x + 0.8 * z
    found = [
        Edge.of_version(version).estimate(t, Probe(x=x), rng=np.random.default_rng(0)).i_xt
        for version in ("4.2.0", "4.3.1", "4.4.1")
    ]
    assert max(found) - min(found) > 1


def test_the_guard_keeps_weak_dependence() -> None:
    """Classes that differ little: unguarded, widths grow by 2^(1/(2 I)), one cell is left, and the floor."""
    y = np.arange(2000) % 2
    t = np.random.default_rng(0).normal(size=2000) + 0.15 * y
    unguarded = edge(t, y=y, clip=None, least_information=1e-3)
    assert unguarded.i_ty == pytest.approx(0.0, abs=1e-3)
    assert edge(t, y=y, clip=None).i_ty > 2e-3


def test_rescaling_is_a_second_round() -> None:
    """Widths times gamma_factor 2^(-sqrt(2 I) + 1 / (2 I)), I of the first round."""
    x, z = np.random.default_rng(0).normal(size=(2, 1000))
    t = x + 0.3 * z
    first = edge(t, x, rescaled=False).i_xt
    scale = 0.4 * 2 ** (0.5 / first - math.sqrt(2 * first))
    assert edge(t, x).i_xt == pytest.approx(edge(t, x, rescaled=False, gamma=scale).i_xt, abs=ROUNDING)


# ---- randomness and bad input -------------------------------------------------------------------------


def test_the_generator_decides() -> None:
    x = np.random.default_rng(0).normal(size=(300, 12))
    assert edge(np.tanh(x), x, seed=1) == edge(np.tanh(x), x, seed=1)
    assert edge(np.tanh(x), x, seed=1).i_xt != edge(np.tanh(x), x, seed=2).i_xt
    with pytest.raises(UserError, match="source of randomness, `rng`"):
        Edge().estimate(x, Probe(x=x))


def test_order_of_rows_does_not_matter() -> None:
    x = np.random.default_rng(0).normal(size=(300, 8))
    y, order = np.arange(300) % 3, np.random.default_rng(1).permutation(300)
    one, other = edge(np.tanh(x), x, y), edge(np.tanh(x)[order], x[order], y[order])
    assert (one.i_xt, one.i_ty) == pytest.approx((other.i_xt, other.i_ty), abs=0.02)


def test_few_samples_are_refused_or_said() -> None:
    with pytest.raises(SampleSizeError, match="20 samples or more; got 19"):
        edge(np.arange(19.0))
    x = np.random.default_rng(0).normal(size=(30, 2))
    assert "few-samples" in edge(x, x).warnings


def test_a_constant_layer_and_one_class_have_nothing() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    estimate = edge(np.full((50, 3), 0.1), x, np.arange(50) % 2)
    assert (estimate.i_xt, estimate.i_ty, estimate.warnings) == (0.0, 0.0, ("collapsed",))
    estimate = edge(x, y=np.zeros(50, dtype=int))
    assert (estimate.i_ty, estimate.warnings) == (0.0, ("one-class",))


def test_real_targets_one_hot_rows_and_whole_numbers() -> None:
    k = np.random.default_rng(0).integers(0, 3, 300)
    exact = table_bits(np.diag(np.bincount(k)))
    assert edge(np.eye(3)[k], y=k.astype(float), **EXACT).i_ty == pytest.approx(exact, abs=ROUNDING)
    assert edge(k, k, **EXACT) == edge(k.astype(float), k.astype(float), **EXACT)


@pytest.mark.parametrize("size", [1e200, 1.7e308])
def test_values_too_large_to_cut_are_refused(size: float) -> None:
    x = np.random.default_rng(0).integers(-1, 2, size=(50, 40)) * size
    with pytest.raises(ActivityError, match="no cell width fits"):
        edge(x, x)


def test_values_that_are_not_finite_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=50)
    with pytest.raises(ActivityError, match="first in row 3"):
        edge(x, np.where(np.arange(50) == 3, np.nan, x))


@pytest.mark.parametrize(
    "fields", [{"gamma": 0.0}, {"members": 0}, {"clip": {"upper": 0.0}}, {"least_information": 0.0}], ids=str
)
def test_impossible_parameters_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="greater than"):
        Edge.model_validate(fields)


def test_in_few_samples_the_first_neighbour_is_the_value_itself() -> None:
    """k = .43 * 4^.75 is 1 for four values."""
    assert mean_reach(np.arange(4.0)[:, None], np.random.default_rng(0)) == 0.0
