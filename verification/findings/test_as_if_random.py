"""Weights late in training: how they wander, and whether information falls by more than their wandering."""

import numpy as np
import pytest

from ibspec.analysis import Interval, bootstrap_mean, random_walk, wander
from ibspec.analysis.wandering import BROWNIAN
from verification.late_nets import ADAM, SGD, late_nets, pooled, spelled

WINDOW = 20

WINDOWS = 5
"""Side by side, from the first late epoch to the last."""

WIDTH = 0.5
"""Of the cells, in all layers, nets, epochs and walks."""

LEAST = 0.1
"""Bits in eighty epochs: less is not the compression of the sources, which is bits in their figures."""

SMALL, LONG = (20, 300), (60, 2000)
"""Nets, and epochs before the late ones; LONG under `--claims-long`."""


def nets_of(optimiser, pytestconfig):
    """Trained now, or just before by the other claim."""
    nets, before = LONG if pytestconfig.getoption("claims_long") else SMALL
    return late_nets(spelled(optimiser), nets, before, WINDOW * WINDOWS - 1)


def triple(interval: Interval) -> tuple[float, float, float]:
    """A number and its interval."""
    return interval.value, interval.low, interval.high


def curve(nets, path):
    """(windows, 2, layers): information of each window and of its single epochs."""
    return np.stack([pooled(nets, part, WIDTH) for part in np.split(path, WINDOWS)])


def judged(falls) -> str:
    """Compression needs each of the differences below zero; one that is hardly a fall says there is none."""
    if all(interval.high < 0 for interval in falls):
        return "supported"
    return "not supported" if any(interval.low > -LEAST for interval in falls) else "undecided"


def motion(exponent: Interval, dependence: Interval) -> str:
    """Brownian motion has exponent 1, and steps that depend on those before no more often than by chance."""
    low, high = BROWNIAN
    if dependence.low > 0 or exponent.high < low or exponent.low > high:
        return "not supported"
    return "supported" if exponent.is_within(low, high) else "undecided"


@pytest.mark.claim(
    "air.relu",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019 §3.4; grabauskas-2019-draft-a §0.2.10; grabauskas-2019-draft-b §0.5",
    says="As-If-Random shows compression with ReLU: late in training it falls, by more than the mean of "
    "single epochs does, and by more than on a random walk of the weights with the same steps.",
)
def test_compression_with_relu(evidence, pytestconfig):
    """From the first window to the last, mean of five hidden layers; paired by net, resampled over nets."""
    nets = nets_of(SGD, pytestconfig)
    rng = np.random.default_rng(92)
    real, walked = [], []
    for path in nets.paths:
        evidence.case(net=len(real))
        real.append(curve(nets, path))
        walked.append(curve(nets, random_walk(path, rng)))
    together, walks = np.array(real), np.array(walked)  # (nets, windows, 2, layers)
    trend, walk = (each[:, -1, 0] - each[:, 0, 0] for each in (together, walks))
    single = together[:, -1, 1] - together[:, 0, 1]
    differences = {
        "trend": trend,
        "trend less that of single epochs": trend - single,
        "trend less that of the walk": trend - walk,
    }
    found = {name: bootstrap_mean(each.mean(axis=1), rng) for name, each in differences.items()}
    gap = together[:, :, 1] - together[:, :, 0]
    evidence.at_most(0.0, float(gap.min()), within=1e-9, what="by construction: together <= mean of single")
    evidence.find(judged(found.values()))
    evidence.number(
        **{f"{name}, bits, 95 % interval": triple(each) for name, each in found.items()},
        **{
            "by hidden layer: first window, last, last of the walk": tuple(
                zip(
                    *(
                        each.mean(axis=0).tolist()
                        for each in (together[:, 0, 0], together[:, -1, 0], walks[:, -1, 0])
                    ),
                    strict=True,
                )
            ),
            "by hidden layer: single epochs less together": tuple(gap.mean(axis=(0, 1)).tolist()),
            "accuracy, least and mean": (min(nets.accuracy), float(np.mean(nets.accuracy))),
        },
    )

    def draw(canvas):
        axes = canvas.add_subplot()
        middle = (np.arange(WINDOWS) + 0.5) * WINDOW
        for each, place, style in (
            (together, 1, ("o-", "#0072B2", "single epochs, mean of a window")),
            (together, 0, ("s-", "#D55E00", "as if random")),
            (walks, 0, ("^--", "#595959", "as if random, on a random walk")),
        ):
            mean = each[:, :, place].mean(axis=2)
            error = mean.std(axis=0, ddof=1) / len(mean) ** 0.5
            axes.errorbar(middle, mean.mean(axis=0), 2 * error, fmt=style[0], color=style[1], label=style[2])
        axes.set(xlabel="late epoch", ylabel="I(X;T) in bits, mean of hidden layers")
        axes.legend(frameon=False)

    evidence.draw(draw, "Windows of 20 late epochs of ReLU nets 12-10-7-5-4-3-2, two standard errors.")


@pytest.mark.claim(
    "air.stationarity",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019 §3.4; grabauskas-2019-draft-a §0.2.10; grabauskas-2019-draft-b §0.5",
    says="Late in training the weights change little, and only as in Brownian motion: their mean square "
    "displacement grows in proportion to the number of epochs.",
)
def test_brownian_motion_of_weights(evidence, pytestconfig):
    """Exponents of the displacement, and steps that depend on earlier ones, against walks of such steps.

    Means over nets of their windows, by plain descent and by Adam; the two must agree.
    """
    rng = np.random.default_rng(93)
    verdicts = []
    for name, optimiser in (("plain descent", SGD), ("Adam", ADAM)):
        nets = nets_of(optimiser, pytestconfig)
        found, walks = [], []
        for path in nets.paths:
            evidence.case(optimiser=name, net=len(found))
            found.append(wander(path, rng))
            walks.append(wander(random_walk(path, rng), rng))
        exponent = bootstrap_mean(np.array([each.exponent.value for each in found]), rng)
        excess = [each.dependent - walk.dependent for each, walk in zip(found, walks, strict=True)]
        dependence = bootstrap_mean(np.array(excess), rng)
        verdicts.append(motion(exponent, dependence))
        evidence.number(
            **{
                f"{name}: exponent, mean over nets, 95 % interval": triple(exponent),
                f"{name}: exponent of walks, mean": float(np.mean([each.exponent.value for each in walks])),
                f"{name}: exponents, least and most": (
                    min(each.exponent.value for each in found),
                    max(each.exponent.value for each in found),
                ),
                f"{name}: nets whose interval is within 0.9 and 1.1, of": (
                    sum(each.is_brownian for each in found),
                    len(found),
                ),
                f"{name}: step of an epoch over size of the weights": float(
                    np.mean([each.relative_step for each in found])
                ),
                f"{name}: parameters whose steps depend on those before, of walks": (
                    float(np.mean([each.dependent for each in found])),
                    float(np.mean([each.dependent for each in walks])),
                ),
                f"{name}: the first less the second, 95 % interval": triple(dependence),
                f"{name}: correlation of successive steps": float(np.mean([each.lag_one for each in found])),
            }
        )
    evidence.find(verdicts[0] if len(set(verdicts)) == 1 else "undecided")

    def draw(canvas):
        axes = canvas.add_subplot()
        for (name, optimiser), colour in zip(
            (("plain descent", SGD), ("Adam", ADAM)), ("#0072B2", "#D55E00"), strict=True
        ):
            paths = nets_of(optimiser, pytestconfig).paths
            lags = np.arange(1, paths.shape[1] // 2)
            for number, path in enumerate(paths):
                square = [((path[lag:] - path[:-lag]) ** 2).sum(axis=1).mean() for lag in lags]
                label = name if number == 0 else None
                axes.loglog(lags, np.array(square) / square[0], color=colour, alpha=0.4, label=label)
        axes.loglog(lags, lags, "--", color="#595959", label="Brownian")
        axes.set(xlabel="epochs apart", ylabel="mean square displacement, that of one epoch = 1")
        axes.legend(frameon=False)

    evidence.draw(draw, "How far the weights of late ReLU nets get in so many epochs, a line a net.")
