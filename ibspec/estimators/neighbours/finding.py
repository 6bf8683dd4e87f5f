"""One information found by neighbours, and how two of them become an estimate."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Int
from scipy.special import digamma

from ibspec.core import ActivityError, Estimate, Probe, SampleSizeError, bits
from ibspec.estimators.neighbours.ties import TIED_SHARE

NEAR_CEILING: Final = 1.5
"""Nats below psi(N) - psi(k). There a correlated pair of columns comes out 0.17 nats too small at any N
(1 nat below the ceiling 0.5, 2 nats below it 0.06), measured for N = 200 to 20,000."""

TRUSTED_COLUMNS: Final = 6
"""Columns of X and T together. Of 2 to 3 nats, 1,000 to 2,000 rows show all but 4% in 2 + 2 columns, 12% in
3 + 3, 18% in 4 + 4 and 26% in 5 + 5 (measured with `Ksg`)."""


@final
@dataclass(frozen=True)
class Finding:
    """An information in nats and what must be said with it.

    Attributes:
        nats: None where nothing could be measured.
        ties: Share of rows that are equal to others, or have equally distant neighbours.
        dropped: Rows left out.
        codes: Warnings beside those that follow from `ties` and `dropped`.
        reason: Why nothing could be measured.
    """

    nats: float | None
    ties: float = 0.0
    dropped: int = 0
    codes: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def warnings(self) -> frozenset[str]:
        """All codes."""
        tied = {"ties"} if self.ties > TIED_SHARE else set()
        dropped = {"dropped-points"} if self.dropped else set()
        return self.codes | tied | dropped


COLLAPSED: Final = Finding(0.0, codes=frozenset({"collapsed"}))
"""One of the two variables takes a single value: exactly nothing can be known."""


def estimate_of(i_xt: Finding | None, i_ty: Finding | None, **extras: float) -> Estimate:
    """Put two findings together, in bits; `extras` gets the ties and the number of rows left out.

    Raises:
        ActivityError: Something was asked for and nothing could be measured.
    """
    said = {"i_xt": i_xt, "i_ty": i_ty}
    present = {name: finding for name, finding in said.items() if finding is not None}
    if present and all(finding.nats is None for finding in present.values()):
        reasons = (f"{name}: {finding.reason}" for name, finding in present.items())
        raise ActivityError(f"nothing could be measured; {'; '.join(reasons)}")
    ties = max((finding.ties for finding in present.values()), default=0.0)
    if ties > 0:
        extras["ties"] = float(ties)
    for name, finding in present.items():
        if finding.dropped:
            extras[f"{name}_dropped"] = float(finding.dropped)
    numbers = {name: bits(each.nats) for name, each in present.items() if each.nats is not None}
    warnings = sorted(frozenset[str]().union(*(finding.warnings for finding in present.values())))
    return Estimate(
        i_xt=numbers.get("i_xt"), i_ty=numbers.get("i_ty"), extras=extras, warnings=tuple(warnings)
    )


def require_samples(kind: str, probe: Probe, name: str, more_than: int) -> None:
    """Refuse a probe of no more rows than the parameter `name` asks neighbours for."""
    if probe.samples <= more_than:
        raise SampleSizeError(
            f"{kind} needs more samples than `{name}`: got {probe.samples} samples with "
            f"{name}={more_than}. Enlarge `probe.size` or lower `{name}`"
        )


def trusted_nats(samples: int, neighbours: int) -> float:
    """The most nats that are not near the ceiling of counts, psi(N) - psi(k)."""
    return float(digamma(samples) - digamma(neighbours)) - NEAR_CEILING


def codes_of(nats: float, columns: int, most_nats: float) -> frozenset[str]:
    """The codes `saturated` and `too-wide` where they apply to two variables of `columns` together."""
    codes = {"saturated": nats > most_nats, "too-wide": columns > TRUSTED_COLUMNS}
    return frozenset(code for code, applies in codes.items() if applies)


def of_large_classes(classes: Int[np.ndarray, " samples"], fewest: int) -> Bool[np.ndarray, " samples"]:
    """Which rows belong to a class of at least `fewest` rows."""
    return np.asarray(np.bincount(classes)[classes] >= fewest)
