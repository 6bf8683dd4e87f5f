"""What phases depend on: the amount of data, the activation, batches; measured on small nets."""

import numpy as np
import pytest

from ibspec.analysis import (
    compare_groups,
    compression,
    end_of_fitting,
    standardised_coefficients,
)
from ibspec.core import Probe
from ibspec.estimators import Kde
from verification.networks import binary_words
from verification.planted import falling, noisy, saturating
from verification.small_planes import LAST_HIDDEN, LAYERS, OUTPUT, Planes, small_planes

EPOCHS = np.arange(200.0)

SETTINGS = ("rows", "batch", "rate")


def rng() -> np.random.Generator:
    return np.random.default_rng(187)


def falls(curves: np.ndarray, epochs: np.ndarray) -> np.ndarray:
    """Bits, and whether they were detected; a row a net."""
    found = [compression(curve, epochs) for curve in curves]
    return np.array([(one.bits, one.is_detected) for one in found])


def fitting_ends(planes: Planes) -> np.ndarray:
    """Of the output, in epochs; NaN where no rise stands out of its noise."""
    ends = [end_of_fitting(curve, planes.epochs).end for curve in planes.i_ty[:, OUTPUT]]
    return np.array([np.nan if end is None else end for end in ends])


@pytest.mark.claim(
    "phase.data-size",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019 §2.3.3",
    says="The duration of the fitting phase is set most by the size of the data set: so in small tanh nets, "
    "against batch size and learning rate, in epochs and in steps.",
)
def test_duration_of_fitting(evidence):
    """Two sizes by two batch sizes, six nets in each of the four cells, at rates of their own."""
    drawn = rng().standard_normal((40, 3))
    planted = drawn @ [1.0, 0.3, 0.0] + 0.1 * rng().standard_normal(40)
    first, second, third = standardised_coefficients(drawn, planted, rng(), resamples=300)
    evidence.at_most(second.high, first.low, what="planted: the largest is told", unit="")
    evidence.at_most(max(abs(third.low), abs(third.high)), second.low, what="planted: none is told", unit="")
    settings, ends = [], []
    for rows in (410, 820):
        for batch in (51, 205):
            evidence.case(rows=rows, batch=batch)
            planes = small_planes(seeds=6, epochs=400 * batch // rows, batch=batch, rows=rows)
            settings += [(rows, batch, rate) for rate in planes.rates]
            ends += list(fitting_ends(planes))
    known = np.isfinite(ends)
    evidence.at_most(18, int(known.sum()), what="nets with a fitting phase, of 24", unit="nets")
    table, epochs = np.log10(settings)[known], np.log10(ends)[known]
    # Steps an epoch: rows / batch.
    steps = epochs + table[:, 0] - table[:, 1]
    by = {
        unit: standardised_coefficients(table, outcome, rng())
        for unit, outcome in (("epochs", epochs), ("steps", steps))
    }
    for unit, found in by.items():
        evidence.number(
            **{
                f"{unit}: {name}, standard deviations, 95 %": (one.value, one.low, one.high)
                for name, one in zip(SETTINGS, found, strict=True)
            }
        )
    evidence.at_most(by["epochs"][0].high, 0, what="epochs: more data, fewer of them", unit="")
    size, batch_size, rate = (abs(one.value) for one in by["steps"])
    # More data is more steps an epoch: counted in steps its influence is gone, and that of the others is not.
    others = min(batch_size, rate)
    evidence.at_most(size, others, what="steps: size of the data, against batch and rate", unit="")
    evidence.find("not supported")


@pytest.mark.claim(
    "phase.overtraining",
    kind="finding",
    expected="supported",
    source="candidate-8240R-2019 §2.3.2 and Figure 1",
    says="With little training data, I(T;Y) of the last layer, measured on all data, falls in the end, and "
    "with much it does not: so in small tanh nets with 5 %, 40 % and 85 % of the words.",
)
def test_overtraining(evidence):
    level = falls(noisy(saturating(200) / 10, 200, seed=188, sd=0.005), EPOCHS)
    down = falls(noisy(falling(200, fall=0.5, start=110) / 10, 200, seed=189, sd=0.005), EPOCHS)
    evidence.at_most(level[:, 1].sum(), 0, what="200 level curves: alarms", unit="curves")
    evidence.at_most(200, down[:, 1].sum(), what="200 falls by 0.05 bits: found", unit="curves")
    nets = {}
    for rows in (51, 410, 870):
        # With 51 words an epoch is one step, in place of five: 300 epochs make up for some of that.
        planes = small_planes(rows=rows, seeds=10, epochs=300 if rows == 51 else 100)
        for layer in (LAST_HIDDEN, OUTPUT):
            evidence.case(rows=rows, layer=LAYERS[layer])
            found = falls(planes.i_ty[:, layer], planes.epochs)
            nets[rows, layer] = int(found[:, 1].sum())
            evidence.number(
                **{
                    f"{rows} of 1024 words, {LAYERS[layer]}: nets of 10 whose I(T;Y) falls, median bits": (
                        nets[rows, layer],
                        float(np.median(found[:, 0])),
                    )
                }
            )
    # None is expected by chance. Most of ten: six or more.
    evidence.at_most(6, nets[51, OUTPUT], what="5 %: nets whose output falls", unit="nets")
    evidence.at_most(nets[870, OUTPUT], 0, what="85 %: nets whose output falls", unit="nets")
    evidence.find("supported")


def kernel_curves(planes: Planes) -> np.ndarray:
    """I(X;T) of the last hidden layer by kernels, on every fourth word, of ten nets at every third epoch."""
    probe, noise = Probe(x=binary_words(10)[::4]), Kde(noise_variance=0.01)
    return np.array([[noise.estimate(t, probe).i_xt for t in net[::3]] for net in planes.last[:10]])


@pytest.mark.claim(
    "phase.tanh-relu",
    kind="finding",
    expected="undecided",
    source="grabauskas-2019 chapter 1; candidate-8240R-2019 §3.1.6",
    says="Layers compress with tanh and not with ReLU: of small nets, bins of one rule say that both do, and "
    "kernels of one width that only tanh does.",
)
def test_tanh_against_relu(evidence):
    """Twenty nets of each: what ReLU does depends on the estimator, so that no verdict is about the nets."""
    one, other = rng().standard_normal((2, 20))
    planted = compare_groups(one + 2, other, rng())
    evidence.at_most(0.5, planted.delta.low, what="planted: groups two deviations apart", unit="")
    evidence.at_most(planted.chance, 0.05, what="planted: Mann-Whitney", unit="probability")
    tanh, relu = small_planes("tanh"), small_planes("relu")
    tables = {
        f"{name}, bins": tuple(falls(planes.i_xt[:, layer], planes.epochs) for planes in (tanh, relu))
        for layer, name in enumerate(LAYERS[:OUTPUT])
    }
    epochs = tanh.epochs[::3]
    tables["hidden 3, kernels"] = falls(kernel_curves(tanh), epochs), falls(kernel_curves(relu), epochs)
    for name, (first, second) in tables.items():
        evidence.case(layer=name)
        found = compare_groups(first[:, 0], second[:, 0], rng())
        evidence.number(
            **{
                f"{name}: C in bits of tanh and ReLU, nets that compress": (
                    float(first[:, 0].mean()),
                    float(second[:, 0].mean()),
                    int(first[:, 1].sum()),
                    int(second[:, 1].sum()),
                ),
                f"{name}: Cliff's delta, 95 %, p": (
                    found.delta.value,
                    found.delta.low,
                    found.delta.high,
                    found.chance,
                ),
            }
        )
    for layer in ("hidden 2", "hidden 3"):
        compressing = int(tables[f"{layer}, bins"][1][:, 1].sum())
        evidence.at_most(20, compressing, what=f"{layer}: ReLU nets that compress", unit="nets")
    early = compare_groups(tables["hidden 2, bins"][0][:, 0], tables["hidden 2, bins"][1][:, 0], rng())
    evidence.at_most(early.delta.high, 0, what="hidden 2, bins: delta of tanh over ReLU, upper end", unit="")
    kernels = tables["hidden 3, kernels"]
    late = compare_groups(kernels[0][:, 0], kernels[1][:, 0], rng())
    evidence.at_most(0.5, late.delta.low, what="hidden 3, kernels: delta, lower end", unit="")
    evidence.at_most(
        kernels[1][:, 1].sum(), 0, what="hidden 3, kernels: ReLU nets that compress", unit="nets"
    )
    evidence.find("undecided")
