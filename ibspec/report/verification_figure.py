"""Figures of claims."""

import io

from matplotlib import rc_context
from matplotlib.figure import Figure as Canvas

from ibspec.claims import Figure
from ibspec.figures.style import styled


def draw_svg(figure: Figure) -> str:
    """Draw a claim's figure and return it as SVG text; the same figure gives the same text."""
    buffer = io.BytesIO()
    with styled(), rc_context({"text.parse_math": True}):  # powers of ten on logarithmic axes
        canvas = Canvas(figsize=figure.size, layout="constrained")
        figure.draw(canvas)
        canvas.savefig(buffer, format="svg", metadata={"Date": None, "Title": figure.caption})
    return buffer.getvalue().decode()
