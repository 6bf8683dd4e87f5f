"""What every layer does with one input, before and after training."""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import printable, styled
from ibspec.figures.tables import Tables
from ibspec.results import Activities

NOT_KEPT: Final = (
    'nothing to draw: the run kept no activity; put "activations" into figures before the run, '
    "and measure before and after training"
)

MOST_TILES: Final = 32
"""Channels drawn of a layer; more would be too small to see."""

SHADES: Final = "cividis"
"""Dark to light in steps that everyone sees alike, in grey too."""

LONGEST: Final = 64
"""Units in a line."""

MOST_LINES: Final = 8
"""Of a layer whose units are no tiles; a flattened layer of thousands would fill pages."""

LINE: Final = 0.11
"""Inches of a line of units where there are several."""

COLUMN: Final = 2.2
"""Inches of the width of a mosaic."""

Aspect: TypeAlias = Literal["equal", "auto"]

GAP: Final = 1
"""Pixels between tiles."""


def activations(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the activity of every layer for one input, at the first and the last measured epoch."""
    found = tables.activities
    yield Blank("activations", NOT_KEPT) if found is None else _draw(found, tables.title)


def _draw(found: Activities, name: str) -> Drawing | Blank:
    layers = [layer for layer in found.before if layer in found.after and found.before[layer].size]
    if not layers:
        return Blank("activations", "nothing to draw: the file of activities has no layer")
    title = f"{name}: activity of every layer for one input"
    label = f", label {found.label}" if found.label else ""
    subtitle = printable(f"row {found.row}{label} · epochs {found.first} and {found.last}")
    cut = [
        layer for layer in layers if found.before[layer].ndim == 3 and len(found.before[layer]) > MOST_TILES
    ]
    long = [
        layer
        for layer in layers
        if not _has_tiles(found.before[layer]) and found.before[layer].size > MOST_LINES * LONGEST
    ]
    is_picture = _picture(found.input) is not None
    odd = any(
        not np.isfinite([*found.before[layer].flat, *found.after[layer].flat]).all() for layer in layers
    )
    caption = sentences(
        "a row is a layer, a tile a channel, a cell a unit",
        "before and after share one scale in each row, from the smallest to the largest activity drawn",
        bool(cut) * f"of layers with more channels, the first {MOST_TILES} are drawn",
        bool(long) * f"of layers with more units, the first {MOST_LINES * LONGEST} are drawn",
        odd * "white: not finite",
        "what is seen is one input; it says nothing of the information about all of them",
    )
    pictures = {layer: [_mosaic(part[layer]) for part in (found.before, found.after)] for layer in layers}
    heights = [_height(found.before[layer], pictures[layer][0]) for layer in layers]
    with styled():
        first = 0.75 if is_picture else 0.0
        sheet = Sheet(0.35 + first + sum(heights) + 0.22 * len(layers), title, subtitle, [], caption)
        rows = [first, *heights] if is_picture else heights
        grid = GridSpec(len(rows), 3, sheet.figure, height_ratios=rows, width_ratios=[1, 1, 0.03])
        if is_picture:
            _draw_input(sheet.figure.add_subplot(grid[0, :2]), found.input)
        for place, layer in enumerate(layers, start=int(is_picture)):
            aspect: Aspect = "equal" if _has_tiles(found.before[layer]) else "auto"
            _draw_layer(sheet.figure, grid, place, layer, pictures[layer], aspect)
        tops = [f"{name}-{int(is_picture)}" for name in ("before", "after")]
        for axes in sheet.figure.axes:
            if axes.get_gid() in tops:
                epoch = (found.first, found.last)[tops.index(str(axes.get_gid()))]
                axes.set_title(f"epoch {epoch}", fontsize=8.5, weight="bold", loc="right")
        return Drawing("activations", f"{title}, {subtitle}", caption, sheet.finish())


def _picture(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "height width"] | None:
    """Return an input of one channel as an image; None where it is none."""
    plain = values[0] if values.ndim == 3 and len(values) == 1 else values
    return plain if plain.ndim == 2 and min(plain.shape) > 1 else None


def _mosaic(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "height width"]:
    """Lay channels out as tiles, and units as a strip that is wrapped where it is long; NaN between."""
    if _has_tiles(values):
        tiles = values[:MOST_TILES].astype(np.float64)
        count, height, width = tiles.shape
        columns = int(np.ceil(np.sqrt(2 * count)))
        rows = -(-count // columns)
        page = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP), np.nan)
        for place, tile in enumerate(tiles):
            top, left = place // columns * (height + GAP), place % columns * (width + GAP)
            page[top : top + height, left : left + width] = tile
        return page
    flat = values.astype(np.float64).ravel()[: MOST_LINES * LONGEST]
    columns = min(LONGEST, len(flat))
    rows = -(-len(flat) // columns)
    page = np.full(rows * columns, np.nan)
    page[: len(flat)] = flat
    return page.reshape(rows, columns)


def _has_tiles(values: Float[np.ndarray, "..."]) -> bool:
    return values.ndim == 3 and min(values.shape[1:]) > 1


def _height(values: Float[np.ndarray, "..."], page: Float[np.ndarray, "height width"]) -> float:
    """Inches that a mosaic, or lines of cells, need in a column of the figure."""
    if not _has_tiles(values):
        return max(0.2, LINE * len(page))
    return float(np.clip(COLUMN * page.shape[0] / page.shape[1], 0.3, 2.4))


def _draw_input(axes: Axes, values: Float[np.ndarray, "..."]) -> None:
    picture = _picture(values)
    assert picture is not None
    axes.imshow(picture, cmap="gray", interpolation="nearest")
    axes.set_title("input", fontsize=8)
    _bare(axes)


def _draw_layer(
    figure: Figure,
    grid: GridSpec,
    place: int,
    layer: str,
    pages: list[Float[np.ndarray, "height width"]],
    aspect: Aspect,
) -> None:
    """Both mosaics of a layer on one scale, and the scale."""
    every = np.concatenate([page[np.isfinite(page)] for page in pages])
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    norm = Normalize(low, high if high > low else low + 1.0)
    for column, (name, page) in enumerate(zip(("before", "after"), pages, strict=True)):
        axes = figure.add_subplot(grid[place, column])
        axes.imshow(page, cmap=SHADES, norm=norm, interpolation="nearest", aspect=aspect)
        axes.set_gid(f"{name}-{place}")  # names of layers are anybody's words
        if len(page) == 1:
            axes.vlines(np.arange(1, page.shape[1]) - 0.5, -0.5, 0.5, color="white", linewidth=0.6)
        if column == 0:
            axes.set_title(printable(layer), fontsize=8, loc="left")
        _bare(axes)
    bar = figure.colorbar(ScalarMappable(norm, SHADES), cax=figure.add_subplot(grid[place, 2]))
    bar.set_ticks([norm.vmin or 0.0, norm.vmax or 0.0])
    bar.ax.set_yticklabels(
        [f"{value:.2g}".replace("-", "−") for value in (low, norm.vmax or 0.0)], fontsize=6.5
    )
    bar.outline.set_visible(False)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
