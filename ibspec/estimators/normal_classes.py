"""What normal classes tell of their labels."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import digamma

ALONE = 1e-9
"""1 - leverage below this: without the row its class has no extent in some direction."""


@final
@dataclass(frozen=True)
class ClassInformation:
    """I(T;Y) in nats where each class is a normal cloud.

    Attributes:
        corrected: Each row judged by clouds fitted without it.
        plain: Each row judged by clouds that were fitted to it too.
        difference: Entropy of one cloud over all rows minus the mean entropy of the classes' clouds.
    """

    corrected: float
    plain: float
    difference: float


@final
@dataclass(frozen=True)
class _Cloud:
    """One class: its mean, axes and squared extents, and its own rows' leverages."""

    size: int
    mean: Float[torch.Tensor, " rank"]
    axes: Float[torch.Tensor, "rank rank"]
    extents: Float[torch.Tensor, " rank"]
    leverage: Float[torch.Tensor, " size"]


def class_information(
    rows: Float[torch.Tensor, "samples rank"], classes: Int[np.ndarray, " samples"]
) -> ClassInformation | str:
    """Measure how well normal clouds tell the classes apart, or return the warning that says why not.

    With q(y|t) the posterior of the fitted clouds, H(Y) + mean ln q(y_i|t_i): for a q that has not seen the
    row it is on average no more than I(T;Y), whatever the law, and equal to it where the classes are normal
    and many. Each row is left out of its own class in closed form (Sherman-Morrison).

    Args:
        rows: Activity in coordinates in which its covariance has full rank; their unit does not matter.
        classes: 0, 1, ...

    Source:
        Barber & Agakov (2003), NIPS 16, eq. 3, for the bound; Ince et al. (2017), Human Brain Mapping 38,
        for the difference of entropies (their "model" information of a class).
    """
    samples, rank = rows.shape
    sizes = np.bincount(classes)
    if int(sizes.min()) < rank + 3:
        return "few-samples"
    where = torch.as_tensor(classes, device=rows.device)
    clouds = [_fit(rows[where == label]) for label in range(len(sizes))]
    if any(cloud is None for cloud in clouds):
        return "singular"
    known = [cloud for cloud in clouds if cloud is not None]
    logs = torch.stack([_log_density(rows, cloud) for cloud in known], dim=1)
    own = torch.cat([_log_density_without(cloud) for cloud in known])
    order = torch.cat([(where == label).nonzero()[:, 0] for label in range(len(sizes))])
    h_y = -float(sum(size / samples * math.log(size / samples) for size in sizes.tolist()))
    log_sizes = torch.as_tensor(np.log(sizes), device=rows.device)
    plain = _mean_log_posterior(logs + log_sizes, where)
    without = (logs + log_sizes).clone()
    log_fewer = torch.as_tensor(np.log(sizes - 1), device=rows.device)
    without[order, where[order]] = own + log_fewer[where[order]]
    corrected = _mean_log_posterior(without, where)
    total = _fit(rows)
    assert total is not None, "coordinates have full rank"
    entropies = [_half_log_det(cloud) * cloud.size / samples for cloud in known]
    return ClassInformation(h_y + corrected, h_y + plain, _half_log_det(total) - sum(entropies))


def _mean_log_posterior(
    scores: Float[torch.Tensor, "samples classes"], where: Int[torch.Tensor, " samples"]
) -> float:
    return float((scores.gather(1, where[:, None])[:, 0] - scores.logsumexp(dim=1)).mean())


def _fit(rows: Float[torch.Tensor, "size rank"]) -> _Cloud | None:
    """Fit a cloud, or None where leaving one row out could leave a direction without extent."""
    mean = rows.mean(dim=0)
    left, extents, axes = torch.linalg.svd(rows - mean, full_matrices=False)
    size = len(rows)
    leverage = left.square().sum(dim=1) * size / (size - 1)
    if not bool((extents > ALONE * extents[0]).all()) or float(leverage.max()) > 1 - ALONE:
        return None
    return _Cloud(size, mean, axes, extents, leverage)


def _log_density(rows: Float[torch.Tensor, "samples rank"], cloud: _Cloud) -> Float[torch.Tensor, " samples"]:
    """Log density of rows, less the constant -rank/2 ln 2 pi that all clouds share."""
    degrees = cloud.size - 1
    distances = ((rows - cloud.mean) @ cloud.axes.T / cloud.extents).square().sum(dim=1)
    rank = len(cloud.extents)
    return rank / 2 * math.log(degrees) - cloud.extents.log().sum() - degrees / 2 * distances


def _log_density_without(cloud: _Cloud) -> Float[torch.Tensor, " size"]:
    """The same of a cloud's own rows, each under the cloud without it.

    Without a row at d from the mean, the scatter S loses c dd', c = n / (n - 1), and the row lies c d from
    the new mean: with the leverage l = c d'S^-1 d the new distance is c l / (1 - l).
    """
    degrees = cloud.size - 2
    rest = 1 - cloud.leverage
    distances = cloud.size / (cloud.size - 1) * cloud.leverage / rest
    log_det = cloud.extents.log().sum() + rest.log() / 2
    return len(cloud.extents) / 2 * math.log(degrees) - log_det - degrees / 2 * distances


def _half_log_det(cloud: _Cloud) -> float:
    """Half of ln det of the covariance, unbiased for normal rows, less what all clouds share."""
    j = np.arange(1, len(cloud.extents) + 1)
    return float(cloud.extents.log().sum()) - float(digamma((cloud.size - j) / 2).sum()) / 2
