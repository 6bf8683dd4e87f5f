"""The estimate that follows from reading variables as normal ones."""

from typing import Final, Literal

import torch
from jaxtyping import Shaped

from ibspec.core import Estimate, Probe, SampleSizeError, bits
from ibspec.estimators.normal_classes import class_information
from ibspec.estimators.normal_spans import bias, information, span

Correction = Literal["closed-form", "none"]

FEWEST: Final = 4
"""With fewer rows there is no spread to speak of."""

BIASED_BITS: Final = 0.1
"""A correction larger than this says that the probe is too small for this many units."""

TIED_SHARE: Final = 0.05
"""More equal values than this in a column are no rounding of a continuous variable."""


def normal_estimate(
    t: Shaped[torch.Tensor, "samples units"],
    x: Shaped[torch.Tensor, "samples inputs"] | None,
    y: Shaped[torch.Tensor, "samples targets"] | None,
    probe: Probe,
    correction: Correction,
) -> Estimate:
    """Estimate I(X;T) and I(T;Y) from covariances; `y` is a real target, classes come from the probe.

    Raises:
        SampleSizeError: Fewer rows than `FEWEST`, or than dimensions.
        ActivityError: A linear combination of the activity is a function of the input or the target.
    """
    if probe.samples < FEWEST:
        raise SampleSizeError(
            f"covariances need {FEWEST} samples or more; got {probe.samples}. Enlarge `probe.size`"
        )
    layer = span(t)
    compared = {"xt": None if x is None else span(x), "ty": None if y is None else span(y)}
    present = [layer, *(other for other in compared.values() if other is not None)]
    warnings: list[str] = []
    if any(each.rank == 0 for each in present):
        warnings.append("collapsed")
    if any(0 < each.rank < each.units for each in present):
        warnings.append("singular")
    if max(each.ties for each in present) > TIED_SHARE:
        warnings.append("ties")
    extras = {"rank": float(layer.rank)}
    nats: dict[str, float | None] = {"xt": 0.0 if layer.rank == 0 else None, "ty": None}
    for name, other in compared.items():
        if other is None:
            continue
        excess = bias(probe.samples, layer.rank, other.rank)
        nats[name] = information(layer, other) - (excess if correction == "closed-form" else 0.0)
        if bits(excess) > BIASED_BITS:
            warnings.append("few-samples")
    if probe.classes is not None:
        if int(probe.classes.max()) == 0:
            warnings.append("one-class")
        if layer.rank == 0 or int(probe.classes.max()) == 0:
            nats["ty"] = 0.0
        else:
            told = class_information(layer.basis, probe.classes)
            if isinstance(told, str):
                warnings.append(told)
            else:
                nats["ty"] = told.plain if correction == "none" else told.corrected
                extras["i_ty_entropy_difference"] = bits(told.difference)
                if bits(told.plain - told.corrected) > BIASED_BITS:
                    warnings.append("few-samples")
    return Estimate(
        i_xt=None if nats["xt"] is None else bits(nats["xt"]),
        i_ty=None if nats["ty"] is None else bits(nats["ty"]),
        extras=extras,
        warnings=tuple(sorted(set(warnings))),
    )
