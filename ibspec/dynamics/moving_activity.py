"""What layers do on a sample, and how fast that changes as the weights move."""

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from jaxtyping import Float
from torch import nn
from torch.autograd import forward_ad
from torch.func import functional_call

from ibspec.core import SpecError, child_generator
from ibspec.dynamics.in_training import apart

PASS = 2**24
"""Bytes of all wanted layers' activity in one forward pass: more rows of a large net do not go faster."""

ONE_AT_A_TIME = threading.Lock()
"""Levels of forward differentiation are one stack for all threads."""

make_dual: Any = forward_ad.make_dual
unpack_dual: Any = forward_ad.unpack_dual

State = Mapping[str, torch.Tensor]
Values = Float[torch.Tensor, "samples ..."]


def moving_activity(
    net: nn.Module, at: State, along: State, x: Values, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[Values, Values]]:
    """Return each layer's activity at some weights, and its derivative along a direction, in forward mode.

    Dropout is off, as while measuring; noise inside the net stands still, and so do buffers: torch has no
    derivative by the running averages of batch normalisation.

    Args:
        net: Any module; left as it was.
        at: Parameters and buffers.
        along: Of the parameters' names and shapes.
        x: Inputs, on the net's device.
        shapes: Of the wanted layers, without samples; names as `net.get_submodule` takes them.

    Raises:
        SpecError: Something in the net has no derivative in forward mode.
    """
    held: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    step = max(1, PASS // (4 * max(1, sum(map(math.prod, shapes.values())))))
    with _measuring(net), torch.no_grad():
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            for layer, parts in zip(shapes, _derive(net, at, along, x[rows], tuple(shapes)), strict=True):
                if layer not in held:
                    shape = len(x), *parts[0].shape[1:]
                    held[layer] = parts[0].new_empty(shape), parts[0].new_empty(shape)
                for into, part in zip(held[layer], parts, strict=True):
                    into[rows] = part
    return held


def _derive(
    net: nn.Module, at: State, along: State, x: torch.Tensor, layers: Sequence[str]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    # Each parameter once, though it may have two names.
    still = {name: at[name].to(x.device) for name, _ in net.named_buffers() if name in at}
    try:
        with ONE_AT_A_TIME, forward_ad.dual_level(), _watching(net, layers) as seen:
            moving = {
                name: make_dual(at[name].detach().to(x.device), along[name].detach().to(x.device))
                for name, _ in net.named_parameters()
            }
            functional_call(net, still | moving, (x.clone(),))
            parts = [unpack_dual(seen[layer]) for layer in layers]
    except (RuntimeError, NotImplementedError) as error:
        raise SpecError(
            "measure.gradients.information_rate: wanted layers with derivatives in forward mode, which "
            f"{', '.join(layers)} do not all have ({error}); set it to false, or measure other layers"
        ) from error
    # A layer that no weight moves, as the flattened inputs, has no tangent.
    return [(values, torch.zeros_like(values) if speed is None else speed) for values, speed in parts]


@contextmanager
def _watching(net: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Gather the outputs of layers."""
    seen: dict[str, torch.Tensor] = {}
    handles = []

    def remember(layer: str) -> None:
        def hook(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
            # A later layer may change its input in place: keep what this one said.
            seen[layer] = output.clone()

        handles.append(net.get_submodule(layer).register_forward_hook(hook))

    try:
        for layer in layers:
            remember(layer)
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _measuring(net: nn.Module) -> Iterator[None]:
    """Put the net into the mode of evaluation, noise inside it the same in every call."""
    modes = [(module, module.training) for module in net.modules()]
    noise_from: Any = getattr(net, "noise_from", None)
    has_noise = noise_from is not None and not isinstance(noise_from, nn.Module)  # a layer may bear the name
    still: AbstractContextManager[None] = nullcontext()
    if has_noise:
        still = noise_from(lambda name: child_generator(0, "noise", name))
    net.eval()
    try:
        with still, apart(net, seed=0):
            yield
    finally:
        for module, mode in modes:
            module.training = mode
