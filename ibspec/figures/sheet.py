"""The page around the axes: heading, legend and caption, none of which can cover data."""

from collections.abc import Sequence
from typing import final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

from ibspec.figures.style import QUIET, WIDTH, printable, text_width, wrap

_MARGIN = 0.12
_LEGEND_LINE, _CAPTION_LINE, _CAPTION_SIZE = 0.168, 0.135, 7.0
HANDLE = 0.22
"""Inches for a mark and the gap behind it."""

_TITLE_SIZE, _SUBTITLE_SIZE = 10.0, 8.0


@final
class Sheet:
    """A figure in three strips; axes go into the middle one, and `finish` gives the figure.

    Args:
        height: Inches for the axes.
        title: First line, bold.
        subtitle: Second line.
        legend: Handles with labels; laid out in as many columns as fit.
        caption: Sentences under the figure.
        width: Inches.
    """

    def __init__(
        self,
        height: float,
        title: str,
        subtitle: str,
        legend: Sequence[Artist],
        caption: str,
        width: float = WIDTH,
    ) -> None:
        inner = width - 2 * _MARGIN
        title_lines = wrap(title, _TITLE_SIZE, inner, "bold")
        subtitle_lines = wrap(subtitle, _SUBTITLE_SIZE, inner)
        caption_lines = wrap(caption, _CAPTION_SIZE, inner)
        columns, rows = _grid(legend, inner)
        head = 0.1 + 0.19 * len(title_lines) + 0.15 * len(subtitle_lines) + 0.06
        foot = 0.07 + rows * _LEGEND_LINE + 0.1 + _CAPTION_LINE * len(caption_lines) + 0.08
        total = head + height + foot
        strip = (0, foot / total, 1, height / total)
        self._layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.04, rect=strip)
        self.figure = Figure(figsize=(width, total), layout=self._layout)
        y = total - 0.1
        for line in title_lines:
            self.figure.text(_MARGIN / width, y / total, line, fontsize=_TITLE_SIZE, weight="bold", va="top")
            y -= 0.19
        for line in subtitle_lines:
            self.figure.text(_MARGIN / width, y / total, line, fontsize=_SUBTITLE_SIZE, color=QUIET, va="top")
            y -= 0.15
        if legend:
            box = self.figure.legend(
                handles=list(legend),
                loc="upper left",
                bbox_to_anchor=(_MARGIN / width, (foot - 0.07) / total),
                ncols=columns,
                frameon=False,
                borderpad=0,
                borderaxespad=0,
                handlelength=HANDLE * 72 / 8 - 0.4,
                handletextpad=0.4,
                columnspacing=1.2,
            )
            box.set_in_layout(False)
        y = foot - 0.07 - rows * _LEGEND_LINE - 0.1
        for line in caption_lines:
            self.figure.text(_MARGIN / width, y / total, line, fontsize=_CAPTION_SIZE, color=QUIET, va="top")
            y -= _CAPTION_LINE

    def finish(self) -> Figure:
        """Settle where the axes lie and return the figure.

        The layout's solver leaves noise in the last bits, and moves things again at each drawing; rounded
        once, positions and with them files are the same every time.
        """
        self._layout.execute(self.figure)
        self.figure.set_layout_engine("none")
        for axes in self.figure.get_axes():
            axes.set_position(Bbox(np.round(axes.get_position(original=True).get_points(), 5)))
        return self.figure


def _grid(legend: Sequence[Artist], inches: float) -> tuple[int, int]:
    """Return the columns and rows of the flattest legend that fits, filled column by column."""
    if not legend:
        return 1, 0
    labels = [printable(str(handle.get_label())) for handle in legend]
    widths = [text_width(label, 8) + HANDLE + 0.19 for label in labels]
    for rows in range(1, len(labels) + 1):
        columns = [widths[start : start + rows] for start in range(0, len(labels), rows)]
        if sum(max(column) for column in columns) <= inches:
            return len(columns), rows
    return 1, len(labels)


def sentences(*parts: str) -> str:
    """Join phrases into sentences, each with a capital and a full stop; empty ones are left out."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)
