"""The change of I(X;T) in an epoch: predicted along the update, realised, and which pairs close in."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ibspec.figures.curves import layer_legend, marked_epochs
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.frame import Limits
from ibspec.figures.logarithmic import spell_tick
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, layer_colour, layer_marker, printable, slug, styled, tidy
from ibspec.figures.tables import Tables, count_in_words, layers_of

NOT_ASKED: Final = (
    "nothing to draw: the run has no rates of information; ask with measure.gradients.information_rate"
)

BOUNDS: Final = {"i_xt_upper": "upper bound", "i_xt_lower": "lower bound"}
"""Quantities in the order of the columns."""

REALISED, FIRST, CORRECTED = "#000000", "#0072B2", "#D55E00"
LINEAR_QUANTILE: Final = 0.1
"""Changes smaller than this share of all are drawn on a linear scale: rounding, not orders of magnitude."""


def information_rate(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw one figure for each kernel estimator: changes by layer and bound, and the contracting share."""
    table = tables.rates
    rows = table[table["quantity"].isin(list(BOUNDS))] if len(table) else table
    if rows.empty:
        yield Blank("information-rate", NOT_ASKED)
        return
    for estimator, mine in rows.groupby("estimator", sort=False):
        yield _draw(str(estimator), mine, tables)


def _draw(estimator: str, rows: pd.DataFrame, tables: Tables) -> Drawing | Blank:
    name = f"information-rate-{slug(estimator)}"
    columns = ["predicted", "second_order", "realised"]
    finite = rows[np.isfinite(rows[columns].to_numpy(dtype=np.float64)).all(axis=1)]
    if finite.empty:
        return Blank(name, f"nothing to draw: no rate of {estimator} is finite")
    means = finite.groupby(["epoch", "depth", "layer", "quantity"], as_index=False)[
        [*columns, "contracting"]
    ].mean()
    means["corrected"] = means["predicted"] + means["second_order"]
    bounds = [bound for bound in BOUNDS if bound in set(means["quantity"])]
    title = f"{tables.title}: change of I(X;T) in an epoch"
    replicas = finite["replica"].nunique()
    subtitle = printable(estimator + (f" · {replicas} replicas" if replicas > 1 else ""))
    first, last = int(means["epoch"].min()), int(means["epoch"].max())
    lost = len(rows) - len(finite)
    caption = sentences(
        (replicas > 1) * "means over the replicas",
        "predicted: the bound's derivative at the epoch's start along the whole update; corrected: the "
        "trapezoid of the derivatives at start and end",
        "changes are linear about 0 and logarithmic beyond the inner ticks",
        "below: share of the pairs of points, weighted by how much they overlap, that come closer; above one "
        "half, most do",
        (lost > 0) * f"{count_in_words(lost, 'row')} that are not finite not drawn",
        scale_in_words(first, last),
    )
    layers = layers_of(means)
    with styled():
        height = 1.0 if len(layers) <= 8 else 0.8
        sheet = Sheet(0.6 + height * len(layers) + 1.5, title, subtitle, _legend(layers), caption)
        ratios = [height] * len(layers) + [1.5]
        grid = sheet.figure.subplots(
            len(ratios), len(bounds), sharex=True, sharey="row", squeeze=False, height_ratios=ratios
        )
        for column, bound in enumerate(bounds):
            mine = means[means["quantity"] == bound]
            grid[0, column].set_title(f"{BOUNDS[bound]} of I(X;T) [bits]", fontsize=9, pad=6)
            for axes, (depth, _) in zip(grid[:-1, column], layers, strict=True):
                _draw_changes(axes, mine[mine["depth"] == depth])
            _draw_contracting(grid[-1, column], mine)
            grid[-1, column].set_xlabel("epoch")
        for axes, (depth, layer) in zip(grid[:-1, 0], layers, strict=True):
            _scale(axes, means[means["depth"] == depth])
            axes.set_ylabel(layer, color=layer_colour(depth), weight="bold", fontsize=8)
        grid[-1, 0].set_ylabel("contracting\nshare", fontsize=8)
        grid[-1, 0].set_ylim(*_share_limits(means["contracting"]))
        use_epoch_axis(grid[-1, 0], first, last, most_ticks=5)
        sheet.figure.align_ylabels()
        return Drawing(name, f"{title}, {subtitle}", caption, sheet.finish())


def _draw_changes(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axhline(0, color=QUIET, linewidth=0.6, zorder=1)
    for column, style in _styles().items():
        (line,) = axes.plot(rows["epoch"], rows[column], **style)
        line.set_gid(f"{column}-{rows['depth'].iloc[0] if len(rows) else 'none'}")
    tidy(axes)


def _styles() -> dict[str, dict[str, Any]]:
    """Realised wide behind, predictions thin on it: where they agree both are seen."""
    return {
        "realised": {"color": REALISED, "linewidth": 2.6, "alpha": 0.3, "zorder": 2},
        "predicted": {
            "color": FIRST, "linewidth": 1.0, "linestyle": (0, (4, 1.5)), "marker": "s", "markersize": 2.2,
            "zorder": 3,
        },
        "corrected": {
            "color": CORRECTED, "linewidth": 1.0, "linestyle": (0, (1, 1.3)), "marker": "^",
            "markersize": 2.6, "zorder": 3.2,
        },
    }  # fmt: skip


def _scale(axes: Axes, rows: pd.DataFrame) -> None:
    """A scale with room for both signs, that orders of magnitude can be read from."""
    sizes = rows[["realised", "predicted", "corrected"]].abs().to_numpy(dtype=np.float64).ravel()
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return
    largest = float(sizes.max())
    inner = 10.0 ** np.floor(np.log10(max(float(np.quantile(sizes, LINEAR_QUANTILE)), largest * 1e-4)))
    axes.set_yscale("symlog", linthresh=inner, linscale=0.8)
    outer = 10.0 ** np.floor(np.log10(largest))
    ticks = sorted({inner, outer} if outer > inner else {inner})
    values = rows[["realised", "predicted", "corrected"]].to_numpy(dtype=np.float64)
    places = [-tick for tick in reversed(ticks) if values.min() < 0] + [0.0]
    places += [tick for tick in ticks if values.max() > 0]
    axes.yaxis.set_major_locator(FixedLocator(places))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: spell_tick(value)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(min(1.6 * values.min(), -0.3 * inner), max(1.6 * values.max(), 0.3 * inner))
    axes.tick_params(axis="y", labelsize=6.5)


def _draw_contracting(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axhline(0.5, color=QUIET, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1.5)
    layers = layers_of(rows)
    for rank, (depth, _) in enumerate(layers):
        mine = rows[(rows["depth"] == depth) & rows["contracting"].notna()]
        axes.plot(mine["epoch"], mine["contracting"], color=layer_colour(depth), linewidth=1.2, zorder=3)
        marked = marked_epochs(mine["epoch"].tolist(), rank, len(layers)) if len(mine) else []
        dots = mine[mine["epoch"].isin(marked)]
        (marks,) = axes.plot(
            dots["epoch"], dots["contracting"], layer_marker(depth), color=layer_colour(depth), markersize=4,
            markeredgecolor="white", markeredgewidth=0.3, zorder=3.5, clip_on=False,
        )  # fmt: skip
        marks.set_gid(f"contracting-{depth}")
    tidy(axes)


def _share_limits(shares: "pd.Series[float]") -> Limits:
    """Limits that hold one half and all shares, and are not so narrow that rounding shows."""
    known = shares.dropna()
    reach = max(0.05, 1.15 * float((known - 0.5).abs().max())) if len(known) else 0.5
    return 0.5 - reach, 0.5 + reach


def _legend(layers: list[tuple[int, str]]) -> list[Line2D]:
    names = {"realised": "realised", "predicted": "predicted", "corrected": "corrected"}
    lines = [Line2D([], [], label=names[key], **style) for key, style in _styles().items()]
    return [*lines, *layer_legend(layers, saturated=False)]
