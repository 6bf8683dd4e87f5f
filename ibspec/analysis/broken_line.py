"""A line that turns once: where, by how much, and whether one straight line would not do as well."""

import math
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from jaxtyping import Float

from ibspec.analysis.blocks import draw_blocks
from ibspec.core.errors import SampleSizeError

Turn = Literal["any", "down"]

LEAST: Final = 5
"""Points on either side of a break: a segment of fewer follows its noise."""

BREAKS: Final = 100
"""Candidates, evenly spaced along x: over three decades, every 0.03."""

BIC_GAIN: Final = 10.0
"""Wanted of a break: very strong evidence on the scale of Kass & Raftery (1995), section 4.1."""

CHANCE: Final = 0.01
"""A break must be less likely than this on one line with such residuals."""


@final
@dataclass(frozen=True)
class BrokenLine:
    """The best line with one break.

    Attributes:
        at: Where it breaks, in x.
        before: Slope before the break.
        after: Slope after it.
        bic_gain: BIC of one line minus BIC of the broken one; two more parameters are paid for.
        chance: How likely a drop of the residual so large is where the truth is one line.
    """

    at: float
    before: float
    after: float
    bic_gain: float
    chance: float

    @property
    def is_accepted(self) -> bool:
        """Whether BIC gains more than 10 and chance is below 1 %."""
        return self.bic_gain > BIC_GAIN and self.chance < CHANCE


def fit_broken_line(
    x: Float[np.ndarray, " points"],
    y: Float[np.ndarray, " points"],
    rng: np.random.Generator,
    *,
    turn: Turn = "any",
    resamples: int = 999,
) -> BrokenLine | None:
    """Fit y = a + b x + c max(0, x - break) by least squares, with the break that lessens the residual most.

    Null hypothesis of the chance: one straight line, with the residuals that it leaves, drawn in blocks of
    sqrt(n) neighbours. Where there is a break, those residuals have it in them: the test errs towards none.

    Args:
        x: Rising.
        y: Finite.
        rng: Draws the blocks.
        turn: `down` looks only at breaks behind which the slope is smaller.
        resamples: Drawn for the chance, which is at least 1 / (resamples + 1).

    Returns:
        None where no break turns the way that is asked for, and where a line leaves no residual.

    Raises:
        SampleSizeError: Too few points for five on either side of a break.
    """
    count = len(x)
    if count < 2 * LEAST + 1:
        raise SampleSizeError(
            f"a line with a break needs {2 * LEAST + 1} points, {LEAST} on either side; got {count}. "
            "Measure more often (`measure.when`) or train longer (`training.epochs`)."
        )
    breaks = np.linspace(x[LEAST - 1], x[-LEAST], BREAKS)
    line, _ = np.linalg.qr(np.stack([np.ones(count), x - x.mean()], axis=1))
    hinges = np.maximum(0.0, x[:, None] - breaks)
    hinges -= line @ (line.T @ hinges)
    lengths = np.linalg.norm(hinges, axis=0)
    hinges /= lengths
    residual = y - line @ (line.T @ y)
    # A hinge at right angles to the line takes its share off the residual: no fit is made for each break.
    shares = residual @ hinges
    drops = np.where(shares < 0, shares, 0.0) ** 2 if turn == "down" else shares**2
    square, best = float(residual @ residual), int(drops.argmax())
    if drops[best] == 0 or square <= count * (1e-12 * float(np.abs(y).max())) ** 2:
        return None
    left = max(square - float(drops[best]), 0.0)
    again = residual[draw_blocks(count, resamples, rng)]
    by_chance = _largest_share(again, line, hinges, turn)
    exceeded = int((by_chance >= drops[best] / square).sum())
    change = float(shares[best] / lengths[best])
    flat = (y - change * np.maximum(0.0, x - breaks[best])) @ (x - x.mean())
    before = float(flat / ((x - x.mean()) ** 2).sum())
    return BrokenLine(
        at=float(breaks[best]),
        before=before,
        after=before + change,
        bic_gain=count * math.log(square / left) - 2 * math.log(count) if left > 0 else math.inf,
        chance=(1 + exceeded) / (resamples + 1),
    )


def _largest_share(
    residuals: Float[np.ndarray, "draws points"],
    line: Float[np.ndarray, "points two"],
    hinges: Float[np.ndarray, "points breaks"],
    turn: Turn,
) -> Float[np.ndarray, " draws"]:
    """Return by how much, of what one line leaves of each draw, the best break lessens it."""
    shares = residuals @ hinges
    best = np.maximum(-shares, 0.0).max(axis=1) if turn == "down" else np.abs(shares).max(axis=1)
    squares = (residuals**2).sum(axis=1) - ((residuals @ line) ** 2).sum(axis=1)
    found: Float[np.ndarray, " draws"] = best**2 / np.maximum(squares, np.finfo(float).tiny)
    return found
