"""What the warning codes of a measurement mean, in words for a reader who meets them first on a page."""

from typing import Final, final

from ibspec.core import Frozen


@final
class Meaning(Frozen):
    """A warning in words.

    Attributes:
        short: A few words, for a table cell.
        long: What it says about the number, and what to change.
    """

    short: str
    long: str


MEANINGS: Final[dict[str, Meaning]] = {
    "saturated": Meaning(
        short="at its ceiling",
        long="The estimate is close to the most that it can say on this probe: log2 N or H(X) where the "
        "noise or the cells tell all inputs apart, about log2 of N / k for neighbours, log2 of the batch for "
        "InfoNCE. The number says that the question was too fine for this many samples, and little about the "
        "layer. Add noise, widen the cells or enlarge the probe.",
    ),
    "collapsed": Meaning(
        short="takes one value",
        long="The layer, or what it is compared with, has a single value on this probe (for matrix "
        "entropies: an entropy below 5 % of log2 n), so the information is 0. Look for dead units.",
    ),
    "singular": Meaning(
        short="dependent units left out",
        long="Units are linear combinations of others, or a class lacks a direction: the number is about the "
        "directions that are left (`rank` in extras), or I(T;Y) is missing.",
    ),
    "one-class": Meaning(
        short="only one label",
        long="All labels of the probe are equal, so H(Y) and I(T;Y) are 0. Choose another probe.",
    ),
    "label-ceiling": Meaning(
        short="classes told apart",
        long="I(T;Y) is within 0.01 bits of the most it can be, about H(Y): hardly a row is near one of "
        "another class. That may be a fact about the layer; H(Y|T) is smaller than this many samples show.",
    ),
    "stochastic": Meaning(
        short="same input, different cells",
        long="Equal inputs fell into different cells, so that H(T|X) is above zero and I(X;T) is "
        "H(T) - H(T|X). Programs that report H(T) as I(X;T) give a larger number.",
    ),
    "ties": Meaning(
        short="many equal values",
        long="Many activities are exactly equal (zeros of a ReLU, a flat tanh). Estimators that count "
        "neighbours have no distances to count there.",
    ),
    "too-wide": Meaning(
        short="layer too wide",
        long="The layer has more units than the estimator can be trusted with at this number of samples.",
    ),
    "few-samples": Meaning(
        short="few samples",
        long="The probe, or a class of it, has too few rows for the estimator's error to be small; or a "
        "window has too few nets for the values that an input takes.",
    ),
    "partial-window": Meaning(
        short="some replicas missing",
        long="Not all replicas were measured at this epoch, so the number is about fewer nets than others of "
        "its curve. Measure all replicas at the same epochs, and mind those that diverged.",
    ),
    "uneven-window": Meaning(
        short="epochs not evenly spaced",
        long="The epochs of the window are not equally far apart, so nothing is said of how the weights "
        "moved in it, nor of a random walk. Measure every so many epochs.",
    ),
    "dropped-points": Meaning(
        short="points left out",
        long="The estimator left samples out; the number is about the rest.",
    ),
    "float32": Meaning(
        short="rounding in float32",
        long="Distances were taken in single precision and may have lost digits to cancellation.",
    ),
}
"""Meaning by code."""

_UNKNOWN: Final = "No explanation is on file for this code; docs/warnings.md may have one."

_CHANNELS: Final = "-channels"


def meaning_of(code: str) -> Meaning:
    """Return what a code means; one without an explanation stands for itself.

    `<code>-channels` says that some channels of a layer whose channels were averaged carry the warning.
    """
    if code in MEANINGS:
        return MEANINGS[code]
    if code.endswith(_CHANNELS):
        plain = meaning_of(code.removesuffix(_CHANNELS))
        start = "Some of the layer's channels, not all, have this warning."
        return Meaning(short=f"some channels: {plain.short}", long=f"{start} {plain.long}")
    return Meaning(short=code, long=_UNKNOWN)
