"""One number of a run, replica by replica, and what can be said about it over replicas."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, final

import numpy as np

from ibspec.analysis import bootstrap_mean, bootstrap_median
from ibspec.core import Frozen

SEED: Final = 0
"""Of resampling: the same run always gives the same analysis."""

Outcome: TypeAlias = float | str | None
"""Of one replica: the number; None where it is not there; in words why it could not be looked for."""

Statistic: TypeAlias = Literal["mean", "median"]

Status: TypeAlias = Literal["ok", "not found", "not measured"]


@final
class Finding(Frozen):
    """A number over replicas.

    Attributes:
        unit: `bits`, `epochs`, `probability`, or empty for a pure number.
        statistic: What `value` is of the replicas that have the number.
        status: `ok`; `not found` where none has it; `not measured` where none could be looked at.
        reason: Why there is no number, or no interval, or why some replicas could not be looked at.
        value: Over the replicas that have it.
        low: End of its 95 % bootstrap interval over replicas; None with fewer than two.
        high: The other end.
        found: Replicas that have it.
        looked_at: Replicas in which it could be looked for.
        replicas: Its number in each replica, None where there is none.
    """

    unit: str
    statistic: Statistic
    status: Status
    reason: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    found: int
    looked_at: int
    replicas: tuple[float | None, ...]


def gather(unit: str, outcomes: Sequence[Outcome], statistic: Statistic = "median") -> Finding:
    """Return what the replicas say together.

    Args:
        unit: Of the numbers.
        outcomes: One a replica.
        statistic: The median for times, whose tails are long; the mean for amounts.
    """
    numbers = tuple(float(each) if isinstance(each, float | int) else None for each in outcomes)
    present = np.array([each for each in numbers if each is not None])
    refusals = [each for each in outcomes if isinstance(each, str)]
    looked_at = len(outcomes) - len(refusals)
    reasons = [f"{len(refusals)} of {len(outcomes)} replicas: {refusals[0]}"] if refusals else []
    status: Status = "ok" if len(present) else "not found"
    low = high = None
    if not looked_at:
        status, reasons = "not measured", refusals[:1] or ["there are no replicas"]
    elif len(present) == 1:
        reasons.insert(0, "one replica has it: no interval")
    elif len(present):
        resample = bootstrap_mean if statistic == "mean" else bootstrap_median
        interval = resample(present, np.random.default_rng(SEED))
        low, high = interval.low, interval.high
    middle = np.mean if statistic == "mean" else np.median
    return Finding(
        unit=unit,
        statistic=statistic,
        status=status,
        reason="; ".join(reasons),
        value=float(middle(present)) if len(present) else None,
        low=low,
        high=high,
        found=len(present),
        looked_at=looked_at,
        replicas=numbers,
    )


def difference(later: Finding, earlier: Finding) -> Finding:
    """Return a number less another one, replica by replica, over the replicas that have both."""
    pairs = zip(later.replicas, earlier.replicas, strict=True)
    outcomes: list[Outcome] = [None if one is None or other is None else one - other for one, other in pairs]
    if "not measured" in (later.status, earlier.status):
        missing = later if later.status == "not measured" else earlier
        outcomes = [missing.reason] * len(outcomes)
    return gather(later.unit, outcomes)
