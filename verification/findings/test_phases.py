"""Fitting and compression: what small tanh nets do, by detectors that are tried on planted curves first."""

import numpy as np
import pytest
from scipy import stats

from ibspec.analysis import (
    SignTest,
    bootstrap_mean,
    bootstrap_median,
    compression,
    end_of_fitting,
    log_slope,
    sign_test,
)
from verification.planted import NOISE, falling, noisy, saturating
from verification.small_planes import LAST_HIDDEN, LAYERS, OUTPUT, small_planes

FITTING = (LAST_HIDDEN, OUTPUT)
"""Layers that do not know the label from the start."""

EPOCHS = np.arange(200.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(183)


def told(test: SignTest) -> str:
    return f"{test.positive} of {test.decided}"


def slopes(i_ty, i_xt, epochs) -> tuple[float, ...]:
    """Of I(T;Y) until the end of fitting and after it, and of I(X;T) until then: bits a factor of ten.

    Empty where no rise of I(T;Y) stands out of its noise.
    """
    end = end_of_fitting(i_ty, epochs).end
    if end is None:
        return ()
    early, late = (epochs > 0) & (epochs <= end), epochs > end
    return tuple(
        log_slope(curve[when], epochs[when], rng(), resamples=1).value
        for curve, when in ((i_ty, early), (i_ty, late), (i_xt, early))
    )


def label_curves(curves: int, seed: int) -> np.ndarray:
    """I(T;Y) that rises to 1 bit within some 60 epochs."""
    return noisy(1 - np.exp(-EPOCHS / 25), curves, seed, sd=0.01)


@pytest.mark.claim(
    "phase.fitting",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019 §1.1, §2.3.3; candidate-8240R-2019 §2.3.2; grabauskas-2019-proposal",
    says="Until I(T;Y) has made 90 % of its rise it grows faster than later, and I(X;T) does not fall: so in "
    "the last hidden layer and the output of small tanh nets.",
)
def test_fitting(evidence):
    """The first half is found in every net; the second is not: I(X;T) falls while the label is learnt."""
    level = noisy(saturating(200), 20, seed=1)
    planted = np.array([slopes(y, x, EPOCHS) for y, x in zip(label_curves(20, 0), level, strict=True)])
    for column, what in ((planted[:, 0] - planted[:, 1], "I(T;Y) faster"), (planted[:, 2], "I(X;T) rises")):
        evidence.at_most(sign_test(column).chance, 0.05, what=f"planted: {what}", unit="probability")
    planes = small_planes()
    for layer in FITTING:
        rows = []
        for seed, (y, x) in enumerate(zip(planes.i_ty[:, layer], planes.i_xt[:, layer], strict=True)):
            evidence.case(seed=seed, layer=LAYERS[layer])
            rows.append(slopes(y, x, planes.epochs))
        early, late, of_x = np.array([row for row in rows if row]).T
        faster, falls = sign_test(early - late), sign_test(of_x, "less")
        name = LAYERS[layer]
        evidence.at_most(faster.chance, 0.05, what=f"{name}: I(T;Y) faster while fitting", unit="probability")
        evidence.at_most(falls.chance, 0.05, what=f"{name}: I(X;T) falls while fitting", unit="probability")
        mean = bootstrap_mean(of_x, rng())
        evidence.number(
            **{
                f"{name}: nets whose I(T;Y) grows faster while fitting": told(faster),
                f"{name}: nets whose I(X;T) rises while fitting": told(falls),
                f"{name}: slope of I(X;T) while fitting, bits a decade, 95 %": (
                    mean.value,
                    mean.low,
                    mean.high,
                ),
            }
        )
    evidence.find("not supported")


@pytest.mark.claim(
    "phase.compression",
    kind="finding",
    expected="supported",
    source="grabauskas-2019 §2.3.3; candidate-8240R-2019 §2.3.2; grabauskas-2019-proposal",
    says="I(X;T) falls from a maximum by more than five standard errors: so, on fixed bins, in the later "
    "layers of small tanh nets.",
)
def test_compression(evidence):
    """1000 level curves and 1000 that fall by half a bit; then twenty nets."""
    level, down = noisy(saturating(200), 1000, seed=184), noisy(falling(200, fall=0.5, start=110), 1000, 185)
    alarms = sum(compression(curve, EPOCHS).is_detected for curve in level)
    missed = sum(not compression(curve, EPOCHS).is_detected for curve in down)
    raw = float((level.max(axis=1) - level[:, -1] > NOISE).mean())
    # 192 means, each beyond five standard errors once in 3.5 million: of 1000 curves, 0.06 alarms.
    evidence.at_most(alarms, 0, what="1000 level curves: alarms", unit="curves")
    evidence.at_most(missed, 0, what="1000 falls by half a bit: missed", unit="curves")
    # Exact for a level curve z + 1 above whose end no other point may lie, over the normal law of the end.
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    apart = (saturating(200)[-1] - saturating(200)[:-1]) / NOISE
    none = stats.norm.cdf(nodes[:, None] + 1 + apart).prod(axis=1) @ weights / weights.sum()
    slack = 4 * np.sqrt(none * (1 - none) / 1000)
    evidence.equal(raw, 1 - none, within=slack, what="raw maximum less end, above one sd", unit="share")
    evidence.number(**{"raw maximum less end above one sd, share of 1000 level curves": raw})
    planes = small_planes()
    for layer, name in enumerate(LAYERS):
        found = [compression(curve, planes.epochs) for curve in planes.i_xt[:, layer]]
        evidence.case(layer=name)
        bits = bootstrap_mean(np.array([one.bits for one in found]), rng())
        detected = sum(one.is_detected for one in found)
        evidence.number(**{f"{name}: C in bits, 95 %; nets": (bits.value, bits.low, bits.high, detected)})
        if layer in FITTING:
            # By chance not one of twenty passes five standard errors.
            evidence.at_most(len(found), detected, what=f"{name}: nets that compress", unit="nets")
            evidence.at_most(0.5, bits.low, what=f"{name}: half a bit, against the interval's lower end")
    evidence.find("supported")

    def draw(canvas):
        axes = canvas.add_subplot()
        for layer, colour in zip(range(4), ("#595959", "#009E73", "#0072B2", "#D55E00"), strict=True):
            low, middle, high = np.quantile(planes.i_xt[:, layer], [0.05, 0.5, 0.95], axis=0)
            axes.fill_between(planes.epochs, low, high, color=colour, alpha=0.2, linewidth=0)
            axes.plot(planes.epochs, middle, color=colour, label=LAYERS[layer])
        axes.set(xlabel="epoch", ylabel="I(X;T) in bits, 30 fixed bins", ylim=(0, 10.3))
        axes.legend(frameon=False)

    evidence.draw(draw, "I(X;T) of twenty tanh nets 10-8-6-4-2: median, and 5 to 95 % of the nets.")


def waits(i_ty, i_xt, epochs) -> np.ndarray:
    """Epochs from the end of fitting to the onset of compression, of each net that has both."""
    ends = [end_of_fitting(curve, epochs).end for curve in i_ty]
    onsets = [compression(curve, epochs).onset for curve in i_xt]
    pairs = zip(ends, onsets, strict=True)
    return np.array([onset - end for end, onset in pairs if end is not None and onset is not None])


@pytest.mark.claim(
    "phase.order",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019 §2.3.3; candidate-8240R-2019 §2.3.2",
    says="Compression does not set in before the fitting phase ends: so in the last hidden layer and the "
    "output of small tanh nets.",
)
def test_order_of_the_phases(evidence):
    """It sets in before: these layers lose bits about the input while they gain on the label."""
    # Fitting ends at epoch 60. A level curve with a fall from 120 on has its maximum after 8 e-folds of 10.
    after = saturating(200, pace=10) - 0.5 * np.clip((EPOCHS - 120) / 40, 0, 1)
    planted = waits(label_curves(20, 2), noisy(after, 20, seed=3, sd=0.002), EPOCHS)
    evidence.at_most(
        sign_test(planted).chance, 0.05, what="planted: compression comes later", unit="probability"
    )
    planes = small_planes()
    for layer in FITTING:
        evidence.case(layer=LAYERS[layer])
        found = waits(planes.i_ty[:, layer], planes.i_xt[:, layer], planes.epochs)
        before = sign_test(found, "less")
        middle = bootstrap_median(found, rng())
        evidence.number(
            **{
                f"{LAYERS[layer]}: onset less end of fitting, epochs, median, 95 %": (
                    middle.value,
                    middle.low,
                    middle.high,
                ),
                f"{LAYERS[layer]}: nets that compress later": told(before),
            }
        )
        evidence.at_most(before.chance, 0.05, what=f"{LAYERS[layer]}: compresses before", unit="probability")
        evidence.at_most(middle.high, 0, what=f"{LAYERS[layer]}: upper end of the interval", unit="epochs")
    evidence.find("not supported")


@pytest.mark.claim(
    "phase.layer-label-growth",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019 appendix A; grabauskas-2019-proposal",
    says="Every layer gains I(T;Y) in training.",
)
def test_growth_about_the_label(evidence):
    """Later layers of small tanh nets do; early ones know the label from the start and cannot."""
    planes = small_planes()
    gains = planes.i_ty[:, :, -9:].mean(axis=2) - planes.i_ty[:, :, 0]
    for layer, name in enumerate(LAYERS):
        evidence.case(layer=name)
        mean = bootstrap_mean(gains[:, layer], rng())
        evidence.number(**{f"{name}: gain of I(T;Y) in bits, 95 %": (mean.value, mean.low, mean.high)})
        if layer in FITTING:
            chance = sign_test(gains[:, layer]).chance
            evidence.at_most(chance, 0.05, what=f"{name}: gains", unit="probability")
    # Words fall apart in the first layer's cells: H(Y) is reached before training, and is the most there is.
    known = float(planes.i_ty[:, 0, 0].min())
    entropy = float(planes.i_ty[:, 0].max())
    evidence.equal(known, entropy, within=1e-12, what="hidden 1: I(T;Y) before training, against H(Y)")
    evidence.at_most(float(gains[:, 0].max()), 0, within=1e-12, what="hidden 1: largest gain of any net")
    evidence.find("not supported")


@pytest.mark.claim(
    "ib.last-layers",
    kind="finding",
    expected="not supported",
    source="candidate-8240R-2019 §2.3.2",
    says="At the start of training each layer moves up and to the right in the plane.",
)
def test_first_moves(evidence):
    """From epoch 0 to 2 in small tanh nets: later layers move up, but hidden ones to the left."""
    planes = small_planes()
    right, up = (table[:, :, 2] - table[:, :, 0] for table in (planes.i_xt, planes.i_ty))
    for layer, name in enumerate(LAYERS):
        evidence.case(layer=name)
        evidence.number(
            **{
                f"{name}: nets that move right, and up": (
                    told(sign_test(right[:, layer])),
                    told(sign_test(up[:, layer])),
                )
            }
        )
    evidence.at_most(sign_test(up[:, OUTPUT]).chance, 0.05, what="output: moves up", unit="probability")
    left = sign_test(right[:, LAST_HIDDEN], "less").chance
    evidence.at_most(left, 0.05, what="hidden 3: moves left", unit="probability")
    evidence.find("not supported")
