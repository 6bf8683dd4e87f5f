"""Many inequalities at once, and what they say about a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import pandas as pd

from ibspec.claims import Claim, Evidence, Judgement, Kind, Margin, Verdict
from ibspec.claims.evidence import Value
from ibspec.verify.facts import ROUNDING

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"


@final
@dataclass(frozen=True)
class Subject:
    """What a claim says, and where that comes from.

    Attributes:
        id: Its id.
        says: One sentence.
        source: Key and place.
    """

    id: str
    says: str
    source: str

    def claim(self, kind: Kind, expected: Verdict) -> Claim:
        """Return the claim of that kind."""
        return Claim(id=self.id, says=self.says, source=self.source, kind=kind, expected=expected)

    def found(self, verdict: Verdict, evidence: Evidence, message: str = "") -> Judgement:
        """Return a finding; of a single run nothing is expected but what it shows."""
        claim = self.claim("finding", verdict)
        return Judgement(claim=claim, verdict=verdict, evidence=evidence, message=message)

    def unmeasured(self, reason: str) -> Judgement:
        """Return the judgement where there is nothing to judge."""
        claim = self.claim("bound", "holds")
        return Judgement(claim=claim, verdict="not measured", message=reason, skipped=True)


@final
@dataclass(frozen=True)
class Comparison:
    """value <= limit in every row of a table.

    Attributes:
        what: The inequality.
        rows: Where: `replica`, `epoch`, `layer`, and whatever else a reader wants to see.
        value, limit: Bits, one number a row; none is NaN, some may be infinite.
        is_promised: Whether the estimator keeps it by construction, so that a violation is an error.
    """

    what: str
    rows: pd.DataFrame
    value: Numbers
    limit: Numbers
    is_promised: bool

    @property
    def excess(self) -> Numbers:
        """Value minus limit; infinite where one of them is."""
        with np.errstate(invalid="ignore"):
            return np.where(self.value == self.limit, 0.0, self.value - self.limit)

    @property
    def violations(self) -> int:
        """In how many rows it fails."""
        return int((self.excess > ROUNDING).sum())

    @property
    def margin(self) -> Margin | None:
        """The row that comes closest to failing; None where no difference is finite."""
        finite = self.excess[np.isfinite(self.excess)]
        if not len(finite):
            return None
        worst = float(finite.max())
        return Margin(what=self.what, excess=worst, allowed=ROUNDING, unit="bits", checks=len(self.excess))

    def worst(self) -> dict[str, Value]:
        """Return the row in which it fails most."""
        index = int(np.argmax(self.excess))
        row = self.rows.iloc[index]
        place: dict[str, Value] = {"replica": int(row["replica"]), "epoch": int(row["epoch"])}
        place["layer"] = str(row["layer"])
        if pd.notna(row.get("channel")):
            place["channel"] = int(row["channel"])
        place["fails"] = self.what
        return place | {"found": plain(self.value[index]), "limit": plain(self.limit[index])}


def judge_comparisons(
    subject: Subject, comparisons: Sequence[Comparison], numbers: Mapping[str, Value], lacking: str = ""
) -> Judgement:
    """Judge a claim by its inequalities.

    Promised ones decide: one violation refutes. Where none is promised the claim is a finding, and a
    violation is an artefact of the estimator, never a failure.

    Args:
        subject: What is claimed.
        comparisons: Its inequalities; those without rows count for nothing.
        numbers: Further evidence.
        lacking: Why there may be nothing to compare.
    """
    made = [comparison for comparison in comparisons if len(comparison.rows)]
    if not made:
        return subject.unmeasured(lacking or "no valid measurement has the numbers for it")
    promised = [comparison for comparison in made if comparison.is_promised]
    broken = [comparison for comparison in promised or made if comparison.violations]
    evidence = Evidence(
        cases=max(len(comparison.rows) for comparison in made),
        margins=tuple(margin for comparison in promised or made if (margin := comparison.margin) is not None),
        counterexample=_worst(broken),
        numbers={**numbers, **_counts(made)},
    )
    if not promised:
        message = "the estimator does not promise this, so a violation is evidence about it, no failure"
        return subject.found("artefact" if broken else "supported", evidence, message if broken else "")
    claim = subject.claim("bound", "holds")
    if not broken:
        return Judgement(claim=claim, verdict="holds", evidence=evidence)
    said = "; ".join(
        f"{comparison.what} fails in {comparison.violations} of {len(comparison.rows)} measurements"
        for comparison in broken
    )
    return Judgement(claim=claim, verdict="refuted", evidence=evidence, message=said)


def _worst(broken: Sequence[Comparison]) -> dict[str, Value]:
    if not broken:
        return {}
    return max(broken, key=lambda comparison: float(comparison.excess.max())).worst()


def _counts(made: Sequence[Comparison]) -> dict[str, Value]:
    """Say of each inequality that fails, or is not promised, how often it fails and by how much."""
    told: dict[str, Value] = {}
    for comparison in made:
        count, total = comparison.violations, len(comparison.rows)
        if comparison.is_promised and not count:
            continue
        name = comparison.what if comparison.is_promised else f"{comparison.what} (not promised)"
        largest = f", by at most {spell_bits(float(comparison.excess.max()))} bits" if count else ""
        told[name] = f"fails in {count} of {total}{largest}"
    return told


def spell_bits(number: float) -> str:
    """Write a number to four digits."""
    return f"{number:.4g}"


def plain(number: float) -> float | str:
    """Return a number, or the word for it where it is infinite."""
    return float(number) if np.isfinite(number) else str(float(number))
