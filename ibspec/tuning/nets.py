"""Nets to look at outside a run: trained a little for the purpose, or as a run left them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import nn

from ibspec.activity import capture
from ibspec.core import Probe, SpecError, UserError
from ibspec.loading import Run
from ibspec.runner import Prepared
from ibspec.training import Demand, Task, choose_engine


def train_net(prepared: Prepared, epochs: int, tell: Callable[[int], None]) -> nn.Module:
    """Return the net of replica 0 after some epochs of the spec's training; nothing is measured.

    Args:
        prepared: The experiment.
        epochs: From 0, the untrained net.
        tell: Told each epoch that is done.

    Raises:
        UserError: Training diverged.
    """
    net = prepared.build_net(0).to(prepared.device)
    if epochs == 0:
        return net
    demand = Demand([net], prepared.spec.training, prepared.device)
    x, y = (torch.from_numpy(each).to(prepared.device) for each in (prepared.dataset.x, prepared.dataset.y))
    engine = choose_engine(demand)[0](demand, Task(x, y, [prepared.splits[0].train]))
    for epoch in range(1, epochs + 1):
        (report,) = engine.advance()
        if report.diverged is not None:
            raise UserError(f"{report.diverged}: choose an earlier --epoch, or lower the learning rate")
        tell(epoch)
    net.load_state_dict(engine.weights(0))
    return net


def net_of(run: Run, prepared: Prepared, replica: int) -> nn.Module:
    """Return a net of a run as it was at the end.

    Raises:
        UserError: The run did not keep it, or what it kept is no net of its spec.
    """
    weights = run.final_weights
    if replica not in weights:
        kept = ", ".join(map(str, sorted(weights)))
        raise UserError(
            f"{run.path}: the weights of replica {replica} were not kept; there are those of {kept}"
        )
    net = prepared.build_net(replica).to(prepared.device)
    try:
        net.load_state_dict(weights[replica])
    except RuntimeError:
        raise UserError(f"{run.path}: its weights do not fit the net that its spec describes") from None
    return net


def activity_of(net: nn.Module, probe: Probe, layer: str, device: torch.device) -> Float[torch.Tensor, "..."]:
    """Return a layer's activity on the probe, (samples, ...)."""
    assert probe.x is not None
    ((_, values),) = capture(net, torch.from_numpy(np.asarray(probe.x)).to(device), [layer])
    return values


def choose_layer(prepared: Prepared, layer: str | None) -> str:
    """Return a measured layer of the spec.

    Raises:
        SpecError: There is none of that name, or none was named.
    """
    known = ", ".join(prepared.layers)
    if layer is None:
        raise SpecError(f"--layer: which layer? The spec measures {known}")
    if layer not in prepared.layers:
        raise SpecError(f"--layer: the spec measures no layer '{layer}'. It measures {known}")
    return layer


def part_of(probe: Probe, rows: Int[np.ndarray, " rows"]) -> Probe:
    """Return some rows of a probe."""

    def chosen(values: Any) -> Any:
        return None if values is None else np.asarray(values)[rows]

    parts = chosen(probe.x), chosen(probe.y), chosen(probe.ids), chosen(probe.relevant_ids)
    return Probe(*parts)
