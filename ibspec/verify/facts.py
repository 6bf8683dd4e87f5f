"""What is known of the probe before anything is measured."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

ROUNDING: Final = 1e-9
"""Bits: how far rounding may carry a number past its limit. Entropies of some thousand samples, and
kernel sums in float64, are off by about 1e-12; blocks of the kernel sums by at most 1e-9."""


@final
@dataclass(frozen=True)
class Facts:
    """Exact numbers of the probe in bits; None where unknown.

    Attributes:
        h_x: H(X).
        h_y: H(Y), unknown without class labels.
        i_xy: I(X;Y), unknown without class labels.
    """

    h_x: float | None = None
    h_y: float | None = None
    i_xy: float | None = None

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any]) -> "Facts":
        """Take the facts from a run's manifest."""
        found = manifest.get("facts")
        known = found if isinstance(found, Mapping) else {}
        return cls(**{name: _number(known.get(name)) for name in ("h_x", "h_y", "i_xy")})


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
