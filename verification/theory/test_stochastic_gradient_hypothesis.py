"""When a loss kinks, a signal-to-noise ratio drops and compression sets in: one reading of each."""

import math

import numpy as np
import pytest

from ibspec.analysis import compression, dose_response, kink, snr_drop
from ibspec.analysis.broken_line import BIC_GAIN
from verification.planted import NOISE, broken, noisy, saturating

STEPS = np.logspace(0, 3, 120)

LOGS = np.log10(STEPS)

PLACES = (1.0, 1.5, 2.0)
"""Planted breaks, log10 step."""

NEAR = 0.1
"""Decades by which a break may be missed: a quarter of its time."""

POWER_LAWS = 1000


def rng() -> np.random.Generator:
    return np.random.default_rng(191)


def power_laws() -> np.ndarray:
    """Without a break, with independent noise."""
    return noisy(0.3 - 0.5 * LOGS, POWER_LAWS, seed=191)


def alarms(curves: np.ndarray, **options: bool) -> int:
    """Breaks accepted; the blocks are drawn only where BIC alone would accept one."""
    found = 0
    for curve in 10**curves:
        quick = kink(curve, STEPS, rng(), resamples=0, **options)
        if quick is not None and quick.bic_gain > BIC_GAIN:
            whole = kink(curve, STEPS, rng(), resamples=199, **options)
            found += whole is not None and whole.is_accepted
    return found


@pytest.mark.claim(
    "sgh.kink",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.4, item 1",
    says="A kink of the training loss can be read as the break of two power laws that meet, accepted if BIC "
    "gains more than 10 and blocks of residuals give p < 0.01: kinks that are planted are found within 0.1 "
    "decades, and of losses without one at most 1 % are said to have one.",
)
def test_kink_of_the_loss(evidence):
    evidence.at_most(
        alarms(power_laws()) / POWER_LAWS, 0.01, what="no kink, 1000 losses: said to have one", unit="share"
    )
    for at in PLACES:
        for curve in 10 ** noisy(broken(LOGS, at=at), 10, seed=int(10 * at)):
            evidence.case(planted=at)
            found = kink(curve, STEPS, rng(), resamples=199)
            evidence.at_most(
                abs(math.log10(found.step) - at), NEAR, what="planted kink: missed by", unit="decades"
            )
            evidence.at_most(BIC_GAIN, found.bic_gain, what="planted kink: BIC gain", unit="")
            evidence.at_most(found.chance, 0.01, what="planted kink: p", unit="probability")


def steepest_turn(curve: np.ndarray) -> float:
    """The other reading, to the letter: the largest change of the slope, whatever its error."""
    breaks = np.linspace(LOGS[4], LOGS[-5], 100)
    changes = [
        np.linalg.lstsq(np.stack([np.ones(len(LOGS)), LOGS, np.maximum(0, LOGS - at)], axis=1), curve)[0][2]
        for at in breaks
    ]
    return float(breaks[int(np.argmin(changes))])


@pytest.mark.claim(
    "sgh.snr-drop",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.4, item 2",
    says="A rapid decrease of the signal-to-noise ratio can be read as the break behind which its power law "
    "falls faster, by the largest turn against its standard error; next to it, as the first crossing of 1.",
)
def test_drop_of_the_snr(evidence):
    """The turn itself, without its error, is largest at the ends, where few points hold a slope."""
    evidence.at_most(
        alarms(power_laws(), falling=True) / POWER_LAWS, 0.01, what="no drop, 1000 ratios", unit="share"
    )
    ours, letter = [], []
    for at in PLACES:
        # High at 3 until the drop, then falling as 1 / step: it passes 1 at three times that step.
        ratio = np.log10(3) + broken(LOGS, at=at, before=0.0, after=-1.0) - 0.3
        for curve in noisy(ratio, 10, seed=int(10 * at)):
            evidence.case(planted=at)
            found = snr_drop(10**curve, STEPS, rng(), resamples=199)
            ours.append(abs(math.log10(found.turn.step) - at))
            evidence.at_most(ours[-1], NEAR, what="planted drop: missed by", unit="decades")
            evidence.at_most(found.turn.chance, 0.01, what="planted drop: p", unit="probability")
            # Noise of 0.05 decades on a slope of 1: a first passage comes early by five of these at most.
            early = at + math.log10(3) - math.log10(found.crossing)
            evidence.at_most(abs(early), 5 * NOISE, what="crossing of 1: missed by", unit="decades")
        slight = noisy(broken(LOGS, at=at, before=0.0, after=-0.3), 10, seed=int(10 * at))
        letter += [abs(steepest_turn(curve) - at) for curve in slight]
    evidence.number(
        **{
            "missed by, largest turn against its error, median, decades": float(np.median(ours)),
            "missed by, largest turn of a slope that falls by 0.3, most, decades": max(letter),
        }
    )
    evidence.at_most(NEAR, max(letter), what="to the letter: missed by more", unit="decades")
    level = snr_drop(np.full(120, 0.4), STEPS, rng())
    assert level.crossing is None, "a ratio that is never 1 does not cross it"
    assert level.turn is None, "a level ratio does not turn"


@pytest.mark.claim(
    "sgh.onset",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.4, item 3",
    says="The moment at which I(X;T) stops rising and starts falling can be read as the maximum of its mean "
    "of nine, valid only where the fall exceeds five standard errors: planted maxima are found within the "
    "nine, and level curves have none.",
)
def test_onset_of_compression(evidence):
    epochs = np.arange(200.0)
    for top in (40, 100, 150):
        # Means nine apart on slopes of 0.05 a epoch differ by ten standard errors: no other mean can win.
        for curve in noisy(5 - 0.05 * np.abs(epochs - top), 50, seed=top, sd=0.02):
            evidence.case(planted=top)
            found = compression(curve, epochs)
            assert found.onset is not None, "a fall of two bits and more must be found"
            evidence.at_most(abs(found.onset - top), 9, what="planted onset: missed by", unit="epochs")
    valid = sum(compression(curve, epochs).is_detected for curve in noisy(saturating(200), 1000, seed=193))
    evidence.at_most(valid, 0, what="1000 level curves: onsets", unit="onsets")


SEEDS, EXPERIMENTS = 20, 200

DOSES = np.array([0.25, 1.0, 4.0, 16.0])
"""Variance of the noise in the gradients, at one and the same mean, in that of the batch as it was."""


def onsets(effect: float, drawn: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """log10 onset of each seed at each dose, and the noise that an observer sees at dose 1.

    Every seed has a clock of its own, which sets both the onset and the noise that is seen.
    """
    clock = 0.3 * drawn.standard_normal(SEEDS)
    seen = clock + 0.1 * drawn.standard_normal(SEEDS)
    moved = 2 + clock[:, None] + effect * np.log10(DOSES)
    return moved + 0.1 * drawn.standard_normal((SEEDS, len(DOSES))), seen


@pytest.mark.claim(
    "sgh.causal",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.4",
    says="That noise in the gradients causes compression can be read as an intervention: noise is changed at "
    "a fixed mean, and the onset moves with the dose; events that merely share a clock do not pass.",
)
def test_intervention(evidence):
    """200 experiments of 20 seeds with a clock of their own and no effect, and 200 with one of -0.3."""
    drawn, answers, seen_together, found = rng(), 0, [], []
    for _ in range(EXPERIMENTS):
        table, seen = onsets(0.0, drawn)
        seen_together.append(float(np.corrcoef(table[:, 1], seen)[0, 1]))
        slope = dose_response(DOSES, table, drawn, resamples=1000)
        answers += not slope.low <= 0 <= slope.high
        found.append(dose_response(DOSES, onsets(-0.3, drawn)[0], drawn, resamples=1000))
    # Percentile intervals of twenty are 9 % too narrow: 7.4 % miss in place of 5 %. Four standard deviations.
    limit = 0.074 + 4 * math.sqrt(0.074 * 0.926 / EXPERIMENTS)
    evidence.at_most(answers / EXPERIMENTS, limit, what="no effect, common clock: called one", unit="share")
    evidence.at_most(0.8, float(np.median(seen_together)), what="though seen together: correlation", unit="")
    evidence.at_most(max(one.high for one in found), 0, what="planted effect: upper limit", unit="")
    missed = sum(not one.low <= -0.3 <= one.high for one in found)
    evidence.at_most(missed / EXPERIMENTS, limit, what="planted effect: outside the interval", unit="share")
