"""What an estimator says about one activity."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

Bounds = tuple[float, float]


@final
@dataclass(frozen=True)
class Estimate:
    """Information in bits, raw: never clipped, never rounded.

    Attributes:
        i_xt: Headline I(X;T), or None where the estimator has none.
        i_ty: Headline I(T;Y), or None (no class labels, for instance).
        h_t: Entropy of a discrete or discretised T; None for continuous estimators.
        i_xt_bounds: Proven (lower, upper) for the quantity that the estimator's page states, or None.
        i_ty_bounds: The same for I(T;Y).
        extras: Further numbers by name.
        warnings: Codes that travel with the number (docs/warnings.md).
    """

    i_xt: float | None = None
    i_ty: float | None = None
    h_t: float | None = None
    i_xt_bounds: Bounds | None = None
    i_ty_bounds: Bounds | None = None
    extras: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _mean_bounds(bounds: Sequence[Bounds | None]) -> Bounds | None:
    known = [bound for bound in bounds if bound is not None]
    if len(known) != len(bounds):
        return None
    return float(np.mean([low for low, _ in known])), float(np.mean([high for _, high in known]))


def mean_estimate(estimates: Sequence[Estimate]) -> Estimate:
    """Average estimates of a layer's channels; bounds on each give bounds on the mean.

    The smallest and largest channel are kept in `extras`. A warning that every channel has stays as it is;
    one that only some have becomes `<code>-channels`, with their number in `extras`.

    Source:
        candidate-8240R-2019 §3.1, the "mean" method.
    """
    having = Counter(code for estimate in estimates for code in estimate.warnings)
    partly = {code: count for code, count in having.items() if count < len(estimates)}
    names = sorted(set.intersection(*(set(estimate.extras) for estimate in estimates)))
    extras = {name: float(np.mean([estimate.extras[name] for estimate in estimates])) for name in names}
    channels = [estimate.i_xt for estimate in estimates if estimate.i_xt is not None]
    if len(channels) == len(estimates):
        extras |= {"i_xt_channel_min": min(channels), "i_xt_channel_max": max(channels)}
    return Estimate(
        i_xt=_mean([estimate.i_xt for estimate in estimates]),
        i_ty=_mean([estimate.i_ty for estimate in estimates]),
        h_t=_mean([estimate.h_t for estimate in estimates]),
        i_xt_bounds=_mean_bounds([estimate.i_xt_bounds for estimate in estimates]),
        i_ty_bounds=_mean_bounds([estimate.i_ty_bounds for estimate in estimates]),
        extras=extras
        | {"channels": float(len(estimates))}
        | {f"{code}_channels": float(count) for code, count in partly.items()},
        warnings=tuple(sorted(f"{code}-channels" if code in partly else code for code in having)),
    )
