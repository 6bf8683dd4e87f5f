"""Planes next to each other on the same axes: the estimators of a run, or of several runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.curves import layer_legend
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.frame import Limits, limits
from ibspec.figures.plane_axes import OUTSIDE, X_LABEL, Y_LABEL, draw_plane_axes
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, layer_colour, layer_marker, printable, slug, styled, wrap
from ibspec.figures.tables import Panel, Tables, by, layers_of, replicas_in_words

COLUMNS: Final = 3
SIDE: Final = 1.5
"""Inches of a small plane, upwards."""

START: Final = "#a0a0a0"
TOLD: Final = 2
"""Settings in which runs differ that fit into the name of a small plane."""


@final
@dataclass(frozen=True)
class _Cell:
    """One small plane."""

    name: str
    panel: Panel
    tables: Tables
    means: pd.DataFrame


def side_by_side(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the planes of all estimators and views of a run in one figure."""
    yield compare_planes([tables])


def compare_planes(runs: Sequence[Tables]) -> Drawing | Blank:
    """Draw the planes of all estimators and views of some runs in one figure, a run after the other."""
    cells = [cell for tables, name in zip(runs, names_of(runs), strict=True) for cell in _cells(tables, name)]
    titles = list(dict.fromkeys(tables.title for tables in runs))
    stem = "side-by-side" if len(runs) == 1 else slug("side-by-side-" + "-".join(titles))
    if len(cells) < 2:
        only = f"the run has {len(cells)}" if len(runs) == 1 else f"the {len(runs)} runs have {len(cells)}"
        return Blank(stem, f"nothing to draw: planes side by side need two estimators, views or runs; {only}")
    title = f"{', '.join(titles)}: information planes side by side"
    x = limits([v for cell in cells for v in cell.means["i_xt"]], [c.tables.fact("h_x") for c in cells])
    y = limits([v for cell in cells for v in cell.means["i_ty"]], [c.tables.fact("h_y") for c in cells])
    epochs = pd.concat([cell.means["epoch"] for cell in cells])
    subtitle = f"epochs {int(epochs.min())} to {int(epochs.max())} · one scale for all planes"
    replicas = {replicas_in_words(cell.panel.valid("i_xt", "i_ty")) for cell in cells}
    caption = sentences(
        "a line is a layer over training, from the grey dot to the mark",
        "means over the replicas" if any(replicas) else "",
        OUTSIDE,
    )
    columns = _columns(cells, len(runs))
    rows = -(-len(cells) // columns)
    layers = _layers(cells)
    hollow = any(bool(cell.means["saturated"].any()) for cell in cells)
    with styled():
        names = [wrap(cell.name, 8, 4.4 / columns, "bold") for cell in cells]
        head = 0.14 * max(len(name) for name in names)
        start = Line2D([], [], color=START, marker="o", markersize=3.5, linestyle="none", label="start")
        legend = [*layer_legend(layers, saturated=hollow), start]
        sheet = Sheet(0.4 + rows * (SIDE + head + 0.15), title, subtitle, legend, caption)
        grid = sheet.figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, cell, name in zip(grid.flat, cells, names, strict=False):
            _draw_cell(axes, cell, "\n".join(name), x, y)
        for axes in grid.flat[len(cells) :]:
            axes.set_visible(False)
        for column in range(columns):
            last = max(place for place in range(len(cells)) if place % columns == column)
            grid[last // columns, column].tick_params(labelbottom=True)
            grid[last // columns, column].set_xlabel(X_LABEL, fontsize=8)
        for axes in grid[:, 0]:
            axes.set_ylabel(Y_LABEL, fontsize=8)
        return Drawing(stem, f"{title}, {subtitle}", caption, sheet.finish())


def _cells(tables: Tables, name: str) -> Iterator[_Cell]:
    """Give the planes of a run that have points."""
    panels = [(panel, panel.means("i_xt", "i_ty")) for panel in tables.panels()]
    panels = [(panel, means) for panel, means in panels if len(means)]
    several_views = len({panel.view for panel, _ in panels}) > 1
    for panel, means in panels:
        view = f" · {panel.view}" if several_views else ""
        label = f"{panel.estimator}{view}"
        yield _Cell(printable(f"{name} · {label}" if name else label), panel, tables, means)


def names_of(runs: Sequence[Tables]) -> list[str]:
    """Tell runs apart: by what differs in their specs if that is short, otherwise by name and number."""
    if len(runs) < 2:
        return [""] * len(runs)
    leaves = [dict(_leaves(tables.spec)) for tables in runs]
    keys = list(dict.fromkeys(key for each in leaves for key in each))
    differing = [key for key in keys if len({repr(each.get(key)) for each in leaves}) > 1]
    if 0 < len(differing) <= TOLD:
        return [
            ", ".join(f"{key.rsplit('.', 1)[-1]} {each.get(key, 'absent')}" for key in differing)
            for each in leaves
        ]
    titles = [tables.title for tables in runs]
    return [
        f"{title} ({titles[: place + 1].count(title)})" if titles.count(title) > 1 else title
        for place, title in enumerate(titles)
    ]


def _leaves(spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the settings that decide the numbers of a run, but for the seed and what it is measured with."""

    def walk(key: str, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                yield from walk(f"{key}.{name}", inner)
        else:
            yield key, value

    for part in ("data", "model", "training"):
        yield from walk(part, spec.get(part))


def _columns(cells: Sequence[_Cell], runs: int) -> int:
    """A row for each run where that fits, a square-like arrangement otherwise."""
    each = len(cells) // runs
    if runs > 1 and each * runs == len(cells) and 2 <= each <= COLUMNS:
        return each
    return 2 if len(cells) in (2, 4) else COLUMNS


def _layers(cells: Sequence[_Cell]) -> list[tuple[int, str]]:
    """Return depth and name of each layer; by place where runs name them differently."""
    names: dict[int, set[str]] = {}
    for cell in cells:
        for depth, layer in layers_of(cell.means):
            names.setdefault(depth, set()).add(layer)
    return [
        (depth, found.copy().pop() if len(found) == 1 else f"layer {depth + 1}")
        for depth, found in sorted(names.items())
    ]


def _draw_cell(axes: Axes, cell: _Cell, name: str, x: Limits, y: Limits) -> None:
    draw_plane_axes(axes, cell.tables, x, y, named=False)
    for depth, rows in by(cell.means, "depth"):
        colour = layer_colour(depth)
        (line,) = axes.plot(rows["i_xt"], rows["i_ty"], color=colour, linewidth=1.0, alpha=0.75, zorder=2)
        line.set_gid(f"path-{depth}")
        start, end = rows.iloc[:1], rows.iloc[-1:]
        axes.plot(
            start["i_xt"], start["i_ty"], "o", color=START, markersize=2.4, mew=0, zorder=2.2, clip_on=False
        )
        hollow = bool(end["saturated"].iloc[0])
        axes.plot(
            end["i_xt"], end["i_ty"], layer_marker(depth), markersize=5, clip_on=False, zorder=3,
            markerfacecolor="white" if hollow else colour, markeredgecolor=colour if hollow else "white",
            markeredgewidth=0.9 if hollow else 0.4,
        )  # fmt: skip
    axes.set_title(name, fontsize=8, weight="bold", color=QUIET)
    axes.tick_params(labelsize=7)
