"""How every figure looks: fonts, sizes, colours, and names that become text."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

WIDTH = 5.2
"""Inches: wide enough for a page, and readable when a paper column (3.4) or a phone shrinks it."""

DPI = 300

VECTOR_POINTS = 4_000
"""More points than this are drawn as an image inside the SVG, which stays small enough to open."""

Colour: TypeAlias = str | tuple[float, float, float, float]

TEXT, QUIET, FAINT, SHADE = "#1a1a1a", "#595959", "#c4c4c4", "#f0f0f0"

LAYER_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette without its yellow, which vanishes on white."""

LAYER_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "p", "*", ">", "h", "d", "8")
"""Marks that can be told apart filled and hollow."""

EPOCH_COLOURS = ListedColormap(mpl.colormaps["viridis"](range(235, -1, -1)), name="epochs")
"""Light at the start, dark at the end; without the yellow that vanishes on white."""

_SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 8.5,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "text.color": TEXT,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "axes.labelcolor": TEXT,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "ibspec",
    "figure.dpi": 100,
    "savefig.dpi": DPI,
}

_MACHINE_SETTINGS = ("backend", "backend_fallback", "interactive", "toolbar", "webagg", "tk", "timezone")


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of ibspec, whatever the reader's own matplotlib settings are."""
    defaults = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(_MACHINE_SETTINGS)
    }
    settings: Any = {**defaults, **_SETTINGS}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a name in another script
        yield


def layer_colour(depth: int) -> str:
    """Return the colour of the layer at `depth`."""
    return LAYER_COLOURS[depth % len(LAYER_COLOURS)]


def layer_marker(depth: int) -> str:
    """Return the mark of the layer at `depth`."""
    return LAYER_MARKERS[depth % len(LAYER_MARKERS)]


def printable(text: str) -> str:
    """Return the text with control characters, which SVG cannot hold, as spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def text_width(text: str, points: float, weight: str = "normal") -> float:
    """Width in inches of one line of text at a size in points."""
    font = FontProperties(family="DejaVu Sans", size=points, weight=weight)
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, False)
    return float(width) / 72


def wrap(text: str, points: float, inches: float, weight: str = "normal") -> list[str]:
    """Break a text into lines no wider than `inches`; a single long word is cut."""
    lines: list[str] = []
    line = ""
    for word in printable(text).split():
        longer = f"{line} {word}".strip()
        if text_width(longer, points, weight) <= inches:
            line = longer
            continue
        lines += [line] if line else []
        while text_width(word, points, weight) > inches:
            fits = next(
                k for k in range(len(word) - 1, 0, -1) if text_width(word[:k], points, weight) <= inches
            )
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines


def tidy(axes: Axes) -> None:
    """Put a light grid behind the data."""
    axes.grid(True, color="#e6e6e6", linewidth=0.5)
    axes.set_axisbelow(True)


def slug(label: str) -> str:
    """Return a label as part of a file name."""
    return re.sub(r"[^a-z0-9.]+", "-", label.lower()).strip("-.")[:80] or "figure"
