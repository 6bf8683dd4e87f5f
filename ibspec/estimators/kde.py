"""Pairwise-distance bounds of a Gaussian mixture: what the field calls "the KDE estimator"."""

import math
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from ibspec.core import SATURATED_BITS, Activity, Estimate, Probe, Rows, as_rows, bits, spell
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.pairwise import kernel_sums, memory


@final
class Kde(Estimator):
    """Bound I(X;T+Z) in bits, Z Gaussian noise of a stated variance, by pairwise distances.

    With f(v) = -mean_i ln mean_j exp(-|t_i - t_j|^2 / (2 v noise_variance)) the information between
    the sample and its noisy activity lies between f(4) and f(1). The headline I(X;T) is f(1), as in
    the literature, and the headline I(T;Y) is f(1) of all rows minus the class mean of f(1), also as in
    the literature: a difference of two upper bounds, which bounds nothing. `i_ty_bounds` holds what is
    proven. Both lie in [0, log2 N]; near log2 N the number says only that N is too small for the noise.

    The noise is not in the network: it is part of the question, so it has no default.

    Attributes:
        noise_variance: A variance (not a standard deviation) in squared units of the activity.

    Source:
        Kolchinsky & Tracey (2017), Entropy 19, 361, eqs. 10-12 and §3; Saxe et al. (2018), ICLR, Appendix C.
        candidate-8240R-2019 §3.2.4 prints f without its minus sign and with the logarithm misplaced.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["kde"] = "kde"
    noise_variance: float = Field(
        gt=0, description="Variance of the Gaussian noise, in squared units of the activity."
    )

    @property
    def label(self) -> str:
        """`kde(v)` with the noise variance."""
        return f"kde({spell(self.noise_variance)})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Bound the information of noisy activity; see the class for what the numbers mean.

        Extras:
            saxe_i_ty_lower: The literature's "lower" I(T;Y), a difference of two lower bounds.
        """
        rows = as_rows(t, probe.samples)
        classes = np.zeros(probe.samples, dtype=np.int64) if probe.classes is None else probe.classes
        sizes = np.bincount(classes).tolist()
        sums = kernel_sums(rows, self.noise_variance, sizes, np.argsort(classes, kind="stable"))
        log_n = math.log(probe.samples)
        upper = log_n - float(sums.narrow.log().mean())
        lower = log_n - float(sums.wide.log().mean())
        i_ty: float | None = None
        i_ty_bounds: tuple[float, float] | None = None
        extras: dict[str, float] = {}
        if probe.classes is not None:
            # Sum over classes of p(y) f(class), f(class) = ln N_y - mean ln S over the class's own rows.
            log_sizes = sum(size * math.log(size) for size in sizes) / probe.samples
            upper_given_y = log_sizes - float(sums.narrow_class.log().mean())
            lower_given_y = log_sizes - float(sums.wide_class.log().mean())
            i_ty = bits(upper - upper_given_y)
            i_ty_bounds = bits(lower - upper_given_y), bits(upper - lower_given_y)
            extras = {"saxe_i_ty_lower": bits(lower - lower_given_y)}
        warnings = []
        # The ceiling is H(X); where equal inputs give different activity, it is log2 N.
        nearest = min(abs(ceiling - bits(lower)) for ceiling in (probe.h_x, bits(log_n)))
        if nearest < SATURATED_BITS < probe.h_x:
            warnings.append("saturated")
        return Estimate(
            i_xt=bits(upper),
            i_ty=i_ty,
            i_xt_bounds=(bits(lower), bits(upper)),
            i_ty_bounds=i_ty_bounds,
            extras=extras,
            warnings=tuple(warnings),
        )

    def working_memory(self, samples: int, units: int) -> int:
        """What the sums hold beside the activity, on a processor."""
        return memory(samples, units)
