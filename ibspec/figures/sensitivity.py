"""How far an estimate hangs on a number that nobody knows: bin width, noise variance, neighbours."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ibspec.figures.curves import QUANTITIES, Quantity, layer_legend
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.families import Family, families
from ibspec.figures.frame import limits
from ibspec.figures.logarithmic import spell_tick
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.spread import spread_of
from ibspec.figures.style import QUIET, layer_colour, layer_marker, printable, slug, styled, tidy
from ibspec.figures.tables import Panel, Tables, by, layers_of

NONE: Final = (
    "nothing to draw: no two estimators differ in one number only; "
    "put one with several bin widths or noise variances into measure.estimators"
)

LOGARITHMIC_FROM: Final = 5.0
"""Largest number over smallest, above zero, from which the axis is logarithmic."""

MOST_TICKS: Final = 8


def sensitivity(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw estimates before and after training against the number in which estimators differ."""
    panels = list(tables.panels())
    drawn = False
    for view in dict.fromkeys(panel.view for panel in panels):
        mine = {panel.estimator: panel for panel in panels if panel.view == view}
        for family in families(mine):
            drawn = True
            yield _draw(family, view, mine, tables)
    if not drawn:
        yield Blank("sensitivity", NONE)


def _draw(family: Family, view: str, panels: dict[str, Panel], tables: Tables) -> Drawing | Blank:
    name = f"sensitivity-{slug(family.label)}-{slug(view)}"
    table = pd.concat(
        [panels[label].table.assign(number=number) for number, label in family.members], ignore_index=True
    )
    valid = table[
        (table["status"] == "ok") & np.isfinite(table["i_xt"].to_numpy(np.float64, na_value=np.nan))
    ]
    if valid["number"].nunique() < 2:
        return Blank(name, f"nothing to draw: fewer than two of {family.label} have a valid I(X;T)")
    first, last = int(valid["epoch"].min()), int(valid["epoch"].max())
    rows = valid[valid["epoch"].isin([first, last])]
    shown = [quantity for quantity in QUANTITIES if rows[quantity.column].notna().any()]
    title = f"{tables.title}: estimates against the {family.name}"
    replicas = rows["replica"].nunique()
    parts = [family.label, f"view {view}", f"n = {int(rows['n'].max())}"]
    subtitle = printable(" · ".join([*parts, f"{replicas} replicas"] if replicas > 1 else parts))
    layers = layers_of(rows)
    before = "dashed with small marks" if first < last else "marks"
    caption = sentences(
        f"{before}: epoch {first}" + (first < last) * f"; solid: epoch {last}",
        "hollow marks: saturated" if bool(rows["saturated"].any()) else "",
        (replicas > 1) * "means over the replicas, bars 95 % bootstrap intervals of them",
        "different estimators need not measure the same quantity: where layers change their order, so does "
        "what the plane says",
    )
    with styled():
        handles = layer_legend(layers, saturated=False)
        if first < last:
            handles += [
                Line2D([], [], color=QUIET, linestyle=(0, (3, 2)), linewidth=0.9, label=f"epoch {first}"),
                Line2D([], [], color=QUIET, linewidth=1.4, label=f"epoch {last}"),
            ]
        sheet = Sheet(0.5 + 2.2 * len(shown), title, subtitle, handles, caption)
        grid = sheet.figure.subplots(len(shown), 1, sharex=True, squeeze=False)
        for axes, quantity in zip(grid[:, 0], shown, strict=True):
            _draw_quantity(axes, quantity, rows, tables)
        use_number_axis(grid[-1, 0], [number for number, _ in family.members])
        grid[-1, 0].set_xlabel(printable(family.parameter))
        sheet.figure.align_ylabels()
        return Drawing(name, f"{title}, {subtitle}", caption, sheet.finish())


def _draw_quantity(axes: Axes, quantity: Quantity, rows: pd.DataFrame, tables: Tables) -> None:
    axes.set_ylim(*limits(rows[quantity.column].dropna(), [tables.fact(quantity.fact)]))
    axes.set_ylabel(quantity.axis)
    tidy(axes)
    quantity.draw_level(axes, tables)
    last = int(rows["epoch"].max())
    for epoch, then in by(rows, "epoch"):
        for depth, mine in by(then, "depth"):
            _draw_line(axes, quantity.column, mine, depth, is_last=epoch == last)


def _draw_line(axes: Axes, column: str, rows: pd.DataFrame, depth: int, *, is_last: bool) -> None:
    """One layer at one epoch; the number takes the place of the epoch in the summary."""
    found = spread_of(rows.assign(epoch=rows["number"]).dropna(subset=[column]), column)
    if found.empty:
        return
    colour = layer_colour(depth)
    dashes = "-" if is_last else (0, (3, 2))
    (line,) = axes.plot(
        found.index,
        found["mean"],
        color=colour,
        linewidth=1.4 if is_last else 0.9,
        linestyle=dashes,
        zorder=2,
    )
    line.set_gid(f"{'last' if is_last else 'first'}-{column}-{depth}")
    axes.vlines(found.index, found["low"], found["high"], color=colour, linewidth=0.9, zorder=2.2)
    full = rows.groupby("number")["saturated"].any()
    for number, mean in zip(found.index.to_numpy(np.float64), found["mean"], strict=True):
        hollow = bool(full.loc[number])
        axes.plot(
            [number], [mean], layer_marker(depth), markersize=5 if is_last else 3, zorder=3, clip_on=False,
            markerfacecolor="white" if hollow else colour, markeredgecolor=colour if hollow else "white",
            markeredgewidth=0.9 if hollow else 0.3,
        )  # fmt: skip


def use_number_axis(axes: Axes, numbers: Sequence[float]) -> None:
    """Make the horizontal axis that of the numbers, which are its ticks; logarithmic where they span much."""
    ticks = sorted(set(numbers))
    ticks = ticks[:: -(-len(ticks) // MOST_TICKS)]
    if min(numbers) > 0 and max(numbers) / min(numbers) >= LOGARITHMIC_FROM:
        axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: spell_tick(value)))
    axes.xaxis.set_minor_locator(NullLocator())
