"""An analysis in words: tables and lines, for a terminal or a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from ibspec.analyse.finding import Finding
from ibspec.analyse.layer import LayerAnalysis
from ibspec.analyse.net import SnrAnalysis
from ibspec.analyse.run_analysis import EstimatorAnalysis, RunAnalysis
from ibspec.analysis.no_compression import SEEDS
from ibspec.analysis.simultaneity import MANY, SIMULTANEOUS
from ibspec.core import SATURATED_BITS

LAYER_HEAD: Final = (
    "layer", "fall [bits]", "in", "onset", "fitted", "onset - fitted", "no fall", "error [%]"
)  # fmt: skip

SNR_HEAD: Final = (
    "SNR of gradients", "reading", "batch", "drop [epoch]", "in", "below 1 [epoch]", "in"
)  # fmt: skip

TOGETHER_HEAD: Final = (
    "layer", "SNR", "range [decades]", "median range", f"below {SIMULTANEOUS}", "p", "p (Holm)", "in"
)  # fmt: skip

CEILING: Final = " *"

Reasons = dict[tuple[str, str], list[str]]
"""What cannot be said and why, with the layers of which it cannot."""


@final
@dataclass(frozen=True)
class Sheet:
    """A table of words.

    Attributes:
        title: What it is about; empty where its head says so.
        head: Names of the columns.
        rows: Their cells.
        numbers: Which columns stand to the right.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]


@final
@dataclass(frozen=True)
class Words:
    """All that is said about an analysis.

    Attributes:
        sheets: Those that have rows.
        caveats: How the numbers are meant.
        not_said: What is missing, and why.
        summary: One line.
    """

    sheets: tuple[Sheet, ...]
    caveats: tuple[str, ...]
    not_said: tuple[str, ...]
    summary: str


def in_words(analysis: RunAnalysis) -> Words:
    """Return an analysis as tables and lines."""
    reasons: Reasons = {}
    sheets = [_layers(each, reasons) for each in analysis.estimators]
    sheets += [_net(analysis, reasons), _snr(analysis.snr, reasons)]
    sheets += [_together(each, reasons) for each in analysis.estimators]
    return Words(
        sheets=tuple(each for each in sheets if each.rows),
        caveats=tuple(_caveats(analysis)),
        not_said=tuple(_not_said(reasons)),
        summary=_summary(analysis),
    )


def _layers(found: EstimatorAnalysis, reasons: Reasons) -> Sheet:
    rows = []
    for layer in found.layers:
        name = _name(layer.layer, layer.view)
        _keep(reasons, "compression", name, layer.compression)
        _keep(reasons, "end of fitting", name, layer.fitting)
        _keep(reasons, "error", name, layer.lowest_error)
        if layer.absence.reason:
            _add(reasons, "absence of a fall", name, layer.absence.reason)
        rows.append(
            (
                f"{name}{CEILING if layer.saturated else ''}",
                _number(layer.compression, ".3f"),
                _count(layer.compressing, layer.compression.looked_at),
                _number(layer.onset),
                _number(layer.fitting),
                _number(layer.order),
                _absence(layer),
                _error(layer),
            )
        )
    return Sheet(f"{found.estimator}, times in epochs", LAYER_HEAD, rows, (1, 3, 4, 5, 7))


def _net(analysis: RunAnalysis, reasons: Reasons) -> Sheet:
    rows = []

    def show(what: str, finding: Finding, format: str = ".0f") -> None:
        _keep(reasons, what, "the net", finding)
        if finding.looked_at:
            rows.append((what, _number(finding, format), _count(finding.found, finding.looked_at)))

    show("kink of the loss [epoch]", analysis.loss_kink)
    show("exponent of the weights' displacement", analysis.wandering, ".2f")
    for split, accuracy in analysis.accuracy.items():
        if accuracy.value is not None:
            show(f"accuracy on {split} rows at the end", accuracy, ".4f")
    return Sheet("", ("of the net", "", "in"), rows, (1,))


def _snr(drops: Sequence[SnrAnalysis], reasons: Reasons) -> Sheet:
    rows = []
    for drop in drops:
        where = "all weights" if drop.layer == "all" else drop.layer
        row = [where, drop.reading, str(drop.batch_size)]
        for what, event in (("drop of the SNR", drop.turn), ("SNR below 1", drop.crossing)):
            _keep(reasons, f"{what}, {drop.reading}", where, event)
            row += [_number(event), _count(event.found, event.looked_at)]
        rows.append(row)
    return Sheet("", SNR_HEAD, rows, (2, 3, 5))


def _together(found: EstimatorAnalysis, reasons: Reasons) -> Sheet:
    rows = []
    for each in found.together:
        name = _name(each.layer, each.view)
        if each.status != "ok":
            _add(reasons, "simultaneity", name, each.reason)
            continue
        numbers = (each.mean_range, each.median_range, each.chance, each.adjusted)
        mean, median, chance, adjusted = ("-" if one is None else f"{one:.3g}" for one in numbers)
        near = "yes" if each.is_simultaneous else "no"
        seeds = _count(each.seeds, each.seeds + each.left_out)
        rows.append((name, each.reading, mean, median, near, chance, adjusted, seeds))
    title = f"{found.estimator}: kink of the loss, drop of the SNR and onset of the fall together?"
    return Sheet(title, TOGETHER_HEAD, rows, (2, 3, 5, 6))


def _caveats(analysis: RunAnalysis) -> Iterator[str]:
    replicas = len(analysis.replicas)
    layers = [layer for each in analysis.estimators for layer in each.layers]
    if analysis.state != "done":
        yield f"the run is not finished ({analysis.state}): this is about what it has measured so far"
    if replicas == 1:
        yield "one replica: nothing is said about others like it, and there are no intervals"
    else:
        narrow = ", too narrow with so few (at ten replicas by 18 %)" if replicas < SEEDS else ""
        yield f"in brackets: 95 % bootstrap intervals over {replicas} replicas{narrow}"
    yield "fall: largest smoothed I(X;T) less the last; it counts above five standard errors of the noise"
    if any(layer.lowest_error.value is not None for layer in layers):
        yield "error: of the best guess of Y from T (Fano, Hellman-Raviv), were the last I(T;Y) the true one"
    if any(layer.saturated for layer in layers):
        near = f"in some replicas I(X;T) ends within {SATURATED_BITS} bits of the most possible"
        yield f"{CEILING.strip()}: {near}, which hides a fall"
    tested = any(test.status == "ok" for each in analysis.estimators for test in each.together)
    if tested and replicas < MANY:
        yield f"together: with fewer than {MANY} replicas the test has little power: a large p proves little"


def _not_said(reasons: Reasons) -> Iterator[str]:
    """Say each thing that cannot be said once, with its layers and its reason."""
    for (what, reason), names in reasons.items():
        layers = list(dict.fromkeys(names))
        more = f" and {len(layers) - 6} more" if len(layers) > 6 else ""
        yield f"not said: {what} of {', '.join(layers[:6])}{more}: {reason}"


def _summary(analysis: RunAnalysis) -> str:
    layers = [layer for each in analysis.estimators for layer in each.layers]
    every = sum(0 < layer.compressing == layer.compression.looked_at for layer in layers)
    some = sum(0 < layer.compressing < layer.compression.looked_at for layer in layers)
    curves, estimators = len(layers), len(analysis.estimators)
    return (
        f"{curves} curve{'s' * (curves != 1)} by {estimators} estimator{'s' * (estimators != 1)}: "
        f"I(X;T) falls in all replicas on {every}, in some on {some}, in none on {len(layers) - every - some}"
    )


def _keep(reasons: Reasons, what: str, where: str, finding: Finding) -> None:
    """Note why something is missing; that one replica has no interval is plain to see."""
    alone = finding.found == 1 and finding.looked_at == len(finding.replicas)
    if finding.reason and not alone:
        _add(reasons, what, where, finding.reason)


def _add(reasons: Reasons, what: str, where: str, reason: str) -> None:
    reasons.setdefault((what, reason), []).append(where)


def _name(layer: str, view: str) -> str:
    return layer if view == "whole" else f"{layer}, {view}"


def _number(finding: Finding, format: str = ".0f") -> str:
    if finding.value is None:
        return "none" if finding.status == "not found" else "-"
    if finding.low is None or finding.high is None:
        return f"{finding.value:{format}}"
    return f"{finding.value:{format}} [{finding.low:{format}}, {finding.high:{format}}]"


def _count(some: int, every: int) -> str:
    return f"{some} of {every}"


def _absence(layer: LayerAnalysis) -> str:
    absence = layer.absence
    return "-" if absence.high is None else f"{absence.status}: < {absence.high:.2f}"


def _error(layer: LayerAnalysis) -> str:
    ends = layer.lowest_error.value, layer.highest_error.value
    low, high = ("-" if end is None else "< 0.01" if end < 1e-4 else f"{100 * end:.2f}" for end in ends)
    return low if low == high else f"{low} to {high}"
