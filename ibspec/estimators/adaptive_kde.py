"""The kernel bounds with noise that grows with the layer."""

import math
from typing import ClassVar, Literal, final

import numpy as np
import torch
from jaxtyping import Shaped
from pydantic import Field

from ibspec.core import Activity, Estimate, Probe, Rows, as_rows, spell
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.kde import Kde

SAFE = 60
"""Powers of two by which values may be large or small: their squares, and shares of them, fit in float64."""


@final
class AdaptiveKde(Estimator):
    """Bound I(X;T+Z) in bits as `kde` does, with noise that is a share of the layer's scale.

    With noise of a fixed variance, weights that grow look like information gained, and a layer of large
    activity (ReLU) like one that knows more. Here a layer and its double are the same to the bit, and with
    `spread` so is a layer with a constant added. In return, numbers of different layers or epochs are about
    different noise: I(X;T+Z) may rise along the layers, and a plane compares layers that each has a noise of
    its own. The variance taken is in `extras`.

    A layer whose rows are all equal carries nothing: 0 bits, with the warning `collapsed`.

    Attributes:
        scale: `largest`: the largest |activity| of the layer on the probe. `spread`: the root of the mean
            variance of its units.

    Source:
        Chelombiev, Houghton & O'Donnell (2019), ICLR, arXiv:1902.09037, section 3.2: noise that scales with
        the layer's largest activation. Their program adds noise of standard deviation 0.01 whatever the
        layer, takes absolute values, and hands 0.01 on as a variance: none of that here. Bounds as in `kde`.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["adaptive-kde"] = "adaptive-kde"
    noise_share: float = Field(
        ge=1e-6, le=1e6, description="Standard deviation of the noise, as a share of the layer's scale."
    )
    scale: Literal["largest", "spread"] = Field(
        default="largest", description="What the noise is a share of: the largest |activity|, or its spread."
    )

    @property
    def label(self) -> str:
        """`adaptive-kde(share of scale)`."""
        return f"adaptive-kde({spell(self.noise_share)} of {self.scale})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Bound the information of noisy activity; see the class for what the numbers mean.

        Extras:
            noise_variance: What the share comes to, in squared units of the activity; if float64 holds it.
            saxe_i_ty_lower: As of `kde`.
        """
        rows = as_rows(t, probe.samples)
        rows = rows if rows.dtype.is_floating_point else rows.double()
        if not _varies(rows):
            return _collapsed(probe)
        # A power of two changes no digit; in float64 it keeps squares from overflowing.
        power = math.frexp(_scale(rows, "largest"))[1]
        power = power if abs(power) > SAFE else 0
        rows = rows if power == 0 else _shifted(rows, power)
        scale = _scale(rows, self.scale)
        variance = (self.noise_share * scale) ** 2
        found = Kde(noise_variance=variance).estimate(rows, probe)
        true_variance = _float_or_none(variance, power)
        extras = {} if true_variance is None else {"noise_variance": true_variance}
        return Estimate(
            i_xt=found.i_xt,
            i_ty=found.i_ty,
            i_xt_bounds=found.i_xt_bounds,
            i_ty_bounds=found.i_ty_bounds,
            extras={**found.extras, **extras},
            warnings=found.warnings,
        )

    def working_memory(self, samples: int, units: int) -> int:
        """As of `kde`, and a copy in float64."""
        return Kde(noise_variance=1.0).working_memory(samples, units) + 8 * samples * units


def _varies(rows: Shaped[torch.Tensor, "samples units"]) -> bool:
    """Whether any two rows differ."""
    return rows.numel() > 0 and bool((rows.amax(dim=0) > rows.amin(dim=0)).any())


def _scale(rows: Shaped[torch.Tensor, "samples units"], scale: str) -> float:
    """Return the layer's scale, in float64."""
    if scale == "largest":
        return float(torch.maximum(-rows.amin(), rows.amax()))
    return math.sqrt(float(rows.double().var(dim=0, correction=0).mean()))


def _shifted(
    rows: Shaped[torch.Tensor, "samples units"], power: int
) -> Shaped[torch.Tensor, "samples units"]:
    """Return rows / 2**power, in two steps: 2**1074 itself overflows."""
    half = -power // 2
    return rows.double() * 2.0**half * 2.0 ** (-power - half)


def _float_or_none(variance: float, power: int) -> float | None:
    try:
        true = math.ldexp(variance, 2 * power)
    except OverflowError:
        return None
    return true if true > 0 else None


def _collapsed(probe: Probe) -> Estimate:
    """Say that a layer of equal rows tells no inputs apart."""
    nothing = (0.0, 0.0)
    has_classes = probe.classes is not None
    return Estimate(
        i_xt=0.0,
        i_ty=0.0 if has_classes else None,
        i_xt_bounds=nothing,
        i_ty_bounds=nothing if has_classes else None,
        extras={"saxe_i_ty_lower": 0.0} if has_classes else {},
        warnings=("collapsed",) if probe.samples > 1 else (),
    )
