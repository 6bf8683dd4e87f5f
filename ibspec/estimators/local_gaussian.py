"""Information from a normal law fitted around each sample."""

import math
from typing import ClassVar, Final, Literal, final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from pydantic import Field

from ibspec.core import Activity, ActivityError, Estimate, Probe, Rows, SampleSizeError, as_rows, bits
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.local_normal_fit import fit_locally

WIDEST: Final = 6
"""Most coordinates of X and T together: beyond, a neighbourhood is no longer local."""

MOST_LOST: Final = 0.5
"""With more rows lost the rest does not speak for them."""


@final
class LocalGaussian(Estimator):
    """Estimate I(X;T) and I(T;Y) in bits from densities f(x, t), f(x), f(t) by local normal fits.

    I = mean ln f(x, t) / (f(x) f(t)), each density that of a normal law fitted around the row
    (`fit_locally`); for classes mean ln f(t|y) / f(t). Columns are standardised first. It follows strong and
    thin dependence that neighbour counts lose, at a price: each row costs three searches for a maximum.
    Where a search fails, or `neighbours` other rows are equal, the row is left out (`dropped-points`; the
    share that converged is in `extras`). A layer that is a function of X has infinite information; a number
    above log2 N (`saturated`) says no more than that.

    Refused: more than 6 coordinates of X and T together, more than half of the rows lost. Densities are
    smoothed over neighbourhoods and err by hundredths of bits at N = 500 (1+1 normal coordinates; a tenth
    where `neighbours` is 5, or for 2+2 at N = 2000); X + theta U is followed to theta = 1e-6. Heavy tails
    break it, and nothing warns of that: -1.8 +- 0.8 bits, not 0.3, for Student's t with 1 degree of freedom.

    Attributes:
        neighbours: The kernel's standard deviation is the distance to this neighbour.

    Source:
        Gao, Ver Steeg & Galstyan (2015), UAI, arXiv:1508.00536, §3. No program was published. They count
        each row for its own density; we do not.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["local-gaussian"] = "local-gaussian"
    neighbours: int = Field(default=15, ge=3, description="Neighbour whose distance is the kernel's width.")

    @property
    def label(self) -> str:
        """`local-gaussian(k)`."""
        return f"local-gaussian({self.neighbours})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Fit densities; see the class for what the numbers mean.

        Extras:
            converged: Share of the rows whose fits all converged, against X (else against Y).
        """
        rows = as_rows(t, probe.samples)
        if probe.samples < self.neighbours + 2:
            raise SampleSizeError(
                f"local-gaussian needs neighbours + 2 samples or more; got {probe.samples} samples with "
                f"neighbours={self.neighbours}. Enlarge `probe.size` or lower `neighbours`"
            )
        layer = _standardised(rows)
        warnings: list[str] = []
        i_xt: float | None = None
        i_ty: float | None = None
        extras: dict[str, float] = {}
        constant = layer.shape[1] == 0
        if constant:
            warnings.append("collapsed")
            i_xt = 0.0
        y, classes = probe.y, probe.classes
        one_class = classes is not None and int(classes.max()) == 0
        if one_class:
            warnings.append("one-class")
        if y is not None and (constant or one_class):
            i_ty = 0.0
        elif classes is not None:
            if int(np.bincount(classes).min()) < self.neighbours + 2:
                warnings.append("few-samples")
            else:
                i_ty, extras["converged"] = self._given_classes(layer, classes)
        elif y is not None:
            i_ty, extras["converged"] = self._of_pair(layer, _standardised(as_rows(y, probe.samples)))
        if probe.x is not None and not constant:
            i_xt, extras["converged"] = self._of_pair(layer, _standardised(as_rows(probe.x, probe.samples)))
        if extras.get("converged", 1.0) < 1:
            warnings.append("dropped-points")
        if max(i_xt or 0.0, i_ty or 0.0) > math.log2(probe.samples):
            warnings.append("saturated")
        return Estimate(i_xt=i_xt, i_ty=i_ty, extras=extras, warnings=tuple(sorted(warnings)))

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of a block of rows against all, and of a copy of the layer."""
        return 8 * samples * (2 * units + 256 * (2 + 3 * WIDEST)) + 2**20

    def _of_pair(
        self, one: Float[torch.Tensor, "samples _"], other: Float[torch.Tensor, "samples _"]
    ) -> tuple[float, float]:
        """Information in bits of two variables, and the share of rows that converged."""
        both = torch.cat([one, other.to(one)], dim=1)
        self._check_width(both.shape[1])
        if other.shape[1] == 0:
            return 0.0, 1.0
        fits = [self._log_density(each) for each in (both, one, other.to(one))]
        return _mean(fits[0][0] - fits[1][0] - fits[2][0], fits[0][1] & fits[1][1] & fits[2][1])

    def _given_classes(
        self, layer: Float[torch.Tensor, "samples units"], classes: Int[np.ndarray, " samples"]
    ) -> tuple[float, float]:
        """The same of a layer and classes, with densities of each class."""
        self._check_width(layer.shape[1])
        logs, good = self._log_density(layer)
        for label in range(int(classes.max()) + 1):
            where = torch.as_tensor(classes == label, device=layer.device)
            own, fitted = self._log_density(layer[where])
            logs[where] = own - logs[where]
            good[where] &= fitted
        return _mean(logs, good)

    def _log_density(
        self, rows: Float[torch.Tensor, "samples units"]
    ) -> tuple[Float[torch.Tensor, " samples"], Bool[torch.Tensor, " samples"]]:
        """Log density at each row and whether it is known: rows with too many equals have none."""
        _, number, count = torch.unique(rows, dim=0, return_inverse=True, return_counts=True)
        apart = count[number] <= self.neighbours
        if int(apart.sum()) < (1 - MOST_LOST) * len(rows):
            raise ActivityError(
                f"{int((~apart).sum())} of {len(rows)} rows are equal to {self.neighbours} others or more: "
                f"no density can be fitted. Use `binning`, or raise `neighbours` if ties are few"
            )
        fit = fit_locally(rows, self.neighbours, apart)
        return fit.log_density, fit.converged

    def _check_width(self, units: int) -> None:
        if units > WIDEST:
            raise ActivityError(
                f"local-gaussian fits at most {WIDEST} coordinates of both variables together; got {units} "
                f"that vary. Reduce the layer's width or the inputs"
            )


def _mean(logs: Float[torch.Tensor, " samples"], good: Bool[torch.Tensor, " samples"]) -> tuple[float, float]:
    share = float(good.double().mean())
    if share < 1 - MOST_LOST:
        raise ActivityError(
            f"local fits converged for {share:.0%} of the rows only: the density is singular there. "
            f"Measure a noisy layer, or raise `neighbours`"
        )
    return bits(float(logs[good].mean())), share


def _standardised(rows: Shaped[torch.Tensor, "samples units"]) -> Float[torch.Tensor, "samples _"]:
    """Columns that vary, with mean 0 and deviation 1."""
    values = rows.double().contiguous()
    largest = values.abs().amax(dim=0)
    scaled = values[:, largest > 0] / largest[largest > 0]
    centred = scaled - scaled.mean(dim=0)
    deviation = centred.square().mean(dim=0).sqrt()
    varies = deviation > 8 * torch.finfo(torch.float64).eps
    return centred[:, varies] / deviation[varies]
