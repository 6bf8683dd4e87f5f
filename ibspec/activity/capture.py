"""Hooks that read the activity of named layers, in batches and within a memory limit."""

import difflib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import nn

from ibspec.core import SpecError

GIB = 2**30
MEMORY = 2 * GIB
"""Activity held at once while capturing; a single layer may take more."""

BATCH = 500


class _Enough(Exception):
    """Everything wanted has been seen: the rest of the forward pass is not needed."""


def resolve_layers(model: nn.Module, layers: Sequence[str] | None) -> tuple[str, ...]:
    """Return the layers to measure: those named, or all that the model offers.

    Raises:
        SpecError: A name is not a layer of the model, or stands twice; the message lists the names.
    """
    offered = tuple(getattr(model, "measurable_layers", None) or [name for name, _ in model.named_children()])
    if layers is None:
        return offered
    known = {name for name, _ in model.named_modules() if name}
    for name in layers:
        if name not in known:
            near = difflib.get_close_matches(name, offered or sorted(known), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise SpecError(
                f"measure.layers: the model has no layer '{name}'.{hint} It has {', '.join(offered)}"
            )
    if len(set(layers)) != len(layers):
        raise SpecError(f"measure.layers: a layer is named twice in {list(layers)}")
    return tuple(layers)


@contextmanager
def _measuring(model: nn.Module) -> Iterator[None]:
    """Dropout off and no gradients; afterwards each module is in the mode that it had."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def _hooks(model: nn.Module, layers: Sequence[str], seen: dict[str, torch.Tensor]) -> Iterator[None]:
    """Put each layer's output into `seen`, and end the forward pass when all are there."""
    handles = []

    def remember(name: str) -> None:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if not isinstance(output, torch.Tensor):
                raise SpecError(
                    f"measure.layers: layer '{name}' returns {type(output).__name__}, not one tensor; "
                    "name a layer inside it"
                )
            # A later layer may change its input in place: keep what this one said.
            seen[name] = output.clone()
            if len(seen) == len(layers):
                raise _Enough

        handles.append(model.get_submodule(name).register_forward_hook(hook))

    try:
        for name in layers:
            remember(name)
        yield
    finally:
        for handle in handles:
            handle.remove()


def _forward(model: nn.Module, x: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
    seen: dict[str, torch.Tensor] = {}
    with _hooks(model, layers, seen):
        try:
            model(x)
        except _Enough:
            pass
        else:
            missing = [name for name in layers if name not in seen]
            raise SpecError(f"measure.layers: the forward pass never reaches {', '.join(missing)}")
    for name, values in seen.items():
        if values.ndim == 0 or values.shape[0] != x.shape[0]:
            raise SpecError(
                f"measure.layers: layer '{name}' gives shape {tuple(values.shape)} for {x.shape[0]} samples; "
                "its first axis must be the samples"
            )
    return seen


def layer_shapes(
    model: nn.Module, x: Float[torch.Tensor, "samples ..."], layers: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Return each layer's shape without the sample axis, in the order named; works on `meta` tensors."""
    with _measuring(model):
        seen = _forward(model, x[:1], layers)
    return {name: tuple(seen[name].shape[1:]) for name in layers}


def capture(
    model: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    layers: Sequence[str],
    *,
    batch_size: int = BATCH,
    memory: int = MEMORY,
) -> Iterator[tuple[str, Float[torch.Tensor, "samples ..."]]]:
    """Yield each named layer's activity on `x`, in the order named, dropout off.

    Layers are captured together as far as `memory` allows, else one after the other by further forward
    passes. The module is left as it was found.

    Args:
        model: Any module whose named submodules return one tensor each.
        x: Inputs, on the model's device.
        layers: Names as `model.get_submodule` takes them.
        batch_size: Rows of one forward pass.
        memory: Bytes of activity held at once.
    """
    shapes = layer_shapes(model, x, layers)
    for group in _groups(shapes, x.shape[0], memory):
        held: dict[str, torch.Tensor] = {}
        with _measuring(model):
            for start in range(0, x.shape[0], batch_size):
                batch = x[start : start + batch_size]
                for name, values in _forward(model, batch, group).items():
                    if name not in held:
                        held[name] = values.new_empty((x.shape[0], *values.shape[1:]))
                    held[name][start : start + len(values)] = values
        for name in group:
            yield name, held.pop(name)


def _groups(shapes: dict[str, tuple[int, ...]], samples: int, memory: int) -> list[list[str]]:
    """Split the layers, in order, into groups that fit the memory; a group has at least one layer."""
    groups: list[list[str]] = []
    room = 0
    for name, shape in shapes.items():
        size = 4 * samples * math.prod(shape)
        if not groups or size > room:
            groups.append([])
            room = memory
        groups[-1].append(name)
        room -= size
    return groups
