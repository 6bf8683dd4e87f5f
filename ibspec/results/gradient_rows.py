"""Rows of the tables of gradients and of rates."""

import math
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class GradientRow:
    """Signal and noise of mini-batch gradients, of one layer at one measured epoch, in one reading.

    Attributes:
        replica: Which of the independently trained networks, from 0.
        epoch: Training epochs done; 0 is before training, of which there is no reading `moving`.
        layer: Name of the layer, or `all` for all weights together.
        depth: Place of the layer in the net, from 0; -1 for `all`.
        reading: `fixed`, `moving` or `parallel`.
        batch_size: Rows of a batch; an SNR is one of this batch size.
        batches: How many gradients the row comes from.
        mean_norm: Norm of their mean, over weights and biases.
        std_norm: Norm of their standard deviations, the divisor being `batches`.
        snr: mean_norm / std_norm; NaN where there is no noise.
        status: `ok`; `noiseless` where std_norm is 0; `not-finite` where a gradient is infinite or no number.
        weight_norm: Norm of the layer's weights without its biases; NaN for `parallel`, whose nets each have
            weights of their own.
        per_sample_snr: That of single rows at the same weights, in the reading `fixed` where it is asked for.
    """

    replica: int
    epoch: int
    layer: str
    depth: int
    reading: str
    batch_size: int
    batches: int
    mean_norm: float
    std_norm: float
    snr: float
    status: str
    weight_norm: float = math.nan
    per_sample_snr: float = math.nan


@final
@dataclass(frozen=True)
class RateRow:
    """How fast one quantity moves at one measured epoch: what is predicted, and what happens.

    Attributes:
        replica: Which of the independently trained networks, from 0.
        epoch: Training epochs done.
        layer: Name of the layer, or `all` for the loss.
        depth: Place of the layer in the net, from 0; -1 for `all`.
        quantity: `loss`, in nats a step of plain descent from this epoch's weights; `i_xt_upper` or
            `i_xt_lower`, in bits over the epoch that led here.
        estimator: Label of the kde whose bound it is; empty for the loss.
        predicted: By the first derivative.
        second_order: What the second order adds.
        realised: The change itself; of the loss, its mean over batches.
        contracting: Share of pairs of points that come closer, by their weight in the bound; NaN of the loss.
    """

    replica: int
    epoch: int
    layer: str
    depth: int
    quantity: str
    estimator: str
    predicted: float
    second_order: float
    realised: float
    contracting: float


def _columns(row: type[GradientRow] | type[RateRow]) -> dict[str, str]:
    types = {int: "int64", float: "float64", str: "string"}
    return {name: types[kind] for name, kind in row.__annotations__.items()}


GRADIENT_COLUMNS, RATE_COLUMNS = _columns(GradientRow), _columns(RateRow)
"""Columns of the tables, in order, with their pandas types."""
