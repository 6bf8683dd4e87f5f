"""The information plane: how many epochs it shows, and where an untrained network stands on it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels
from ibspec.estimators import Binning, Range, Width
from ibspec.models import Mlp
from ibspec.recorder import Recorder
from ibspec.schedules import Every, LogSpaced
from ibspec.training import Demand, GeneralEngine, Sgd, Task, Training
from verification.information import ROUNDING
from verification.networks import RealNetwork, binary_words


def watch(rows: int, training: Training, passes: int) -> list[int]:
    """Train on so many rows and measure after each of so many passes; return the epochs measured."""
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, 2)).astype(np.float32)
    y = rng.integers(0, 2, rows)
    net = Mlp(hidden=(2,), activation="tanh").build((2,), 2, seed=0)
    task = Task(torch.from_numpy(x), torch.from_numpy(y), [np.arange(rows)])
    engine = GeneralEngine(Demand([net], training, torch.device("cpu")), task)
    recorder = Recorder(net, Probe(x=x, y=y), estimators=[Binning(cells=Width(0.5))])
    for _ in range(passes):
        engine.advance()
        recorder.record(engine.epoch)
    return sorted(set(recorder.measurements.epoch.tolist()))


def printed_passes(rows: int, training: Training) -> int:
    """Line 12 and line 15 as printed: N = len(Data), and the loop over epochs is range(0, N)."""
    return rows


def corrected_passes(rows: int, training: Training) -> int:
    """The number of epochs is a choice of its own."""
    return training.epochs


@pytest.mark.claim(
    "ip.algorithm",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a Fig. 1 line 15",
    says="The loop over epochs ends after N of them, N being the number of data points.",
)
def test_epochs_are_not_data_points(evidence):
    """Trained and recorded both ways: as many epochs as asked for, whatever the number of rows."""

    @given(epochs=st.integers(0, 400), per_decade=st.integers(1, 20))
    def search(epochs, per_decade):
        evidence.case(epochs=epochs, per_decade=per_decade)
        evidence.equal(
            len(Every().planned(epochs)), epochs + 1, within=0.0, what="epochs 0 to the last", unit="epochs"
        )
        planned = LogSpaced(per_decade=per_decade).planned(epochs)
        evidence.equal(planned[-1], epochs, within=0.0, what="last epoch planned", unit="epochs")

    search()
    for rows, epochs in ((3, 5), (5, 3), (12, 4), (4, 4), (6, 0)):
        training = Training(epochs=epochs, batch_size=2, optimiser=Sgd(learning_rate=0.1))
        evidence.case(rows=rows, epochs=epochs)
        wanted = list(range(1, epochs + 1))
        found = watch(rows, training, corrected_passes(rows, training))
        assert found == wanted, f"corrected: asked for epochs {wanted}, recorded {found}"
        printed = watch(rows, training, printed_passes(rows, training))
        assert (printed == wanted) == (rows == epochs), f"printed: {rows} rows gave epochs {printed}"
    asked = Training(epochs=3, batch_size="full", optimiser=Sgd(learning_rate=0.1))
    evidence.differ(
        printed_passes(4096, asked), corrected_passes(4096, asked), by=1.0, what="passes", unit="epochs",
        data_points=4096, epochs_asked_for=3, epochs_as_printed=printed_passes(4096, asked),
    )  # fmt: skip


@pytest.mark.claim(
    "ip.random-net",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §1.1",
    says="Before training the last layer has close to no information about X and Y, as the network guesses "
    "at random.",
)
def test_untrained_network_is_a_map(evidence):
    """A random net is one fixed map and keeps all; what is small comes from width, cells and weight scale."""
    unbinned = Binning(cells=Width(1e-300))  # floor(t / 1e-300) tells apart all that float64 does
    cut = Binning(cells=Range(low=-1, high=1, bins=30))

    @given(seed=st.integers(0, 2**32 - 1), bits=st.integers(1, 6), units=st.integers(1, 4))
    def search(seed, bits, units):
        rng = np.random.default_rng(seed)
        network = RealNetwork.random((bits, units, units), "tanh", gain=1.0, rng=rng)
        x = binary_words(bits)
        y = rng.integers(0, 2, len(x))
        evidence.case(seed=seed, bits=bits, units=units)
        probe = Probe(x=x, y=y)
        *_, last = network.activities(x)
        found = unbinned.estimate(last, probe)
        # 64 inputs at random places are nowhere near 1e-16 of each other.
        worst = evidence.equal(found.i_xt, bits, within=ROUNDING, what="corrected: I(X;T) = log2 N")
        target(
            max(
                worst, evidence.equal(found.i_ty, probe.h_y, within=ROUNDING, what="corrected: I(T;Y) = H(Y)")
            )
        )

    search()
    words = symmetric_inputs()
    task = Probe(x=words, y=symmetric_labels().astype(np.int64))
    easy = Probe(x=words, y=words[:, 0].astype(np.int64))  # the first bit as the label
    gains = (0.3, 1.0, 2.0)
    about_x = {gain: [] for gain in gains}
    about_y, of_relu = [], []
    for seed in range(12):
        for gain in gains:
            rng = np.random.default_rng(seed)
            network = RealNetwork.random((12, 10, 7, 5, 4, 3, 2), "tanh", gain=gain, rng=rng)
            *_, last = network.activities(words)
            about_x[gain].append(cut.estimate(last, task).i_xt)
            exact = unbinned.estimate(last, task)
            evidence.equal(exact.i_xt, 12.0, within=ROUNDING, what="4096 words: I(X;T)")
            evidence.equal(exact.i_ty, task.h_y, within=ROUNDING, what="4096 words: I(T;Y)")
            if gain == 1.0:
                about_y.append(cut.estimate(last, easy).i_ty)
                *_, dead = replace(network, activation="relu").activities(words)
                of_relu.append(unbinned.estimate(dead, task).i_xt)
    evidence.differ(
        exact.i_xt, 0.0, by=1.0, what="I(X;T)", network="12-10-7-5-4-3-2, tanh, untrained",
        inputs="all 4096 words", exact_I_of_X_and_last_layer=exact.i_xt,
        exact_I_of_last_layer_and_Y=exact.i_ty,
    )  # fmt: skip
    assert min(about_x[1.0]) > 1, "in 30 bins too, weights of gain 1 must leave more than a bit"
    assert max(about_x[0.3]) < min(about_x[1.0]), "in 30 bins small weights must leave less, not exactly"
    evidence.at_most(max(of_relu), 12.0, within=ROUNDING, what="relu, not injective")
    spread = {gain: (min(values), float(np.median(values)), max(values)) for gain, values in about_x.items()}
    for gain, values in spread.items():
        evidence.number(**{f"30 bins, gain {gain:g}, 12 nets: I(X;T) least, median, most": values})
    evidence.number(**{"relu, exact, gain 1: I(X;T) least, most": (min(of_relu), max(of_relu))})
    evidence.number(**{"30 bins, gain 1, Y the first bit: I(T;Y) least, most": (min(about_y), max(about_y))})

    def draw(canvas):
        axes = canvas.add_subplot()
        for place, (values, colour) in enumerate(
            zip(about_x.values(), ("#56B4E9", "#0072B2", "#009E73"), strict=True)
        ):
            axes.plot(values, np.full(12, place), "o", color=colour, alpha=0.6)
        axes.axvline(12, color="#D55E00", label="exact, every gain")
        axes.axvline(0, color="#595959", linestyle="--", label="as printed")
        axes.set(xlabel="I(X;T) of the last layer in bits", yticks=range(3), ylim=(-0.5, 2.5))
        axes.set_yticklabels([f"30 bins, gain {gain:g}" for gain in gains])
        axes.legend(frameon=False, loc="lower center")

    evidence.draw(draw, "Last layer of twelve untrained tanh networks 12-10-7-5-4-3-2 on all 4096 words.")
