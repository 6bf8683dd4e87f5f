"""What cannot be measured is a row with a status and a reason; what cannot be recorded is an error."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ibspec import Probe, Recorder
from ibspec.core import Estimate, SpecError
from ibspec.estimators import Kde
from ibspec.results import COLUMNS
from tests.recorder.examples import BINNING, KDE, Broken, Total, images_net, net, probe, rows_of


@pytest.mark.parametrize("how", ["ValueError", "TypeError", "KeyError", "IndexError", "MemoryError"])
def test_an_estimator_that_breaks_costs_its_own_numbers_only(how):
    broken = Broken(how=how)
    recorder = Recorder(net(), probe(), ["0", "3"], [KDE, broken, BINNING])
    rows = recorder.record(0)
    assert [row.status for row in rows] == ["ok", "failed", "ok"] * 2
    for row in rows_of(rows, broken):
        assert row.reason.startswith(f"{how}: ")
        assert "something inside" in row.reason
        assert row.i_xt is row.i_ty is row.i_xt_lower is None
        assert row.extras == "{}"
    table = recorder.measurements
    assert table.i_xt.isna().tolist() == [False, True, False] * 2
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS


def test_an_interruption_is_no_broken_estimator():
    class Interrupted(Total):
        def estimate(self, *_: Any, **__: Any) -> Estimate:
            raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        Recorder(net(), probe(), estimators=[Interrupted()]).record(0)


def unwritable() -> Estimate:
    """What an estimator may return that nobody checks: an extra that JSON does not know."""
    estimate = Estimate(i_xt=1.0)
    object.__setattr__(estimate, "extras", {"odd": np.float32(1)})
    return estimate


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (Estimate(i_xt=math.nan, i_ty=1.0), "ArithmeticError: the estimate is not a number"),
        (Estimate(i_xt=1.0, i_ty=math.nan), "ArithmeticError: the estimate is not a number"),
        (unwritable(), "TypeError: Object of type float32 is not JSON serializable"),
    ],
)
def test_an_estimate_that_cannot_be_written_down_fails(estimate, reason):
    class Odd(Total):
        def estimate(self, *_: Any, **__: Any) -> Estimate:
            return estimate

    for row in Recorder(net(), probe(), ["0", "1"], [Odd()]).record(0):
        assert row.status == "failed"
        assert row.reason.startswith(reason)
        assert row.i_xt is None


def test_an_infinite_estimate_is_one():
    """I(X;T) of a deterministic continuous layer is infinite."""

    class Infinite(Total):
        def estimate(self, *_: Any, **__: Any) -> Estimate:
            return Estimate(i_xt=math.inf)

    (row,) = Recorder(net(), probe(), ["0"], [Infinite()]).record(0)
    assert (row.status, row.i_xt) == ("ok", math.inf)


@pytest.mark.parametrize(("value", "view"), [(math.nan, "whole"), (math.inf, "whole"), (math.nan, "mean")])
def test_activity_that_is_not_finite_is_invalid(value, view):
    """Only the layers behind the broken weight; the row says which layer, epoch and sample."""
    model, sample = images_net(), probe(40, 1, 6, 6)
    with torch.no_grad():
        model[3].bias[1] = value
    recorder = Recorder(model, sample, ["0", "3"], [KDE, BINNING], view=view)
    rows = recorder.record(11)
    assert [(row.epoch, row.layer, row.status) for row in rows] == [
        (11, "0", "ok"),
        (11, "0", "ok"),
        (11, "3", "invalid"),
        (11, "3", "invalid"),
    ]
    for row in rows[2:]:
        assert row.reason == "40 of 80 activity values are not finite, first in row 0"
        assert row.i_xt is row.i_ty is row.h_t is None


def test_a_layer_lost_halfway_leaves_no_half_epoch():
    """Rows of an epoch are kept together or not at all."""
    model = nn.Sequential(nn.Linear(6, 5), nn.GRU(5, 2))
    recorder = Recorder(model, probe(), ["0", "1"], [KDE])
    with pytest.raises(SpecError, match="layer '1' returns tuple"):
        recorder.record(0)
    assert len(recorder.measurements) == 0


# ---- a recorder that cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"estimators": []}, r"needs estimators, .* got \[\]"),
        ({"estimators": [KDE, Kde(noise_variance=0.1)]}, r"got \['kde\(0\.1\)', 'kde\(0\.1\)'\]"),
        ({"layers": ["4"]}, "the model has no layer '4'"),
        ({"layers": []}, "no layer to measure"),
        (
            {"view": "channel"},
            "measure.view: wanted one of whole, concat, mean, channels, multivariate, pooled; got 'channel'",
        ),
        ({"probe": Probe(y=[0, 1])}, "needs a Probe with inputs x"),
        ({"probe": Probe(x=np.array([["a"], ["b"]]))}, r"probe\.x: inputs of type <U1 cannot be fed"),
    ],
)
def test_a_recorder_that_cannot_be(more, message):
    arguments: dict[str, Any] = {"model": net(), "probe": probe(), "estimators": [KDE], **more}
    with pytest.raises(SpecError, match=message):
        Recorder(**arguments)
