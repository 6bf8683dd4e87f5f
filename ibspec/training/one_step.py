"""Nets that are one step of descent away from given weights: where training could have gone next."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import nn

from ibspec.training.engine import Task
from ibspec.training.evaluation import logits_of
from ibspec.training.losses import loss_of
from ibspec.training.training import Training


def one_step_away(
    net: nn.Module,
    weights: Mapping[str, torch.Tensor],
    training: Training,
    task: Task,
    replica: int,
    count: int,
    rng: np.random.Generator,
    *,
    steps_done: int = 0,
) -> Iterator[dict[str, torch.Tensor]]:
    """Yield weights and buffers after a single step, each from the same weights, on a fresh batch of its own.

    The step is plain descent, theta - rate (gradient + weight_decay theta): the law of the source. So it is
    what training does next under `sgd` without momentum. Other optimisers remember gradients, which are no
    part of the weights; for them this is a law by itself, with their learning rate but not their step sizes.
    With full batches and no noise there is only one next step, and all are equal.

    Args:
        net: Takes the weights; it may be used between one step and the next, and is left in its mode, but
            with whatever weights it had last.
        weights: Its state.
        training: Batch size, loss, and the optimiser's rate.
        task: Inputs, labels, and from which rows batches are drawn.
        replica: Whose rows.
        count: Nets.
        rng: Draws batches without repeated rows, and seeds dropout and the like.
        steps_done: Before this one, for a rate that decays.

    Source:
        grabauskas-2019-draft-a, Figure 3: "Let phi be one update step of SGD on theta".
    """
    rate, decay = training.optimiser.rate(steps_done), training.optimiser.weight_decay
    rows = task.train[replica]
    size = min(training.rows_per_step(len(rows)), len(rows))
    modes = [(module, module.training) for module in net.modules()]
    for _ in range(count):
        batch = torch.from_numpy(np.sort(rng.choice(rows, size=size, replace=False))).to(task.x.device)
        net.load_state_dict(weights)
        net.train()
        _descend(net, training, task.x[batch], task.y[batch], rate, decay, int(rng.integers(2**63)))
        for module, mode in modes:
            module.training = mode
        yield {name: value.detach().clone() for name, value in net.state_dict().items()}


def _descend(
    net: nn.Module,
    training: Training,
    x: torch.Tensor,
    y: torch.Tensor,
    rate: float,
    decay: float,
    seed: int,
) -> None:
    """Take the step in place; noise of the forward pass leaves the caller's generators alone."""
    parameters = [each for each in net.parameters() if each.requires_grad]
    with torch.random.fork_rng(devices=[x.device] if x.device.type == "cuda" else []), torch.enable_grad():
        torch.manual_seed(seed)
        loss = loss_of(training.loss, logits_of(net, x), y)
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if gradient is not None:
                parameter.sub_(rate * (gradient + decay * parameter))
