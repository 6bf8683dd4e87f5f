"""Counts of neighbours outside their domain: ties, ceilings, width, bad input."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import digamma

from ibspec.core import ActivityError, DataError, Estimate, Probe, SampleSizeError, ShapeError, UserError
from ibspec.estimators.ksg import Ksg
from tests.estimators.neighbour_laws import (
    LN2,
    normals,
    shifted_uniforms,
)
from tests.estimators.test_ksg import SUMS, ksg

# ---- warnings and ties --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x, t: (x, np.maximum(t, 0)),
        lambda x, t: (x, np.round(t, 1)),
        lambda x, t: (np.round(x, 1), t),
        lambda x, t: (x, t.astype(np.float16)),
        lambda x, t: (np.arange(len(x)), np.arange(len(x))),
    ],
    ids=["relu", "rounded", "rounded inputs", "half precision", "lattice"],
)
def test_ties_are_said(spoil: Any) -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 1000)
    assert ksg(x=x, t=t).warnings == ()
    x, t = spoil(x, t)
    found = ksg(x=x, t=t)
    assert "ties" in found.warnings
    assert found.extras["ties"] > 0.01


def test_single_precision_has_few_ties() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 5000)
    assert ksg(x=x.astype(np.float32), t=t.astype(np.float32)).warnings == ()


def test_jitter_breaks_ties_and_is_repeatable() -> None:
    """A ReLU of one column: jitter of 1e-8 turns its atom into noise that says nothing."""
    x, t = normals(1.0).draw(np.random.default_rng(0), 1000)
    t = np.maximum(t, 0)
    once, again, other = (ksg(x=x, t=t, jitter=1e-8, seed=seed) for seed in (0, 0, 1))
    assert once == again != other
    assert "ties" not in once.warnings
    assert once.i_xt == pytest.approx(other.i_xt, abs=0.01)  # a few counts near the atom differ


def test_jitter_follows_the_spread_of_each_column() -> None:
    """Not the mean, nor a fixed size: at an offset of 1e6 or a scale of 1e-6 it still only breaks ties."""
    x, t = normals(2.0).draw(np.random.default_rng(0), 1000)
    plain = ksg(x=x, t=t).i_xt
    for moved in (t + 1e6, t * 1e-6, t * 1e6):
        for standardise in (True, False):
            x_moved = x if standardise else x * moved.std()
            found = ksg(x=x_moved, t=moved, jitter=1e-6, standardise=standardise).i_xt
            assert found == pytest.approx(plain, abs=0.02)
    assert ksg(x=x, t=t, jitter=1.0).i_xt < plain / 2  # noise as large as the signal


def test_jitter_needs_a_generator() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 50)
    with pytest.raises(UserError, match=r"jitter=1e-08 draws random numbers: pass `rng`"):
        Ksg(jitter=1e-8).estimate(t, Probe(x=x))


def test_strong_dependence_is_said() -> None:
    """A pair 1 nat from the ceiling comes out 0.3 nats too small: said. One at 4 nats from it is fine."""
    ceiling = (digamma(1000) - digamma(3)) / LN2
    for below, codes in ((1.0, ("saturated",)), (4.0, ())):
        x, t = normals(ceiling - below / LN2).draw(np.random.default_rng(0), 1000)
        assert ksg(x=x, t=t).warnings == codes


def test_width_is_said() -> None:
    """2,000 rows of 5 + 5 columns lose a quarter of 4.15 nats, as table 2 of the formulas says."""
    x, t = normals(-2.5 * math.log2(1 - 0.81), 5).draw(np.random.default_rng(0), 2000)
    found = ksg(x=x, t=t, y=x[:, 0] > 0)
    assert "too-wide" in found.warnings
    assert found.i_xt * LN2 == pytest.approx(2.885, abs=4 * 0.031)  # measured there, by another program
    assert "too-wide" not in ksg(x=x[:, :3], t=t[:, :3]).warnings


def test_width_is_said_where_there_are_labels_only() -> None:
    t = np.random.default_rng(0).normal(size=(300, 30))
    y = np.arange(300) % 2
    assert "too-wide" in ksg(t=t, y=y).warnings
    assert "too-wide" not in ksg(t=t[:, :2], y=y).warnings


def test_classes_apart_are_said() -> None:
    y = np.arange(200) % 2
    t = y + 0.1 * np.random.default_rng(0).random(200)
    found = ksg(t=t, y=y)
    assert found.warnings == ("label-ceiling",)
    assert found.i_ty == pytest.approx((digamma(200) - digamma(100)) / LN2, abs=SUMS)


# ---- bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("t", [np.full((50, 3), 0.1), np.zeros((50, 0)), np.ones(50, dtype=int)])
def test_a_constant_layer_says_nothing(t: np.ndarray, variant: Any) -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    found = ksg(x=x, t=t, y=np.arange(50) % 2, variant=variant)
    assert (found.i_xt, found.i_ty, found.warnings) == (0.0, 0.0, ("collapsed",))


def test_constant_units_are_left_out() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 100)
    padded = np.hstack([np.full((100, 20), 0.3), t])
    assert ksg(x=x, t=padded) == ksg(x=x, t=t)


@pytest.mark.parametrize("y", [np.zeros(50, dtype=int), np.zeros(50), np.full(50, "cat")], ids=repr)
def test_one_class_says_nothing(y: np.ndarray) -> None:
    found = ksg(t=np.random.default_rng(0).normal(size=50), y=y)
    assert (found.i_ty, found.warnings) == (0.0, ("collapsed",))


def test_classes_of_one_row_each() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 50)
    found = ksg(x=x, t=t, y=np.arange(50))
    assert found.i_ty is None
    assert found.warnings == ("dropped-points", "few-samples")
    with pytest.raises(ActivityError, match="i_ty: no two rows of one class"):
        ksg(t=t, y=np.arange(50))


def test_one_hot_labels_are_classes() -> None:
    t, y = shifted_uniforms(3).draw(np.random.default_rng(0), 200)
    assert ksg(t=t, y=np.eye(3)[y]) == ksg(t=t, y=y)


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_too_few_samples(samples: int) -> None:
    t = np.arange(samples) ** 2.0
    with pytest.raises(SampleSizeError, match=rf"got {samples} samples with neighbours=3"):
        ksg(x=t, t=t)


def test_fewest_samples() -> None:
    t = np.array([0.0, 1.0, 3.0, 7.0])
    assert ksg(x=t, t=t).i_xt == pytest.approx((digamma(4) - digamma(3)) / LN2, abs=SUMS)


def test_bad_inputs_and_targets() -> None:
    t = np.arange(9.0)
    with pytest.raises(DataError, match=r"inputs x must be finite; 1 rows are not, first row 4"):
        ksg(x=np.where(t == 4, np.nan, t), t=t)
    with pytest.raises(DataError, match=r"targets y must be finite; 2 rows are not, first row 7"):
        ksg(t=t, y=np.where(t > 6, np.inf, t))
    with pytest.raises(ShapeError, match=r"inputs x: .* real numbers; got complex128"):
        ksg(x=t + 0j, t=t)
    with pytest.raises(ActivityError, match=r"1 of 9 activity values are not finite, first in row 4"):
        ksg(x=t, t=np.where(t == 4, np.nan, t))
    with pytest.raises(ActivityError, match=r"too far apart .* set `standardise` to true"):
        ksg(x=t, t=(t - 4) * 4e307, standardise=False)


def test_nothing_is_said_of_nothing() -> None:
    found = Ksg().estimate(np.arange(9.0), Probe(ids=np.arange(9)))
    assert found == Estimate()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"neighbours": 0}, "greater than or equal to 1"),
        ({"variant": 3}, "less than or equal to 2"),
        ({"variant": True}, "valid integer"),
        ({"jitter": -1e-9}, "greater than or equal to 0"),
    ],
)
def test_impossible_parameters(parameters: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Ksg(**parameters)


def test_label_names_what_differs() -> None:
    assert Ksg().label == "ksg(1, k 3)"
    assert Ksg(variant=2, standardise=False, jitter=1e-8).label == "ksg(2, k 3, raw, jitter 1e-08)"
