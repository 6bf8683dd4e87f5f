"""What a net does with one input, before and after training."""

import numpy as np
import torch
from jaxtyping import Float

from ibspec.activity import capture
from ibspec.results import Activities, Weights
from ibspec.runner.preparation import Prepared

REPLICA, ROW = 0, 0
"""The first net, and the first row of the probe."""


def activities_of(prepared: Prepared, weights: Weights, epoch: int) -> Activities:
    """Return the activity of all measured layers for the first row of the probe.

    Args:
        prepared: The experiment.
        weights: Of the first net at an epoch.
        epoch: That epoch; the other is 0, before training.
    """
    probe, net = prepared.probe, prepared.build_net(REPLICA).to(prepared.device)
    assert probe.x is not None
    x = torch.from_numpy(np.asarray(probe.x[ROW : ROW + 1])).to(prepared.device)

    def seen() -> dict[str, Float[np.ndarray, "..."]]:
        return {name: values[0].cpu().numpy() for name, values in capture(net, x, list(prepared.layers))}

    before = seen()
    net.load_state_dict(weights)
    label = "" if probe.y is None else str(probe.y[ROW])
    return Activities(before, seen(), 0, epoch, np.asarray(probe.x[ROW]), ROW, label)
