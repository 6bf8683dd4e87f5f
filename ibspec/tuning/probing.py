"""A run's final nets, measured again on probes of other sizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from torch import nn

from ibspec.core import Probe, UserError, child_generator
from ibspec.recorder import Recorder
from ibspec.runner import Prepared
from ibspec.schedules import Every
from ibspec.tuning.nets import part_of
from ibspec.tuning.sample_size import Growth, grow

SMALLEST = 100
"""Samples from which on the source calls its estimates stable."""


@final
@dataclass(frozen=True)
class Swept:
    """How one layer's estimate grows.

    Attributes:
        layer: Its name, with the channel where each is a curve of its own.
        estimator: Label.
        growth: I(X;T) against the number of samples.
    """

    layer: str
    estimator: str
    growth: Growth


def sizes_up_to(most: int, least: int = SMALLEST) -> list[int]:
    """Return doublings that end at `most`, the first of them `least` or more.

    Raises:
        UserError: There are not two doublings between them.
    """
    sizes = [most]
    while sizes[-1] // 2 >= least:
        sizes.append(sizes[-1] // 2)
    if len(sizes) < 3:
        raise UserError(
            f"sample-size: the probe has {most} rows to choose from, and two doublings from {least} need "
            f"{4 * least}. Lower --least, or take a run on more data"
        )
    return sizes[::-1]


def sweep(
    prepared: Prepared,
    net: nn.Module,
    sizes: Sequence[int],
    draws: int,
    tell: Callable[[int, int, str], None],
) -> list[Swept]:
    """Measure a net on random parts of the probe, each within the next larger one of the same draw.

    Args:
        prepared: The experiment, its probe the largest there is.
        net: As it is to be measured.
        sizes: Rising.
        draws: Of each size.
        tell: Told how many probes are measured, of how many, and what comes next.

    Raises:
        UserError: No estimator of the spec answers for a single state of a net.
    """
    measure, seed = prepared.spec.measure, prepared.spec.training.seed
    estimators = [each for each in measure.estimators if each.reach == "snapshot"]
    if not estimators:
        raise UserError(
            "sample-size: all estimators of the run look at several states of a net; nothing to sweep"
        )
    found: dict[tuple[str, str], dict[tuple[int, int], float]] = {}
    for draw in range(draws):
        order = child_generator(seed, "sample-size", draw).permutation(prepared.probe.samples)
        for place, size in enumerate(sizes):
            tell(draw * len(sizes) + place, len(sizes) * draws, f"draw {draw + 1} of {draws}, N = {size}")
            small: Probe = part_of(prepared.probe, np.sort(order[:size]))
            recorder = Recorder(
                net, small, list(prepared.layers), estimators, Every(), view=measure.view, seed=seed
            )
            for row in recorder.record(0):
                if row.i_xt is not None:
                    name = row.layer if row.channel is None else f"{row.layer}[{row.channel}]"
                    found.setdefault((name, row.estimator), {})[place, draw] = row.i_xt
    swept = []
    for (layer, estimator), numbers in found.items():
        if len(numbers) == len(sizes) * draws:  # elsewhere some size could not be measured
            values = np.array(
                [[numbers[place, draw] for draw in range(draws)] for place in range(len(sizes))]
            )
            swept.append(Swept(layer, estimator, grow(sizes, values)))
    return swept
