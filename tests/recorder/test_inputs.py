"""Probes of all sorts fed to models of all sorts: it works, or the message says what is wrong."""

import numpy as np
import pytest
import torch
from torch import nn

from ibspec import Probe, Recorder
from ibspec.core import ShapeError, SpecError
from tests.recorder.examples import KDE, Total, inputs, net

X = inputs()


def measured(model: nn.Module, x: object, layer: str = "0") -> float:
    (row,) = Recorder(model, Probe(x=x), [layer], [Total()]).record(0)
    assert row.status == "ok"
    assert row.i_xt is not None
    return row.i_xt


@pytest.mark.parametrize(
    "x",
    [
        torch.from_numpy(X),
        torch.from_numpy(X).requires_grad_(),
        X.astype(np.float64),
        torch.from_numpy(X.astype(np.float64)),
        X.astype(">f4"),
        np.asfortranarray(X),
        X[::-1][::-1],
        X.tolist(),
    ],
    ids=["tensor", "with-gradient", "float64", "float64-tensor", "big-endian", "fortran", "view", "list"],
)
def test_the_same_numbers_in_another_form(x):
    assert measured(net(), x) == measured(net(), X)


def test_reversed_and_read_only_inputs():
    turned = X[::-1]
    assert turned.strides[0] < 0
    assert measured(net(), turned) == pytest.approx(measured(net(), X), abs=1e-4)  # summed in another order
    fixed = X.copy()
    fixed.flags.writeable = False
    assert measured(net(), fixed) == measured(net(), X)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_inputs_follow_the_precision_of_the_weights(dtype):
    wanted = net().to(dtype)[0](torch.from_numpy(X).to(dtype)).detach().double().sum().item()
    # bfloat16 has 8 bits: a unit in the last place of 200 sums near 1 is 0.008
    assert measured(net().to(dtype), X) == pytest.approx(wanted, abs=1e-9 if dtype == torch.float64 else 2)


def test_the_precision_may_change_between_two_records():
    model = net()
    recorder = Recorder(model, Probe(x=X), ["0"], [Total()])
    recorder.record(0)
    model.double()
    recorder.record(1)
    first, second = recorder.measurements.i_xt
    assert first != second
    assert first == pytest.approx(second, abs=1e-4)  # 200 float32 sums of six terms


def test_integer_inputs_are_not_turned_into_real_ones():
    """Scaling is the model's business: 255 read as 255.0 would be measured where 1.0 was trained."""
    pixels = np.random.default_rng(0).integers(0, 256, size=(40, 6), dtype=np.uint8)
    with pytest.raises(ShapeError, match=r"of shape \(2, 6\) and type torch\.uint8: .*dtype"):
        Recorder(net(), Probe(x=pixels), ["0"], [KDE]).record(0)

    class Scales(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = net()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(x.float() / 255)

    scaled = measured(Scales(), pixels, "inner.0")
    assert scaled == measured(net(), pixels.astype(np.float32) / np.float32(255))


def test_tokens_go_into_an_embedding():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(12, 2))
    tokens = np.random.default_rng(0).integers(0, 9, size=(40, 3))
    wanted = model[0].weight.detach().double()[torch.from_numpy(tokens)].sum().item()
    assert measured(model, tokens) == pytest.approx(wanted, abs=1e-12)
    with pytest.raises(ShapeError, match=r"of shape \(40, 3\) and type torch\.int64: index out of range"):
        measured(model, tokens + 1)


def test_a_model_without_weights_takes_what_comes():
    assert measured(nn.Sequential(nn.ReLU()), X) == pytest.approx(X.clip(0).sum(dtype=np.float64), abs=1e-9)


@pytest.mark.parametrize("shape", [(40, 7), (40, 1, 6, 5), (40,)])
def test_a_wrong_shape_is_named(shape):
    words = rf"the model fails on inputs of shape \({', '.join(map(str, (2, *shape[1:])))},?\) and .*32: \S"
    with pytest.raises(ShapeError, match=words):
        Recorder(net(), Probe(x=inputs(*shape)), ["0"], [KDE]).record(0)


def test_the_probe_is_not_written_to():
    x = X.copy()
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 2))
    recorder = Recorder(model, Probe(x=x), ["0", "1"], [Total()])
    first, second = recorder.record(0), recorder.record(1)
    assert np.array_equal(x, X)
    assert [row.i_xt for row in first] == [row.i_xt for row in second]


def test_inputs_are_not_copied_once_a_replica():
    """A run has a recorder a replica; the probe of a large one would not fit many times."""
    probe = Probe(x=X)
    assert probe.x is not None
    recorder = Recorder(net(), probe, ["0"], [Total()])
    assert recorder._inputs.data_ptr() == probe.x.ctypes.data


def test_the_probe_stays_when_the_caller_changes_the_array():
    x = X.copy()
    recorder = Recorder(net(), Probe(x=x), ["0"], [Total()])
    before = recorder.record(0)[0].i_xt
    x[:] = 0
    assert recorder.record(1)[0].i_xt == before


def test_a_list_is_wanted():
    with pytest.raises(SpecError, match="a list of names; got the text '0'"):
        Recorder(net(), Probe(x=X), "0", [Total()])
    with pytest.raises(SpecError, match="a list of estimators; got Total"):
        Recorder(net(), Probe(x=X), ["0"], Total())  # type: ignore[arg-type]
