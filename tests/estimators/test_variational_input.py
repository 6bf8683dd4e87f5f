"""What variational estimators do with input that says nothing, is too little, or is broken."""

import math
from typing import Any

import numpy as np
import pytest

from ibspec.core import ActivityError, DataError, SampleSizeError, ShapeError, UserError
from ibspec.estimators.info_nce import InfoNce
from ibspec.estimators.variational import Variational
from tests.estimators.variational_laws import KINDS, TINY, measure, normals

each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@each
@pytest.mark.parametrize("value", [0.0, -0.3, 1e6])
def test_constant_layer(kind: type[Variational], value: float) -> None:
    found = measure(
        kind(**TINY), np.full((60, 3), value), x=np.random.default_rng(0).normal(size=60), y=np.arange(60) % 2
    )
    assert (found.i_xt, found.i_ty, found.warnings) == (0.0, 0.0, ("collapsed",))


@each
def test_constant_inputs_and_targets(kind: type[Variational]) -> None:
    t = np.random.default_rng(0).normal(size=(60, 3))
    found = measure(kind(**TINY), t, x=np.ones((60, 2)), y=np.full(60, 0.5))
    assert (found.i_xt, found.i_ty, found.warnings) == (0.0, 0.0, ("collapsed",))


@each
def test_one_class(kind: type[Variational]) -> None:
    found = measure(kind(**TINY), np.random.default_rng(0).normal(size=(60, 3)), y=np.full(60, 3))
    assert (found.i_xt, found.i_ty, found.warnings) == (None, 0.0, ("one-class",))


@each
def test_fewer_rows_than_three_batches(kind: type[Variational]) -> None:
    t = np.random.default_rng(0).normal(size=(47, 3))
    with pytest.raises(SampleSizeError, match=r"got 47 samples with batch=16\. .*`probe.size`.*`batch`"):
        measure(kind(**TINY), t, x=t)
    found = measure(kind(**TINY), np.vstack([t, t[:1] + 1]), x=np.vstack([t, t[:1] + 1]))
    assert "few-samples" in found.warnings


def test_no_rng() -> None:
    t = np.random.default_rng(0).normal(size=(60, 3))
    with pytest.raises(UserError, match="info-nce draws random numbers: pass `rng`"):
        measure(InfoNce(**TINY), t, x=t, seed=None)


def test_values_that_are_not_finite() -> None:
    t = np.random.default_rng(0).normal(size=(60, 3))
    broken = t.copy()
    broken[7, 1] = np.nan
    with pytest.raises(ActivityError, match=r"1 of 180 activity values are not finite, first in row 7"):
        measure(InfoNce(**TINY), broken, x=t)
    with pytest.raises(DataError, match=r"inputs x must be finite; 1 rows are not, first row 7"):
        measure(InfoNce(**TINY), t, x=broken)
    with pytest.raises(DataError, match=r"targets y must be finite; 1 rows are not, first row 7"):
        measure(InfoNce(**TINY), t, y=broken[:, 1])


def test_inputs_that_are_no_numbers() -> None:
    t = np.random.default_rng(0).normal(size=(60, 3))
    with pytest.raises(ShapeError, match="inputs x"):
        measure(InfoNce(**TINY), t, x=np.array(["cat", "dog", "owl"] * 20))


@each
def test_diverging_critics_are_not_chosen(kind: type[Variational]) -> None:
    """A rate of 1e6 throws the critics away at once; untrained ones say 0, and these are kept."""
    x, t = normals(0.5, 2, np.random.default_rng(0), 300)
    found = measure(kind(**TINY | {"learning_rate": 1e6, "weight_decay": 0.0}), t, x=x)
    assert math.isfinite(found.i_xt)
    assert found.i_xt < 1.0 + 0.3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"batch": 1}, "greater than or equal to 2"),
        ({"steps": 0}, "greater than or equal to 1"),
        ({"restarts": 0}, "greater than or equal to 1"),
        ({"learning_rate": 0.0}, "greater than 0"),
        ({"held_out": 1.0}, "less than 1"),
        ({"critic": {"kind": "separable", "hidden": ()}}, "at least 1 item"),
        ({"critic": {"kind": "joint", "hidden": (8, 0)}}, "greater than or equal to 1"),
        ({"critic": {"kind": "joint", "hidden": (8,), "embedding": 4}}, "Extra inputs"),
        ({"averaging": 0.9}, "Extra inputs"),
    ],
    ids=str,
)
def test_impossible_parameters(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InfoNce.model_validate(fields)
