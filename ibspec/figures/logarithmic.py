"""A logarithmic axis upwards that hides no value: what is zero lies on the lower frame."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ibspec.figures.frame import Limits

NARROWEST = 10.0
"""Top over bottom of an axis at least: what hardly changes shall look so, and two ticks be there."""


def log_limits(values: Iterable[float]) -> Limits:
    """Return limits that hold all positive finite values; one to ten where there is none."""
    numbers = np.array(list(values), dtype=np.float64)
    shown = numbers[np.isfinite(numbers) & (numbers > 0)]
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (1.0, NARROWEST)
    pad = max(1.0, NARROWEST / (high / low)) ** 0.5 if high < low * NARROWEST else 1.0
    return low / pad / 1.15, high * pad * 1.15


def use_log_axis(axes: Axes, limits: Limits) -> None:
    """Make the vertical axis logarithmic, its ticks labelled in plain numbers or powers of ten."""
    low, high = limits
    axes.set_yscale("log")
    wide = high / low > 1e3
    axes.yaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5), numticks=6 if wide else 12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: spell_tick(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(low, high)


def spell_tick(value: float) -> str:
    """Return a number of a logarithmic axis: plain near one, a power of ten further out."""
    if 1e-3 <= abs(value) <= 9_999 or value == 0:
        return f"{value:g}".replace("-", "−")
    power = round(np.log10(abs(value)))
    head = value / 10.0**power
    digits = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'' if abs(head - 1) < 1e-6 else '−' if abs(head + 1) < 1e-6 else f'{head:.2g}·'}10{digits}"
