"""Every kind of figure looks as it did when somebody last looked at it.

Written anew with `IBSPEC_BASELINES=write python -m pytest tests/figures/test_baselines.py`; look at each one
that git then says has changed.
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float
from matplotlib.text import Text
from PIL import Image

from ibspec.figures import FIGURES, Drawing, Tables, draw
from ibspec.figures.style import styled
from tests.figures.dynamics import gradients, rates
from tests.figures.examples import FACTS, history, measurements
from tests.figures.pictures import activities, channel_measurements
from tests.figures.test_dynamics import DENSE, compressing, falling, kinked

PLACE = Path(__file__).parent / "baselines"

DPI = 50
"""Lines are a pixel wide, and a file stays below 30 kB."""

UNLIKE = 0.15
"""Of black against white: more than the rim of a line differs where it falls otherwise on the pixels."""

TOLERANCE = 0.0003
"""Share of pixels that may have no like next to them in the other picture: about 20 of 70,000.

Text is left out, as each version of the font engine draws it its own way. What remains moves by the rounding
of positions, by less than a pixel, and finds its like next to it, but for a pixel here and there at the up to
twenty places where lines end or cross. A line or a band that is missing, or of another colour, is more.
"""


def tables(kind: str) -> Tables:
    measured = measurements(replicas=9, estimators=("kde(0.1)", "kde(0.5)"))
    wobble = np.random.default_rng(8).normal(size=9)[measured["replica"]] * measured["depth"]
    measured = measured.assign(
        i_xt=measured["i_xt"] + 0.1 * wobble, i_ty=measured["i_ty"] - 0.01 * abs(wobble)
    )
    if kind in ("hypothesis", "loss"):
        moving = falling(gradients(replicas=3, epochs=DENSE))
        return Tables(compressing(), FACTS, "baseline", kinked(), gradients=moving)
    return Tables(
        channel_measurements() if kind == "channels" else measured,
        FACTS,
        "baseline",
        history(replicas=2),
        schedule={"kind": "delta-exact", "delta": 0.1, "scale": [1.0, 1.0]} if kind == "schedule" else {},
        gradients=gradients(replicas=2, noiseless=((10, "dense2"),)),
        rates=rates(replicas=2),
        activities=activities(),
    )


def drawn(kind: str) -> Drawing:
    return next(found for found in draw(tables(kind), only=kind) if isinstance(found, Drawing))


def picture(drawing: Drawing) -> bytes:
    """Return a PNG of all but the text."""
    for axes in drawing.figure.axes:
        axes.tick_params(labelleft=False, labelbottom=False, labelright=False)
    for text in drawing.figure.findobj(Text):
        text.set_visible(False)
    buffer = io.BytesIO()
    with styled():
        drawing.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def pixels(content: bytes) -> Float[np.ndarray, "height width 3"]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64) / 255


def unlike(one: Float[np.ndarray, "height width 3"], other: Float[np.ndarray, "height width 3"]) -> float:
    """Share of the pixels of one that have no like within a pixel of their place in the other."""
    height, width, _ = one.shape
    wide = np.pad(other, ((1, 1), (1, 1), (0, 0)), mode="edge")
    nearest = np.full((height, width), np.inf)
    for down in range(3):
        for right in range(3):
            shifted = wide[down : down + height, right : right + width]
            nearest = np.minimum(nearest, np.abs(one - shifted).max(axis=2))
    return float((nearest > UNLIKE).mean())


def differ(one: bytes, other: bytes) -> float:
    first, second = pixels(one), pixels(other)
    if first.shape != second.shape:
        return 1.0
    return max(unlike(first, second), unlike(second, first))


@pytest.mark.parametrize("kind", FIGURES)
def test_it_looks_as_it_did(kind: str) -> None:
    path, now = PLACE / f"{kind}.png", picture(drawn(kind))
    if os.environ.get("IBSPEC_BASELINES") == "write":
        PLACE.mkdir(exist_ok=True)
        path.write_bytes(now)
    assert path.stat().st_size < 30_000
    assert differ(now, path.read_bytes()) <= TOLERANCE


@pytest.mark.parametrize("kind", ["plane", "mean-plane", "loss-rate", "information-vs-epoch", "hypothesis"])
def test_a_line_less_is_seen(kind: str) -> None:
    """The longest line of the first axes is taken away."""
    whole = picture(drawn(kind))
    less = drawn(kind)
    artists = [*less.figure.axes[0].get_lines(), *less.figure.axes[0].collections]
    long = [line for line in artists if line.get_alpha() != 0 and line.get_window_extent().width > 100]
    long[-1].remove()
    assert differ(whole, picture(less)) > TOLERANCE


def test_a_shift_by_a_pixel_is_not_seen_and_another_colour_is() -> None:
    content = pixels(picture(drawn("plane")))
    assert max(unlike(content, np.roll(content, 1, axis=k)) for k in (0, 1)) <= TOLERANCE
    drawing = drawn("mean-plane")
    before = picture(drawing)
    for line in drawing.figure.axes[0].get_lines():
        if line.get_color() == "#D55E00":
            line.set_color("#009E73")
    assert differ(before, picture(drawing)) > TOLERANCE


def test_every_baseline_has_its_figure() -> None:
    assert {path.stem for path in PLACE.glob("*.png")} == set(FIGURES)
