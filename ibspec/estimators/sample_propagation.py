"""Information of a noisy layer whose noise is known, by Monte Carlo: no bandwidth to choose."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, final

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import Field

from ibspec.core import (
    SATURATED_BITS,
    Activity,
    ActivityError,
    Estimate,
    Probe,
    Rows,
    UserError,
    as_rows,
    bits,
    spell,
)
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.mixtures import BLOCK_BYTES, mixture_logs, mixture_logs_given, passes_logs

BIAS_BITS = 0.05
"""An error due to few passes that is worth a warning."""

ROUNDING_BITS = 1e-9
"""Means of logarithms of sums of a few thousand kernels; their rounding is about 1e-13."""

FARTHEST = 1e100
"""Sigmas from the mean, above which squares of distances overflow."""


@final
class SamplePropagation(Estimator):
    """Estimate I(X;T) and I(T;Y) in bits where T = S + Z, Z Gaussian noise of a known sigma inside the net.

    T is a mixture of Gaussians around the means S, one for each row of the probe, and information is the mean
    logarithm of a ratio of mixtures, at points drawn from them:

        I(X;T) = mean ln p(T|X) / p(T),    I(T;Y) = mean ln p(T|Y) / p(T).

    *First noisy layer* (S a function of X): p(T|X) is one Gaussian, and the numbers are about the probe's
    empirical law without any bias; only the Monte-Carlo error is left (`i_xt_error`, one standard deviation).
    About the law from which the probe was drawn they say too little where S is continuous: with n rows they
    cannot exceed log2 n, and the sample needed grows exponentially with the units.

    *Deeper layers*: p(T|X) is a mixture over `passes` forward passes with fresh noise in the layers before.
    Both mixtures are then made of samples, and each has an entropy too low: p(T) of one S a row, which makes
    I(X;T) too small, and p(T|X) of few passes, which makes it too large, by about `passes_bias`: above 0.05
    bits, where passes hardly overlap, it carries the warning `few-samples`. `i_xt_error` holds neither.

    Rows of a deterministic net, or of an array, are read as S; the noise is then part of the question, as in
    `kde`, which bounds the same number: kde lower <= sample propagation <= kde upper at a noise variance of
    sigma squared. Rows of equal inputs are draws from p(S|X), one mixture.

    Attributes:
        sigma: `own` reads it from a noisy net's layer, and refuses others.

    Source:
        Goldfeld et al. (2019), ICML, arXiv:1810.05728, eqs. 8-11; Goldfeld et al. (2020), IEEE Trans. Inf.
        Theory, arXiv:1810.11589. They subtract entropies, the Gaussian's in closed form; we average the
        logarithm of the ratio at the same draws: the same mean, and hardly any error near either end.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["sample-propagation"] = "sample-propagation"
    sigma: Annotated[float, Field(gt=0)] | Literal["own"] = Field(
        default="own",
        description="Standard deviation of the noise, in units of the activity; own: the net's.",
    )
    draws: int = Field(default=10, ge=2, le=10_000, description="Points drawn around each row's mean.")
    passes: int = Field(
        default=64, ge=2, le=10_000, description="Forward passes with fresh noise, for deeper layers."
    )

    @property
    def label(self) -> str:
        """`sample-propagation(sigma, draws, passes)`."""
        sigma = self.sigma if self.sigma == "own" else spell(self.sigma)
        return f"sample-propagation({sigma}, {self.draws} draws, {self.passes} passes)"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Average over draws; see the class for what the numbers mean.

        Extras:
            i_xt_error, i_ty_error: Standard deviations of the Monte-Carlo errors.
            i_st_given_x: I(S;T|X), the noise of earlier layers that T still shows, where there is some.
            passes_bias: By how much I(X;T) of a deeper layer is too large for want of passes, roughly.

        Raises:
            UserError: There is no `rng`.
            ActivityError: The layer has no noise of its own, or another sigma, or is too far spread for it.
        """
        if rng is None:
            raise UserError(f"{self.kind} draws random numbers: pass `rng`")
        source = self._source(t, probe.samples)
        first = source.draw(rng)
        center = first.double().mean(dim=0)
        s = _in_sigmas(first, center, source.sigma)
        z = torch.from_numpy(rng.standard_normal((len(s), self.draws, s.shape[1]))).to(s.device)
        logs = mixture_logs(s, z)
        if source.is_fresh:
            others = (_in_sigmas(source.draw(rng), center, source.sigma) for _ in range(self.passes - 1))
            logs_given_x = passes_logs(s, z, others)
        else:
            logs_given_x = mixture_logs_given(s, z, probe.ids)
        i_xt, i_xt_error = _mean_and_error(logs - logs_given_x)
        extras = {"i_xt_error": i_xt_error}
        i_ty: float | None = None
        if probe.classes is not None:
            given_y = mixture_logs_given(s, z, probe.classes)
            i_ty, extras["i_ty_error"] = _mean_and_error(logs - given_y)
        i_st, i_st_given_x = bits(float(logs.mean())), bits(float(logs_given_x.mean()))
        # To first order the entropy of a mixture of n draws is chi^2 / (2 n) too low, chi^2 + 1 = E[ratio].
        bias = bits(float(logs_given_x.exp().mean()) - 1) / (2 * self.passes) if source.is_fresh else 0.0
        is_stochastic = source.is_fresh or i_st_given_x > ROUNDING_BITS
        if is_stochastic:
            extras["i_st_given_x"] = i_st_given_x
        if source.is_fresh:
            extras["passes_bias"] = bias
        nearest = min(abs(probe.h_x - i_xt), abs(math.log2(probe.samples) - i_st))
        warnings = {
            "few-samples": bias > BIAS_BITS,
            "saturated": nearest < SATURATED_BITS < probe.h_x,
            "stochastic": is_stochastic and not source.is_fresh,
        }
        return Estimate(
            i_xt=i_xt,
            i_ty=i_ty,
            extras=extras,
            warnings=tuple(code for code, is_so in warnings.items() if is_so),
        )

    def why_not(self, *, has_codes: bool, sigma: float | None) -> str | None:
        """Without noise in the net, the information is not finite, unless noise is to be added here."""
        if self.sigma != "own" or sigma is not None:
            return None
        return 'it needs noise inside the net; take a model of kind "noisy", or give `sigma`'

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of the means, their draws and a block of kernels."""
        return 8 * samples * units * (self.draws + 6) + 4 * BLOCK_BYTES + 32 * samples * self.draws

    def _source(self, t: Activity | Rows, samples: int) -> "_Source":
        """Say where means come from, and what noise there is."""
        rows = as_rows(t, samples)
        noise, resample = (t.noise, t.resample) if isinstance(t, Activity) else (None, None)
        name = f"layer '{t.layer}'" if isinstance(t, Activity) and t.layer else "this activity"
        if noise is not None:
            if self.sigma not in ("own", noise.sigma):
                raise ActivityError(
                    f"{self.kind}: {name} adds noise of sigma {noise.sigma:g}; `sigma` is {self.sigma}. "
                    'Write "own"'
                )
            redraw = noise.redraw
            return _Source(noise.sigma, lambda rng: as_rows(redraw(rng), samples), not noise.is_first)
        if self.sigma == "own":
            raise ActivityError(
                f"{self.kind} needs the noise that a layer adds, and {name} adds none of its own. Measure a "
                'hidden layer of a net of kind "noisy", or write as `sigma` the noise to be added'
            )
        if resample is None:
            return _Source(self.sigma, lambda rng: rows, is_fresh=False)
        draw = resample
        return _Source(self.sigma, lambda rng: as_rows(draw(rng), samples), is_fresh=True)


@final
@dataclass(frozen=True)
class _Source:
    """Where means S come from.

    Attributes:
        sigma: Of the noise that is added to them.
        draw: Returns S, (samples, units).
        is_fresh: Whether each draw gives others.
    """

    sigma: float
    draw: Callable[[np.random.Generator], torch.Tensor]
    is_fresh: bool


def _in_sigmas(
    rows: torch.Tensor, center: torch.Tensor, sigma: float
) -> Float64[torch.Tensor, "samples units"]:
    """Return rows from their mean, in units of the noise."""
    scaled = (rows.double() - center) / sigma
    if not bool((scaled.abs() < FARTHEST).all()):
        raise ActivityError(
            f"the activity spreads over more than {FARTHEST:g} times `sigma`, {sigma:g}. Enlarge it"
        )
    return scaled


def _mean_and_error(nats: Float64[torch.Tensor, "samples draws"]) -> tuple[float, float]:
    """Return the mean in bits, and its standard deviation over other draws."""
    samples, draws = nats.shape
    variance = float(nats.var(dim=1).sum()) / draws / samples**2
    return bits(float(nats.mean())), bits(math.sqrt(variance))
