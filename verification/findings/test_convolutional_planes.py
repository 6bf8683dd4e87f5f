"""Where convolutional layers stand in the plane, and what puts them there."""

import numpy as np
import pytest
import torch

from ibspec.activity import capture, channels
from ibspec.core import Probe, is_saturated
from ibspec.estimators import Kde
from ibspec.models import Cnn

NETS = 10

CLASSES, ROWS = 10, 200

RANDOM_LABELS, TRUE_LABELS = "labels drawn", "labels of the images"


def fitted(points):
    """Intercept and slope of I(T;Y) on I(X;T), least squares."""
    slope, intercept = np.polyfit(points[:, 0], points[:, 1], 1)
    return np.array([intercept, slope])


def intervals(nets, rng, draws=400):
    """95 % intervals of intercept and slope, nets drawn with replacement; columns of (low, high) rows."""
    chosen = rng.integers(0, len(nets), (draws, len(nets)))
    found = [fitted(np.concatenate([nets[net] for net in row])) for row in chosen]
    return np.quantile(found, [0.025, 0.975], axis=0)


def is_the_line(nets, slope, rng):
    """Whether the points lie on the line from the origin with this slope: both intervals contain it."""
    (low_0, low), (high_0, high) = intervals(nets, rng)
    return bool(low_0 <= 0 <= high_0 and low <= slope <= high)


def on_the_line(rng, slope, scatter=0.05):
    """Points of `NETS` nets around the line."""
    i_xt = rng.uniform(0, np.log2(ROWS), (NETS, 30))
    return [np.stack([x, slope * x + rng.normal(0, scatter, 30)], axis=1) for x in i_xt]


def of_neighbourhoods(rng, scatter=0.05):
    """The same for labels that know nothing: each row has n rows for neighbours, a tenth of its own class.

    Then I(X;T) = log2(N / n), and I(T;Y) = log2 C - log2 n + log2(1 + (n - 1) / C): a curve below the line.
    """
    n = 2 ** rng.uniform(0, np.log2(ROWS), (NETS, 30))
    i_ty = np.log2(CLASSES) - np.log2(n) + np.log2(1 + (n - 1) / CLASSES)
    points = np.stack([np.log2(ROWS / n), i_ty + rng.normal(0, scatter, n.shape)], axis=2)
    return list(points)


def images(rng, rows=ROWS, side=12):
    """Ten coarse pictures, noisy copies of them, and which one each row is a copy of."""
    pictures = np.kron(rng.random((CLASSES, 1, side // 2, side // 2)), np.ones((1, 1, 2, 2)))
    y = np.arange(rows) % CLASSES
    return (pictures[y] + 0.15 * rng.standard_normal((rows, 1, side, side))).astype(np.float32), y


def channel_points(seed, shuffled):
    """I(X;T) and I(T;Y) of every channel of a random convolution at six sizes of its weights."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    x, y = images(rng)
    if shuffled:
        y = rng.permutation(y)
    with torch.no_grad():
        t = torch.relu(torch.nn.Conv2d(1, 4, 3)(torch.from_numpy(x)))
    points = []
    for size in np.geomspace(0.05, 3.0, 6):
        for part in channels(size * t, "channels"):
            found = Kde(noise_variance=0.0735).estimate(part, Probe(x=np.arange(ROWS), y=y))
            points.append((found.i_xt, found.i_ty))
    return np.array(points)


@pytest.mark.claim(
    "cnn.line-cluster",
    kind="finding",
    expected="not supported",
    source="candidate-8240R-2019 Fig. 8, §3.1.4, §3.1.6",
    says="The channels of convolutional layers lie around the line from the origin to (log₂ N, H(Y)).",
)
def test_the_line(evidence):
    """Random filters on ten pictures: the labels alone decide on which side of the line the rows lie."""
    rng, slope = np.random.default_rng(0), np.log2(CLASSES) / np.log2(ROWS)
    evidence.equal(np.log2(10) / np.log2(1000), 0.333333, within=5e-7, what="slope for N = 1000", unit="")
    # The detector: nets that are on the line, on a steeper one, beside it, and on a known curve.
    # Bootstrap intervals of ten nets hold the truth some nine times in ten, two of them eight times or more:
    # 16 of 20, and fewer than 11 with probability 0.003.
    accepted = sum(is_the_line(on_the_line(rng, slope), slope, rng) for _ in range(20))
    evidence.at_most(11, accepted, what="of 20 sets on the line found to be there", unit="sets")
    for name, nets in (
        ("a steeper line", on_the_line(rng, 1.2 * slope)),
        ("a line beside it", [points + np.array([0, 0.2]) for points in on_the_line(rng, slope)]),
        ("labels that know nothing", of_neighbourhoods(rng)),
    ):
        assert not is_the_line(nets, slope, rng), f"{name} should not be taken for the line"
    lines = []
    for name, shuffled in ((TRUE_LABELS, False), (RANDOM_LABELS, True)):
        nets = [channel_points(seed, shuffled) for seed in range(NETS)]
        evidence.case(labels=name)
        lines.append(is_the_line(nets, slope, rng))
        low, high = intervals(nets, rng)
        every = np.concatenate(nets)
        above = float((every[:, 1] > slope * every[:, 0]).mean())
        evidence.number(
            **{
                f"{name}: 95 % interval of the slope": (low[1], high[1]),
                f"{name}: 95 % interval of the intercept": (low[0], high[0]),
                f"{name}: share of channels above the line": above,
            }
        )
    evidence.number(**{"slope of the line": slope, "sets on the line found there, of 20": accepted})
    evidence.find("supported" if all(lines) else "not supported")


LISTING = {
    "layers": [
        {"kind": "conv", "channels": 32, "kernel": 3, "activation": "relu"},
        {"kind": "conv", "channels": 64, "kernel": 3, "activation": "relu"},
        {"kind": "max-pool", "size": 2},
        {"kind": "flatten"},
        {"kind": "dense", "units": 128, "activation": "relu"},
        {"kind": "dense", "units": 10, "activation": "softmax"},
    ],
    "init": {"kind": "glorot-uniform"},
}

FIRST_FOUR = ("conv1", "conv2", "pool", "flatten")

CAP_ROWS = 64


def trained(net, x, y, steps):
    """Take some steps of the source's descent."""
    optimiser = torch.optim.Adadelta(net.parameters(), lr=1.0, rho=0.95)
    for _ in range(steps):
        optimiser.zero_grad()
        torch.nn.functional.nll_loss(torch.log(net(x) + 1e-7), y).backward()
        optimiser.step()


def nearest(t):
    """The smallest squared distance of two rows."""
    apart = torch.cdist(t.double(), t.double(), compute_mode="donot_use_mm_for_euclid_dist") ** 2
    return float(apart.fill_diagonal_(torch.inf).min())


@pytest.mark.claim(
    "cnn.saturated",
    kind="finding",
    expected="not supported",
    source="candidate-8240R-2019 Figs. 6-7, §3.1.3",
    says="Layers 0 to 3 say nothing but log₂ N, trained or not and whatever the images are: both kernel "
    "bounds lie within 0.01 bits of it.",
)
def test_layers_at_the_cap(evidence):
    """The upper bound, which the figures show, does in all of them; the lower one not after pooling.

    Untrained and trained nets, on pictures and on noise, beside what the smallest distance alone foretells.
    """
    variance, kernel, most = 0.0735, Kde(noise_variance=0.0735), float(np.log2(CAP_ROWS))
    upper, lower = {}, {}
    for seed, source in ((0, "pictures"), (1, "noise")):
        pictures, y = images(np.random.default_rng(seed), CAP_ROWS, 28)
        noise = np.random.default_rng(seed).random(pictures.shape, np.float32)
        x = torch.from_numpy(pictures if source == "pictures" else noise)
        net = Cnn.model_validate(LISTING).build((1, 28, 28), CLASSES, seed)
        for steps in (0, 3):
            trained(net, x, torch.from_numpy(y), steps)
            for layer, values in capture(net, x, FIRST_FOUR):
                evidence.case(images=source, steps=steps, layer=layer)
                t = values.flatten(1)
                place = source, steps, layer
                bounds = kernel.estimate(t, Probe(x=np.arange(CAP_ROWS), y=y)).i_xt_bounds
                lower[place], upper[place] = bounds
                for v, found in ((4, bounds[0]), (1, bounds[1])):
                    # All others at the smallest distance would leave this much of f(v).
                    others = (CAP_ROWS - 1) * np.exp(-nearest(t) / (2 * v * variance))
                    foretold = most - np.log2(1 + others)
                    evidence.at_most(foretold, found, within=1e-6, what="foretold by the smallest distance")
    capped = {name: is_saturated(np.array(list(found.values())), most) for name, found in
              (("lower", lower), ("upper", upper))}  # fmt: skip
    evidence.find("supported" if capped["lower"].all() and capped["upper"].all() else "not supported")
    for rows in (100, 300):
        uniform = np.random.default_rng(rows).random((rows, 784))
        value = kernel.estimate(uniform, Probe(x=np.arange(rows))).i_xt_bounds[0]
        evidence.equal(value, np.log2(rows), within=5e-5, what="784 uniform units, to four decimals")
    wide = Kde(noise_variance=1e4 * variance).estimate(uniform, Probe(x=np.arange(rows))).i_xt
    assert not is_saturated(np.array(wide), np.log2(rows)), "wide noise should take a layer off the cap"
    least = min(lower, key=lambda place: lower[place])
    evidence.counterexample(images=least[0], steps=least[1], layer=least[2], lower=lower[least], log2_n=most)
    evidence.number(
        **{
            f"{name} bound at the cap": f"{int(found.sum())} of {len(found)}"
            for name, found in capped.items()
        },
        **{"784 uniform units, 300 rows, wide noise": wide},
    )
