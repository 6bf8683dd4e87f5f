"""`Exact` counts codes: its numbers are those of the probe's law, and processing never adds to them."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ibspec import Recorder
from ibspec.activity import Teller, capture
from ibspec.core import Activity, ActivityError, Probe, ShapeError, child_generator
from ibspec.estimators.exact import SINGLE, Exact
from ibspec.models import Cnn, Mlp, Quantised
from tests.truths import h2

EXACT = 1e-12
"""Sums of at most a few thousand terms c log2 c, each rounded to 1e-16 of at most 12 bits."""


def exact(t, y=None, ids=None):
    samples = len(t.values if isinstance(t, Activity) else t)
    return Exact().estimate(t, Probe(y=y, ids=np.arange(samples) if ids is None else ids))


def entropy_by_hand(keys):
    counts = Counter(keys)
    return -math.fsum(c / len(keys) * math.log2(c / len(keys)) for c in counts.values())


@st.composite
def laws(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, units, top = draw(st.integers(1, 60)), draw(st.integers(0, 4)), draw(st.sampled_from([1, 3, 255]))
    t = rng.integers(0, top + 1, (n, units)) // draw(st.sampled_from([1, 2]))
    return t, rng.integers(0, 3, n), rng.integers(0, draw(st.sampled_from([2, n, 10 * n])), n)


@given(laws())
def test_against_counting_by_hand(law):
    t, y, ids = law
    rows = [tuple(row) for row in t.tolist()]
    h = {
        name: entropy_by_hand(list(zip(*keys, strict=True)))
        for name, keys in {"t": (rows,), "x": (ids,), "y": (y,), "tx": (rows, ids), "ty": (rows, y)}.items()
    }
    found = exact(t, y, ids)
    assert found.h_t == pytest.approx(h["t"], abs=EXACT)
    assert found.i_xt == pytest.approx(h["t"] + h["x"] - h["tx"], abs=EXACT)
    assert found.i_ty == pytest.approx(h["t"] + h["y"] - h["ty"], abs=EXACT)


@pytest.mark.parametrize("flips", [0, 1, 16, 24, 32])
def test_a_binary_symmetric_channel(flips):
    """64 rows of each input bit, of which `flips` arrive turned: I(T;Y) = 1 - h2(p), on paper."""
    y = np.repeat([0, 1], 64)
    t = y ^ np.tile(np.arange(64) < flips, 2)
    p = flips / 64
    assert exact(t, y).i_ty == pytest.approx(1 - (h2(p) if 0 < p < 1 else 0.0), abs=EXACT)


@pytest.mark.parametrize("m", [1, 2, 7, 256, 4096])
def test_identity_on_uniform_symbols(m):
    found = exact(np.arange(m), np.arange(m))
    assert found.i_xt == pytest.approx(math.log2(m), abs=EXACT)
    assert found.i_ty == pytest.approx(math.log2(m), abs=EXACT)


def test_equal_inputs_with_different_codes_are_seen():
    found = exact(np.array([0, 1, 0, 0]), ids=[0, 0, 1, 2])
    assert found.extras["h_t_given_x"] == 0.5
    assert found.warnings == ("stochastic",)


def test_a_layer_that_tells_all_inputs_apart_is_saturated():
    assert exact(np.arange(64)[:, None]).warnings == ("saturated",)
    assert exact(np.arange(64)[:, None] // 2).warnings == ()
    assert exact(np.zeros((64, 3), dtype=int)).warnings == ()


@pytest.mark.parametrize("dtype", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4"])
def test_whole_numbers_of_any_type(dtype):
    t = np.array([[0, 1], [1, 1], [0, 1], [0, 0]])
    assert exact(t.astype(dtype)) == exact(t)


@pytest.mark.parametrize("big", [SINGLE, 2**53, 2**62, -(2**62)])
def test_neighbours_among_large_numbers_are_told_apart(big):
    """Float32 holds whole numbers to 2**24, float64 to 2**53."""
    assert exact(np.array([big - 1, big, big + 1])).h_t == pytest.approx(math.log2(3), abs=EXACT)


def test_codes_are_read_and_not_values():
    codes = torch.tensor([[0], [1], [1], [2]], dtype=torch.uint8)
    t = Activity(values=torch.zeros(4, 1), codes=codes)
    assert exact(t).h_t == 1.5


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64, torch.bfloat16])
def test_real_numbers_without_codes_are_refused(dtype):
    with pytest.raises(
        ActivityError, match=r"layer 'dense1' is .*float.* without codes\. Measure a net of kind"
    ):
        exact(Activity(values=torch.ones(4, 1, dtype=dtype), layer="dense1"))
    with pytest.raises(ActivityError, match=r"this activity is float64 .* \"binning\""):
        exact(np.ones((4, 1)))


def test_wrong_shapes_and_values_are_refused():
    with pytest.raises(ShapeError, match=r"each of the probe's 3 samples; got shape \(4, 1\)"):
        Exact().estimate(np.zeros((4, 1), dtype=int), Probe(ids=np.arange(3)))
    with pytest.raises(ActivityError, match="not finite, first in row 0"):
        exact(np.full((4, 1), np.nan))


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_few_samples_and_one_class(samples):
    found = exact(np.arange(samples)[:, None], np.zeros(samples, dtype=int))
    assert found.i_xt == pytest.approx(math.log2(samples), abs=EXACT)
    assert found.i_ty == 0.0
    assert exact(np.arange(samples)[:, None]).i_ty is None


# ---- the processing inequality ------------------------------------------------------------------------


def falls(numbers):
    return all(later <= earlier + EXACT for earlier, later in itertools.pairwise(numbers))


def measured(net, x, probe, batch_size=None):
    """I(X;T) and I(T;Y) of each layer, from the input on."""
    teller = Teller(net, x)
    found = []
    for layer, values in capture(net, x, net.measurable_layers, batch_size=batch_size):
        (activity,) = teller.parts(values, layer, "whole", 0)
        if activity.codes is not None:
            found.append(Exact().estimate(activity, probe))
    return [e.i_xt for e in found], [e.i_ty for e in found]


@st.composite
def nets(draw):
    """Any few layers, wide or narrow, with weights from tiny to saturating, on inputs with repeats."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.sampled_from([2, 3, 4, 16, 256]))
    activation = draw(st.sampled_from(["tanh", "relu", "sigmoid", "leaky-relu", "softplus", "linear"]))
    scale = draw(st.sampled_from([0.3, 1.0, 3.0, 30.0]))
    n = draw(st.sampled_from([5, 40, 257]))
    if draw(st.booleans()):
        hidden = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 5, 40]), min_size=1, max_size=4)))
        model: Mlp | Cnn = Mlp(hidden=hidden, activation=activation)
        shape: tuple[int, ...] = (draw(st.sampled_from([1, 3, 12])),)
    else:
        conv = {"kind": "conv", "channels": 2, "kernel": 2, "activation": activation}
        layers = [conv, {"kind": "max-pool", "size": 2}, conv, {"kind": "flatten"}]
        layers += [
            {"kind": "dense", "units": 3, "activation": activation},
            {"kind": "dense", "units": 3, "activation": "softmax"},
        ]
        model, shape = Cnn.model_validate({"layers": layers}), (1, 7, 7)
    net = Quantised(net=model, levels=levels).build(shape, 3, int(rng.integers(2**31)))
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(scale).add_(torch.from_numpy(rng.normal(0, 0.1, weight.shape)))
    rows = (
        rng.integers(0, 3, (max(2, n // 2), *shape)) if draw(st.booleans()) else rng.normal(size=(n, *shape))
    )
    x = rows[rng.integers(0, len(rows), n)].astype(np.float32)
    return net, x, rng.integers(0, 3, n), draw(st.sampled_from([None, 1, 7]))


@settings(max_examples=50)
@given(nets())
def test_no_layer_of_a_quantised_net_knows_more_than_the_one_before(case):
    net, x, y, batch_size = case
    probe = Probe(x=x, y=y)
    i_xt, i_ty = measured(net, torch.from_numpy(x), probe, batch_size)
    assert falls([probe.h_x, *i_xt])
    assert falls([probe.i_xy, *i_ty])
    assert all(number >= -EXACT for number in (*i_xt, *i_ty))
    assert all(about_y <= about_x + EXACT for about_x, about_y in zip(i_xt, i_ty, strict=True))


def test_the_inequality_can_fail():
    """Cells that do not feed the next layer: I(X;T) is 0, and then 1."""
    first, second = np.array([[0.1], [0.2]]), np.array([[1.0], [2.0]])
    found = [exact(np.floor(t).astype(int)).i_xt for t in (first, second)]
    assert not falls(found)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 4, 8]))
@example(0, 8)
def test_coarser_nested_grids_never_tell_more(seed, factor):
    rng = np.random.default_rng(seed)
    t, y = rng.integers(0, 256, (80, 2)) // 16, rng.integers(0, 2, 80)
    fine, coarse = exact(t, y), exact(t // factor, y)
    assert coarse.i_xt <= fine.i_xt + EXACT
    assert coarse.i_ty <= fine.i_ty + EXACT


@given(st.integers(0, 2**32 - 1))
def test_names_of_codes_and_order_of_rows_and_units_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    t, y = rng.integers(0, 4, (50, 3)), rng.integers(0, 2, 50)
    names, order, units = rng.permutation(256)[:4], rng.permutation(50), rng.permutation(3)
    assert exact(names[t][order][:, units], y[order]) == exact(t, y)


def test_the_recorder_hands_codes_on():
    x = child_generator(0, "x").normal(size=(40, 5)).astype(np.float32)
    net = Quantised(net=Mlp(hidden=(2,), activation="tanh"), levels=3).build((5,), 2, seed=1)
    (row, output) = Recorder(net, Probe(x=x, y=np.arange(40) % 2), estimators=[Exact()]).record(0)
    codes = dict(capture(net, torch.from_numpy(x), ["dense1"]))["dense1"].sign().int().numpy()
    assert (row.status, output.status) == ("ok", "ok")
    assert row.i_xt == exact(codes, np.arange(40) % 2).i_xt
    plain = Mlp(hidden=(2,), activation="tanh").build((5,), 2, seed=1)
    (refused, _) = Recorder(plain, Probe(x=x), estimators=[Exact()]).record(0)
    assert refused.status == "invalid"
    assert "without codes" in refused.reason
