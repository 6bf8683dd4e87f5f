"""Whether kink of the loss, drop of the SNR and onset of compression happen together."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal, final

import numpy as np

from ibspec.analyse.finding import SEED, Finding
from ibspec.analyse.layer import LayerAnalysis
from ibspec.analyse.net import NO_GRADIENTS, SnrAnalysis
from ibspec.analysis import holm, simultaneity
from ibspec.core import Frozen, UserError


@final
class Together(Frozen):
    """The three events of one layer, seed by seed.

    Attributes:
        layer: Its name.
        view: How it was looked at.
        reading: Of the SNR; empty where none was measured.
        status: `ok`, or `not measured` with a reason.
        reason: Why the test could not be made.
        mean_range: Decades from the first to the last event, mean over seeds.
        median_range: The same, median over seeds; below 0.15 they are called simultaneous.
        chance: Of a mean range so small if events of different seeds belong together as well.
        adjusted: The same after Holm, over the layers of this estimator and reading.
        seeds: With all three events.
        left_out: Seeds that lack one.
        is_simultaneous: Whether the median range is below 0.15 decades.
    """

    layer: str
    view: str
    reading: str
    status: Literal["ok", "not measured"]
    reason: str = ""
    mean_range: float | None = None
    median_range: float | None = None
    chance: float | None = None
    adjusted: float | None = None
    seeds: int = 0
    left_out: int = 0
    is_simultaneous: bool | None = None


def go_together(
    layers: Sequence[LayerAnalysis], loss: Finding, drops: Sequence[SnrAnalysis]
) -> list[Together]:
    """Test each layer by each reading of the SNR that was measured."""
    readings = list(dict.fromkeys(drop.reading for drop in drops))
    if not readings:
        return [
            Together(layer=each.layer, view=each.view, reading="", status="not measured", reason=NO_GRADIENTS)
            for each in layers
        ]
    found: list[Together] = []
    for reading in readings:
        by_layer = {drop.layer: drop for drop in drops if drop.reading == reading}
        found += _adjusted([_test(each, loss, by_layer.get(each.layer), reading) for each in layers])
    return found


def _test(layer: LayerAnalysis, loss: Finding, drop: SnrAnalysis | None, reading: str) -> Together:
    untested = Together(layer=layer.layer, view=layer.view, reading=reading, status="not measured")
    if drop is None:
        reason = "the layer has no weights, and so no gradients"
        return untested.model_copy(update={"reason": reason})
    try:
        found = simultaneity(
            _times(loss), _times(drop.turn), _times(layer.onset), np.random.default_rng(SEED)
        )
    except UserError as refusal:
        return untested.model_copy(update={"reason": str(refusal)})
    return untested.model_copy(
        update={"status": "ok", **asdict(found), "is_simultaneous": found.is_simultaneous}
    )


def _adjusted(tests: list[Together]) -> list[Together]:
    chances = [each.chance for each in tests if each.chance is not None]
    adjusted = iter(holm(np.array(chances)) if chances else ())
    return [
        each if each.chance is None else each.model_copy(update={"adjusted": float(next(adjusted))})
        for each in tests
    ]


def _times(finding: Finding) -> np.ndarray:
    return np.array([np.nan if each is None else each for each in finding.replicas])
