"""Files of a figure that are the same, byte for byte, whenever they are written."""

import io
from typing import Literal

from ibspec.figures.drawing import Drawing
from ibspec.figures.style import DPI, printable, styled


def render(drawing: Drawing, form: Literal["png", "svg"]) -> bytes:
    """Return the bytes of a PNG or SVG file; text in an SVG stays text."""
    buffer = io.BytesIO()
    title = printable(drawing.title)
    with styled():
        if form == "png":
            drawing.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None, "Title": title})
        else:
            about = {"Date": None, "Creator": "ibspec", "Title": title}
            drawing.figure.savefig(buffer, format="svg", metadata=about)
    return buffer.getvalue()
