"""A convolutional net's layers, and two ways to see them as one vector."""

import json
import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.activity import channels, layer_shapes
from ibspec.core import Probe, mean_estimate
from ibspec.estimators import Binning, Kde, Width
from ibspec.models import Cnn
from verification.kernels import KDE_ROUNDING, bound
from verification.strategies import each_drawn

ESTIMATORS = (Kde(noise_variance=0.1), Binning(cells=Width(0.5)))

HALVES = st.integers(-8, 8).map(lambda number: number / 2)
"""Exact in binary, so that equal activities are equal."""


@st.composite
def activities(draw):
    """An activity (samples, channels, height, width), and two classes."""
    shape = (draw(st.integers(2, 9)), *(draw(st.integers(1, 3)) for _ in range(3)))
    return draw(each_drawn(shape, HALVES, np.float64)), draw(each_drawn(shape[0], st.integers(0, 1)))


def seen(estimator, t, view, probe):
    """I(X;T) and I(T;Y) of an activity in a view, as the recorder measures them."""
    parts = [estimator.estimate(part, probe) for part in channels(torch.from_numpy(t), view)]
    found = mean_estimate(parts) if view == "mean" else parts[0]
    return found.i_xt, found.i_ty


def outlined(side, layers):
    """Shapes and numbers of weights by counting: a valid filter fits in side - kernel + 1 places a row."""
    shape, counts, shapes = (1, side, side), [], []
    for layer in layers:
        match layer["kind"]:
            case "conv":
                counts.append(layer["channels"] * (shape[0] * layer["kernel"] ** 2 + 1))
                shape = (layer["channels"], *(each - layer["kernel"] + 1 for each in shape[1:]))
            case "max-pool":
                shape = (shape[0], *(each // layer["size"] for each in shape[1:]))
            case "flatten":
                shape = (math.prod(shape),)
            case "dense":
                counts.append(layer["units"] * (shape[0] + 1))
                shape = (layer["units"],)
        shapes.append(shape)
    return shapes, counts


def laid_out(side, document, classes):
    """Shapes and numbers of weights of the net that is built."""
    net = Cnn.model_validate(document).lay_out((1, side, side), classes)
    with torch.device("meta"):
        shapes = layer_shapes(net, torch.empty(1, 1, side, side), net.measurable_layers)
    counts = [sum(each.numel() for each in block.parameters()) for block in net.children()]
    return list(shapes.values()), [count for count in counts if count]


@pytest.mark.claim(
    "cnn.shapes",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 §3.1.2 Listing 1, §2.1.3",
    says="The network of Listing 1 has six layers, 0 to 5: 28×28×1 becomes 26×26×32, 24×24×64, 12×12×64, "
    "9216, 128 and 10, with 1,199,882 weights; layer 5 is the prediction, layer 4 the last hidden one.",
)
def test_shapes(evidence, pytestconfig):
    """The shipped spec's net as built, and any other small one, against counting places and weights."""
    spec = json.loads((pytestconfig.rootpath / "specs" / "mnist_cnn_mean.json").read_text(encoding="utf-8"))
    shapes, counts = laid_out(28, spec["model"], 10)
    wanted = [(32, 26, 26), (64, 24, 24), (64, 12, 12), (9216,), (128,), (10,)]
    assert shapes == wanted, f"the shapes of Listing 1 should be {wanted}, got {shapes}"
    evidence.equal(counts, (320, 18_496, 1_179_776, 1_290), within=0, what="weights by layer", unit="weights")
    evidence.equal(sum(counts), 1_199_882, within=0, what="weights", unit="weights")
    kinds = [layer["kind"] for layer in spec["model"]["layers"]]
    assert kinds[4:] == ["dense", "dense"], f"layers 4 and 5 should be dense, got {kinds}"

    stacks = ([(1, 1)], [(3, 3)], [(2, 2), (4, 3)], [(3, 3), (2, 1)])
    for side, convs, pool in product((10, 13), stacks, (1, 2, 3)):
        evidence.case(side=side, convolutions=convs, pool=pool)
        layers = [
            {"kind": "conv", "channels": many, "kernel": kernel, "activation": "relu"}
            for many, kernel in convs
        ]
        layers += [{"kind": "max-pool", "size": pool}] if pool > 1 else []
        layers += [{"kind": "flatten"}, {"kind": "dense", "units": 3, "activation": "softmax"}]
        found, counted = laid_out(side, {"kind": "cnn", "layers": layers}, 3)
        truth, weights = outlined(side, layers)
        assert found == truth, f"shapes of another net should be {truth}, got {found}"
        evidence.equal(counted, weights, within=0, what="weights of another net", unit="weights")
    evidence.number(**{"units by layer": [math.prod(shape) for shape in shapes], "weights by layer": counts})


@pytest.mark.claim(
    "cnn.concat",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 §3.1",
    says="All channels joined have the information of the flattened layer, so a pooling layer and its "
    "Flatten layer have identical values.",
)
def test_joined_channels(evidence):
    """View `concat` against the reshaped array, under kernels and cells, and kernels against the book."""

    @given(drawn=activities())
    def search(drawn):
        t, y = drawn
        evidence.case(t=t, y=y)
        probe = Probe(x=np.arange(len(t)), y=y)
        flat = np.ascontiguousarray(t).reshape(len(t), -1)
        for estimator in ESTIMATORS:
            joined = seen(estimator, t, "concat", probe)
            flattened = seen(estimator, flat, "concat", probe)
            # The same numbers in the same places, so not even rounding may differ.
            evidence.equal(joined, flattened, within=1e-12, what="concat and flattened")
        by_the_book = bound(flat, ESTIMATORS[0].noise_variance)
        joined = seen(ESTIMATORS[0], t, "concat", probe)[0]
        target(evidence.equal(joined, by_the_book, within=KDE_ROUNDING, what="concat by the book"))

    search()
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
    with torch.no_grad():
        pool = net(torch.rand(40, 1, 12, 12)).numpy()
    probe = Probe(x=np.arange(40), y=np.arange(40) % 4)
    values = [seen(ESTIMATORS[0], each, "concat", probe) for each in (pool, pool.reshape(40, -1))]
    evidence.equal(*values, within=1e-12, what="pool and Flatten of a net")
    mean = seen(ESTIMATORS[0], pool, "mean", probe)
    evidence.differ(mean[0], values[0][0], by=0.1, what="broken: channels apart, and joined")
    evidence.number(**{"pool, Flatten: I(X;T)": [each[0] for each in values], "mean over channels": mean[0]})


@pytest.mark.claim(
    "cnn.dense-same",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 Fig. 8, caption",
    says="For a dense layer the mean and concat methods agree if the layer is one channel; not if each unit "
    "is one.",
)
def test_a_dense_layer_is_one_channel(evidence):
    """A row of units in both views; the same units as channels of one unit each break it."""

    @given(drawn=activities())
    def search(drawn):
        t, y = drawn
        t = t.reshape(len(t), -1)
        evidence.case(t=t, y=y)
        probe = Probe(x=np.arange(len(t)), y=y)
        for estimator in ESTIMATORS:
            joined = seen(estimator, t, "concat", probe)
            evidence.equal(seen(estimator, t, "mean", probe), joined, within=0.0, what="dense layer")
            one = seen(estimator, t[:, None], "mean", probe)
            evidence.equal(one, joined, within=0.0, what="one channel of all units")

    search()
    bits = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    probe, cells = Probe(x=bits), ESTIMATORS[1]
    joined, apart = (cells.estimate(bits, probe).i_xt, seen(cells, bits[:, :, None], "mean", probe)[0])
    evidence.equal((joined, apart), (2.0, 1.0), within=1e-12, what="two bits, joined and a unit a channel")
    evidence.differ(joined, apart, by=0.5, what="broken: each unit a channel")
    evidence.number(**{"two bits: one channel, a unit a channel": (joined, apart)})
