"""Files of a figure that are the same, byte for byte, whenever they are written."""

import io
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ibspec.figures.drawing import Drawing, Film, Form
from ibspec.figures.style import DPI, printable, styled

FILM_DPI: Final = 100
"""Of a film, which is seen on screens only and has many frames to carry."""

FRAME, PAUSE = 125, 1_500
"""Milliseconds of a frame, and of the last one before it starts again."""


def render(drawing: Drawing, form: Form) -> bytes:
    """Return the bytes of a PNG, SVG or GIF file; text in an SVG stays text.

    Raises:
        ValueError: A GIF was asked of a figure in which nothing moves.
    """
    buffer = io.BytesIO()
    title = printable(drawing.title)
    with styled():
        if form == "png":
            drawing.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None, "Title": title})
        elif form == "svg":
            about = {"Date": None, "Creator": "ibspec", "Title": title}
            drawing.figure.savefig(buffer, format="svg", metadata=about)
        elif drawing.film is None:
            raise ValueError(
                f"nothing moves in {drawing.name!r}: wanted one of {drawing.forms}, got {form!r}"
            )
        else:
            _write_film(drawing, drawing.film, buffer)
    return buffer.getvalue()


def _write_film(drawing: Drawing, film: Film, buffer: io.BytesIO) -> None:
    """Draw what stands still once, and what moves on it frame by frame; the last frame stays."""
    figure, before = drawing.figure, drawing.figure.dpi
    figure.set_dpi(FILM_DPI)
    canvas: Any = FigureCanvasAgg(figure)  # it has no annotations
    for artist in film.moving:
        artist.set_visible(False)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    for artist in film.moving:
        artist.set_visible(True)
    frames = []
    for number in range(film.count):
        film.show(number)
        canvas.restore_region(still)
        for artist in film.moving:
            artist.draw(canvas.get_renderer())
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba()).copy()).convert("RGB"))
    figure.set_dpi(before)
    # The last frame has all that is ever seen: its colours do for every frame. Those of small marks count as
    # much as those of large areas; by the usual way, of medians, a layer can get its neighbour's.
    palette = frames[-1].quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    first, *more = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [FRAME] * len(more) + [PAUSE]
    first.save(buffer, format="GIF", save_all=True, append_images=more, duration=durations, loop=0)
