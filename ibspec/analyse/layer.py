"""What one estimator says about one layer over training."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, final

import numpy as np
import pandas as pd

from ibspec.analyse.curves import Curve, Numbers, curves_of
from ibspec.analyse.finding import Finding, Outcome, difference, gather
from ibspec.analysis import bracket_error, compression, end_of_fitting, no_compression
from ibspec.core import Frozen, UserError, ceiling, is_saturated

NO_LABELS: Final = "H(Y) of the probe is unknown: there are no class labels"


@final
@dataclass(frozen=True)
class Facts:
    """What is known of the probe: H(X) and H(Y) in bits, and how many values Y takes; None where unknown."""

    h_x: float | None = None
    h_y: float | None = None
    classes: int | None = None


@final
class Absence(Frozen):
    """Whether the layer was shown not to compress, by an equivalence test over replicas.

    Attributes:
        status: As in `ibspec.analysis.NoCompression`.
        reason: Why it cannot be shown; empty otherwise.
        fall: Mean fall from maximum to end, in bits.
        high: Its upper 95 % limit; absence is shown below `margin`.
        margin: Bits.
    """

    status: Literal["shown", "not shown", "cannot be shown"]
    reason: str = ""
    fall: float | None = None
    high: float | None = None
    margin: float | None = None


@final
class LayerAnalysis(Frozen):
    """The events of one layer.

    Attributes:
        layer: Its name.
        depth: Its place among the measured ones.
        view: How it was looked at.
        saturated: Replicas in which I(X;T) ends at the ceiling, where nothing can be seen of the layer.
        compression: Largest smoothed I(X;T) less the last one, bits.
        compressing: Replicas in which that exceeds five standard errors.
        onset: Epoch of the largest smoothed I(X;T), where it compresses.
        fitting: Epoch at which smoothed I(T;Y) has made 90 % of its rise.
        order: Onset less end of fitting, epochs.
        absence: Whether compression was shown to be absent.
        lowest_error: Of any guess of Y from T at the end, were I(T;Y) what was estimated (Fano).
        highest_error: Of the best guess (Hellman and Raviv).
    """

    layer: str
    depth: int
    view: str
    saturated: int
    compression: Finding
    compressing: int
    onset: Finding
    fitting: Finding
    order: Finding
    absence: Absence
    lowest_error: Finding
    highest_error: Finding


def analyse_layer(rows: pd.DataFrame, replicas: Sequence[int], facts: Facts) -> LayerAnalysis:
    """Apply the detectors to what one estimator measured of one layer.

    Args:
        rows: Of the table of measurements: one estimator, layer and view, one row a replica and epoch.
        replicas: Of the run.
        facts: About the probe.
    """
    of_x, of_y = (curves_of(rows, name, replicas) for name in ("i_xt", "i_ty"))
    falls = [curve.ask(lambda values, epochs: compression(values, epochs).bits) for curve in of_x]
    onset = gather(
        "epochs", [curve.ask(lambda values, epochs: compression(values, epochs).onset) for curve in of_x]
    )
    fitting = gather(
        "epochs", [curve.ask(lambda values, epochs: end_of_fitting(values, epochs).end) for curve in of_y]
    )
    most = float(ceiling(facts.h_x, int(rows["n"].max())))
    lowest, highest = (
        gather("probability", [_error(curve, facts, end) for curve in of_y], "mean")
        for end in ("lowest", "highest")
    )
    first = rows.iloc[0]
    return LayerAnalysis(
        layer=str(first["layer"]),
        depth=int(first["depth"]),
        view=str(first["view"]),
        saturated=sum(bool(is_saturated(curve.values[-1:], most).any()) for curve in of_x),
        compression=gather("bits", falls, "mean"),
        compressing=onset.found,
        onset=onset,
        fitting=fitting,
        order=difference(onset, fitting),
        absence=_absence(of_x, most),
        lowest_error=lowest,
        highest_error=highest,
    )


def _absence(curves: Sequence[Curve], most: float) -> Absence:
    """Test the replicas at the epochs that all of them have."""
    measured = [curve for curve in curves if not curve.reason]
    if not measured:
        return Absence(status="cannot be shown", reason=curves[0].reason if curves else "no replicas")
    shared = measured[0].epochs
    for curve in measured[1:]:
        shared = np.intersect1d(shared, curve.epochs)
    table = np.stack([curve.values[np.isin(curve.epochs, shared)] for curve in measured])
    try:
        found = no_compression(table, shared, cap=most)
    except UserError as refusal:
        return Absence(status="cannot be shown", reason=str(refusal))
    if found.fall is None:
        return Absence(status=found.status, reason=found.reason)
    fall = found.fall
    return Absence(status=found.status, fall=fall.mean, high=fall.high, margin=fall.margin)


def _error(curve: Curve, facts: Facts, end: Literal["lowest", "highest"]) -> Outcome:
    """Return one end of the bracket of the error at the last epoch."""
    if facts.h_y is None or facts.classes is None:
        return NO_LABELS
    return curve.ask(partial(_bracket, h_y=facts.h_y, classes=facts.classes, end=end))


def _bracket(values: Numbers, epochs: Numbers, *, h_y: float, classes: int, end: str) -> float:
    try:
        bracket = bracket_error(float(values[-1]), h_y, classes)
    except ValueError as refusal:
        raise UserError(f"the last estimate belongs to no law: {refusal}") from None
    return bracket.lowest if end == "lowest" else bracket.highest
