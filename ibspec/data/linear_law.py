"""Exact information of Gaussian inputs with labels linear in them, and of noisy linear layers."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from ibspec.core import LN2, ShapeError


@final
@dataclass(frozen=True)
class LayerTruth:
    """Exact values in bits for a layer T.

    Attributes:
        i_xt: I(X;T) = i_relevant_t + i_irrelevant_t_given_relevant = i_irrelevant_t +
            i_relevant_t_given_irrelevant.
        i_ty: I(T;Y).
        i_relevant_t: I(relevant;T).
        i_irrelevant_t: I(irrelevant;T).
        i_relevant_t_given_irrelevant: I(relevant;T|irrelevant).
        i_irrelevant_t_given_relevant: I(irrelevant;T|relevant).
    """

    i_xt: float
    i_ty: float
    i_relevant_t: float
    i_irrelevant_t: float
    i_relevant_t_given_irrelevant: float
    i_irrelevant_t_given_relevant: float


@final
@dataclass(frozen=True, eq=False)
class LinearLaw:
    """X ~ N(0, diag(scales^2)), its first coordinates relevant; Y = weights @ relevant + label_noise N.

    Everything is jointly Gaussian, so that each information is half the logarithm of a ratio of
    determinants.

    Attributes:
        scales: Standard deviation of each input, the relevant ones first.
        weights: One row a label; as many columns as there are relevant inputs.
        label_noise: Standard deviation of what is added to each label.

    Source:
        Cover & Thomas (2006), Elements of Information Theory, theorem 8.4.1.
    """

    scales: Float64[np.ndarray, " inputs"]
    weights: Float64[np.ndarray, "labels relevant"]
    label_noise: float

    def __post_init__(self) -> None:
        if self.relevant > len(self.scales):
            raise ShapeError(
                f"weights of {self.relevant} relevant inputs, but scales of {len(self.scales)} inputs in all"
            )

    @property
    def relevant(self) -> int:
        """How many inputs the labels depend on."""
        return int(self.weights.shape[1])

    @property
    def differential_h_x(self) -> float:
        """Differential entropy of X in bits."""
        return float(np.log2(self.scales).sum()) + len(self.scales) * math.log2(2 * math.pi * math.e) / 2

    @property
    def differential_h_y(self) -> float:
        """Differential entropy of Y in bits."""
        labels = len(self.weights)
        return (_log2_det(self._of_labels) + labels * math.log2(2 * math.pi * math.e)) / 2

    @property
    def i_xy(self) -> float:
        """I(X;Y) = I(relevant;Y) in bits."""
        return (_log2_det(self._of_labels) - len(self.weights) * 2 * math.log2(self.label_noise)) / 2

    @property
    def _of_labels(self) -> Float64[np.ndarray, "labels labels"]:
        signal = self.weights * self.scales[: self.relevant]
        return np.asarray(signal @ signal.T + self.label_noise**2 * np.eye(len(signal)))

    def layer(self, v: Float64[np.ndarray, "units inputs"], noise: float) -> LayerTruth:
        """Return the information of T = v @ X + noise N, the noise independent in each unit.

        Raises:
            ShapeError: `v` has not a column for each input.
        """
        if v.ndim != 2 or v.shape[1] != len(self.scales):
            raise ShapeError(f"a layer of {len(self.scales)} inputs needs as many columns; got {v.shape}")
        spread = v * self.scales
        of_relevant, of_rest = spread[:, : self.relevant], spread[:, self.relevant :]
        noise_alone = noise**2 * np.eye(len(v))
        given_relevant = of_rest @ of_rest.T + noise_alone  # covariance of T once the relevant part is known
        given_rest = of_relevant @ of_relevant.T + noise_alone
        of_layer = spread @ spread.T + noise_alone
        crossed = of_relevant @ (self.weights * self.scales[: self.relevant]).T
        together = np.block([[of_layer, crossed], [crossed.T, self._of_labels]])
        nothing = len(v) * 2 * math.log2(noise)
        return LayerTruth(
            i_xt=(_log2_det(of_layer) - nothing) / 2,
            i_ty=(_log2_det(of_layer) + _log2_det(self._of_labels) - _log2_det(together)) / 2,
            i_relevant_t=(_log2_det(of_layer) - _log2_det(given_relevant)) / 2,
            i_irrelevant_t=(_log2_det(of_layer) - _log2_det(given_rest)) / 2,
            i_relevant_t_given_irrelevant=(_log2_det(given_rest) - nothing) / 2,
            i_irrelevant_t_given_relevant=(_log2_det(given_relevant) - nothing) / 2,
        )


def _log2_det(covariance: Float64[np.ndarray, "size size"]) -> float:
    return float(np.linalg.slogdet(covariance).logabsdet) / LN2
