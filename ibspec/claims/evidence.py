"""What a check reports besides its verdict: how much was tried, and how close it came to failing."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from pydantic import Field

from ibspec.claims.claim import Verdict
from ibspec.core import Frozen

Scalar: TypeAlias = bool | int | float | str
Row: TypeAlias = tuple[Scalar, ...]
Value: TypeAlias = Scalar | Row | tuple[Row, ...] | tuple[tuple[Row, ...], ...]
"""A named number of a report: a number, a word, a row of them, or a table in two or three directions."""

MANY = 64
"""More numbers than this are told by their shape: a reader cannot use them."""

SIZE = (6.4, 3.6)
"""Inches of a figure whose claim does not say: as wide as the text of a report, 16 to 9."""


@final
class Margin(Frozen):
    """The comparison of one kind that came closest to failing.

    Attributes:
        what: What was compared.
        excess: How far it went: a difference for an equality, value minus limit for an inequality.
        allowed: How far it may go; the comparison held where excess <= allowed.
        unit: Unit of both.
        checks: How many comparisons of this kind were made.
    """

    what: str
    excess: float
    allowed: float
    unit: str
    checks: int

    @property
    def share(self) -> float:
        """Excess as a share of what is allowed; above 1 is a violation."""
        if self.allowed > 0:
            return self.excess / self.allowed
        return 0.0 if self.excess <= 0 else math.inf


@final
class Evidence(Frozen):
    """What one check found on its way.

    Attributes:
        cases: Inputs tried; 0 where the check did not count them.
        margins: For each kind of comparison the one that came closest to failing.
        counterexample: An input on which the statement fails, and what came of it, as named numbers.
        numbers: Further named numbers.
        figure: Caption of the figure, or None where there is none.
    """

    cases: int = 0
    margins: tuple[Margin, ...] = ()
    counterexample: dict[str, Value] = Field(default_factory=dict)
    numbers: dict[str, Value] = Field(default_factory=dict)
    figure: str | None = None

    @property
    def headline(self) -> Margin | None:
        """The margin to show where there is room for one: a violation, else the tightest of the common ones.

        Common is what was compared at least half as often as anything else: not the reference numbers,
        whose margin is the rounding of their printed digits.
        """
        often = max((margin.checks for margin in self.margins), default=0)
        shown = [margin for margin in self.margins if margin.share > 1 or 2 * margin.checks >= often]
        return max(shown, key=lambda margin: margin.share, default=None)


@final
@dataclass(frozen=True)
class Figure:
    """A figure that is drawn only if a report is written.

    Attributes:
        draw: Draws on an empty `matplotlib.figure.Figure`.
        caption: One sentence: what is seen, not what it means.
        size: Width and height in inches.
    """

    draw: Callable[[Any], None]
    caption: str
    size: tuple[float, float] = SIZE


@final
class EvidenceLog:
    """Compares and takes notes while a check runs; `summary` turns them into `Evidence`.

    A comparison that fails raises AssertionError with the numbers in it, which refutes the claim. One
    that meets NaN or an infinity raises ValueError, which refutes nothing: the check is broken.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything, for the next check."""
        self._cases = 0
        self._inputs: dict[str, Any] = {}
        self._margins: dict[str, Margin] = {}
        self._failed: dict[str, Any] | None = None
        self._counterexample: dict[str, Any] = {}
        self._numbers: dict[str, Any] = {}
        self.figure: Figure | None = None
        self.verdict: Verdict | None = None

    def case(self, **inputs: Any) -> None:
        """Count one more input; what is named here is reported should a comparison fail on it."""
        self._cases += 1
        self._inputs = inputs

    def equal(
        self, value: Any, truth: Any, *, within: float, what: str = "value", unit: str = "bits"
    ) -> float:
        """Assert that two numbers, or arrays entry by entry, differ by at most `within`.

        Returns:
            The largest difference, for `hypothesis.target`.
        """
        __tracebackhide__ = True
        excess = _largest_difference(value, truth)
        self._compare(what, excess, within, unit)
        if excess > within:
            self._fail(value, truth)
            raise AssertionError(
                f"{what}: {_show(value)} should equal {_show(truth)} to {within:g} {unit}; "
                f"they differ by {excess:g}"
            )
        return excess

    def at_most(
        self, value: float, limit: float, *, within: float = 0.0, what: str = "value", unit: str = "bits"
    ) -> float:
        """Assert value <= limit, up to `within`.

        Returns:
            Value minus limit, for `hypothesis.target`.
        """
        __tracebackhide__ = True
        excess = float(value) - float(limit)
        self._compare(what, excess, within, unit)
        if excess > within:
            self._fail(value, limit)
            raise AssertionError(
                f"{what}: {value!r} should not exceed {limit!r} (to {within:g} {unit}); "
                f"it does so by {excess:g}"
            )
        return excess

    def differ(
        self, value: Any, other: Any, *, by: float, what: str = "value", unit: str = "bits", **inputs: Any
    ) -> float:
        """Assert that two numbers, or two arrays somewhere, differ by more than `by`.

        What else is named is kept as the counterexample.

        Returns:
            The largest difference.
        """
        __tracebackhide__ = True
        largest = _largest_difference(value, other)
        if not math.isfinite(largest):
            raise ValueError(f"{what}: cannot compare {_show(value)} with {_show(other)}")
        if largest <= by:
            self._fail(value, other)
            raise AssertionError(
                f"{what}: {_show(value)} should differ from {_show(other)} by more than {by:g} {unit}; "
                f"they differ by {largest:g}"
            )
        if inputs:
            self.counterexample(**inputs)
        return largest

    def counterexample(self, **numbers: Any) -> None:
        """Keep the input on which the statement fails, and what came of it."""
        self._counterexample = numbers

    def number(self, **numbers: Any) -> None:
        """Keep further numbers for the report, by name."""
        self._numbers |= numbers

    def find(self, verdict: Verdict) -> None:
        """State what was found, where passing or failing does not say it (findings, mostly)."""
        self.verdict = verdict

    def draw(self, figure: Callable[[Any], None], caption: str, *, size: tuple[float, float] = SIZE) -> None:
        """Keep a figure for the report, as a function that draws on a `matplotlib.figure.Figure`."""
        self.figure = Figure(figure, caption, size)

    def summary(self, *, failed: bool = False) -> Evidence:
        """Return the notes; where the check failed, the counterexample is the input on which it did."""
        counterexample = self._counterexample
        if failed:
            counterexample = self._failed or self._inputs or counterexample
        return Evidence(
            cases=self._cases,
            margins=tuple(self._margins.values()),
            counterexample={name: _plain(value) for name, value in counterexample.items()},
            numbers={name: _plain(value) for name, value in self._numbers.items()},
            figure=None if self.figure is None else self.figure.caption,
        )

    def _fail(self, found: Any, wanted: Any) -> None:
        self._failed = {**self._inputs, "found": found, "wanted": wanted}

    def _compare(self, what: str, excess: float, allowed: float, unit: str) -> None:
        if not math.isfinite(excess):
            raise ValueError(f"{what}: a comparison needs finite numbers; the difference is {excess}")
        margin = Margin(what=what, excess=excess, allowed=allowed, unit=unit, checks=1)
        before = self._margins.get(what)
        if before is not None:
            key = (margin.share, margin.excess) > (before.share, before.excess)
            margin = (margin if key else before).model_copy(update={"checks": before.checks + 1})
        self._margins[what] = margin


def _plain(value: Any, depth: int = 3) -> Any:
    """Turn anything into what a report can hold: large arrays, NaN and the unknown become words."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        if value.size > MANY:
            return " x ".join(str(length) for length in value.shape) + " numbers"
        value = value.tolist()
    if isinstance(value, list | tuple) and depth > 0:
        if len(value) > MANY:
            return f"{len(value)} entries"
        return tuple(_plain(item, depth - 1) for item in value)
    return repr(value)


def _largest_difference(value: Any, other: Any) -> float:
    """Of two numbers, or of two arrays entry by entry; 0 where there are no entries."""
    # Unsafe casting: fractions and truth values become reals too.
    difference = np.subtract(np.asarray(value), np.asarray(other), dtype=float, casting="unsafe")
    return float(np.abs(difference).max(initial=0.0))


def _show(value: Any) -> str:
    """Write a number in full and an array by its shape."""
    array = np.asarray(value, dtype=float)
    return repr(float(array)) if array.ndim == 0 else f"array{array.shape}"
