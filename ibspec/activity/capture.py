"""Hooks that read the activity of named layers, in batches and within a memory limit."""

import difflib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import numpy as np
import torch
from jaxtyping import Shaped
from torch import nn

from ibspec.core import ShapeError, SpecError, child_generator

GIB = 2**30
MEMORY = 2 * GIB
"""Activity held at once while capturing; a single layer may take more."""

BATCH = 128
"""Rows of one forward pass at least."""

PASS = 2**20
"""Bytes of the widest layer's activity in one forward pass: many rows of a small net cost one call, and
more rows of a large one do not go faster, because fresh memory is slower than arithmetic."""


Generators = Callable[[str], np.random.Generator]
"""Makes the generator of a noisy layer's noise, from the layer's name."""


class _Enough(BaseException):
    """Everything wanted has been seen: the rest of the forward pass is not needed."""


def resolve_layers(model: nn.Module, layers: Sequence[str] | None) -> tuple[str, ...]:
    """Return the layers to measure: those named, or all that the model offers.

    Raises:
        SpecError: There are no layers, or a name is not a layer of the model, or stands twice.
    """
    if isinstance(layers, str):
        raise SpecError(f"measure.layers: wanted a list of names; got the text '{layers}'")
    offered = tuple(getattr(model, "measurable_layers", None) or [name for name, _ in model.named_children()])
    layers = offered if layers is None else layers
    if not layers:
        raise SpecError(
            f"measure.layers: no layer to measure; the model has {', '.join(offered) or 'none by name'}"
        )
    # A module that has several names answers to each of them.
    known = [name for name, _ in model.named_modules(remove_duplicate=False) if name]
    for name in layers:
        if name not in known:
            near = [match for names in (offered, known) for match in difflib.get_close_matches(name, names)]
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise SpecError(
                f"measure.layers: the model has no layer '{name}'.{hint} It has {', '.join(offered)}"
            )
    if len(set(layers)) != len(layers):
        raise SpecError(f"measure.layers: a layer is named twice in {list(layers)}")
    return tuple(layers)


@contextmanager
def _measuring(model: nn.Module, device: torch.device) -> Iterator[None]:
    """Dropout off and no gradients; afterwards modes and torch's random generators are as they were.

    A net may draw random numbers while measured too; the training that goes on must not notice. One that
    says `is_deterministic` draws none, so the generators, which all threads share, are left alone.
    """
    own = [device] if device.type == "cuda" else []
    apart = nullcontext() if getattr(model, "is_deterministic", False) else torch.random.fork_rng(own)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad(), apart:
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _drawing(model: nn.Module, noise: Generators | None) -> AbstractContextManager[None]:
    """Let a net's own noise come from these generators."""
    noise_from = getattr(model, "noise_from", None)
    if noise_from is None or isinstance(noise_from, nn.Module):  # a layer may bear the name
        return nullcontext()
    drawing: AbstractContextManager[None] = noise_from(
        noise or (lambda name: child_generator(0, "noise", name))
    )
    return drawing


@contextmanager
def _hooks(
    model: nn.Module, layers: Sequence[str], seen: dict[str, torch.Tensor], *, to_the_end: bool
) -> Iterator[None]:
    """Put each layer's output into `seen`, and end the forward pass there unless told to go on."""
    handles = []

    def remember(name: str) -> None:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if not isinstance(output, torch.Tensor):
                raise SpecError(
                    f"measure.layers: layer '{name}' returns {type(output).__name__}, not one tensor; "
                    "name a layer inside it"
                )
            if name in seen:
                raise SpecError(
                    f"measure.layers: layer '{name}' is used more than once in a forward pass, so its "
                    "activity is not one; give each use a module of its own, or name other layers"
                )
            # A later layer may change its input in place: keep what this one said.
            seen[name] = output.clone()
            if len(seen) == len(layers) and not to_the_end:
                raise _Enough

        handles.append(model.get_submodule(name).register_forward_hook(hook))

    try:
        for name in layers:
            remember(name)
        yield
    finally:
        for handle in handles:
            handle.remove()


def _forward(
    model: nn.Module, x: torch.Tensor, layers: Sequence[str], *, to_the_end: bool = False
) -> dict[str, torch.Tensor]:
    seen: dict[str, torch.Tensor] = {}
    try:
        with _hooks(model, layers, seen, to_the_end=to_the_end), suppress(_Enough):
            model(x.clone())  # the first layer may change its input in place, and that is the probe
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        raise ShapeError(
            f"the model fails on inputs of shape {tuple(x.shape)} and type {x.dtype}: {error}"
        ) from error
    missing = [name for name in layers if name not in seen]
    if missing:
        raise SpecError(f"measure.layers: the forward pass never reaches {', '.join(missing)}")
    for name, values in seen.items():
        if values.ndim == 0 or values.shape[0] != x.shape[0]:
            raise SpecError(
                f"measure.layers: layer '{name}' gives shape {tuple(values.shape)} for {x.shape[0]} samples; "
                "its first axis must be the samples"
            )
    return seen


def layer_shapes(
    model: nn.Module, x: Shaped[torch.Tensor, "samples ..."], layers: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Return each layer's shape without the sample axis, in the order named; works on `meta` tensors.

    Raises:
        SpecError: A layer cannot be measured: never reached, used twice, or without one tensor as output.
        ShapeError: The model fails on such inputs.
    """
    with _measuring(model, x.device):
        seen = _forward(model, x[:2], layers, to_the_end=True)
    return {name: tuple(seen[name].shape[1:]) for name in layers}


def capture(
    model: nn.Module,
    x: Shaped[torch.Tensor, "samples ..."],
    layers: Sequence[str],
    *,
    batch_size: int | None = None,
    memory: int = MEMORY,
    noise: Generators | None = None,
) -> Iterator[tuple[str, Shaped[torch.Tensor, "samples ..."]]]:
    """Yield each named layer's activity on `x`, in the order named, dropout off.

    Layers are captured together as far as `memory` allows, else one after the other by further forward
    passes. The module is left as it was found.

    Args:
        model: Any module whose named submodules return one tensor each.
        x: Inputs, on the model's device.
        layers: Names as `model.get_submodule` takes them.
        batch_size: Rows of one forward pass; by the width of the layers when left out.
        memory: Bytes of activity held at once.
        noise: Where a net draws from that has noise inside and offers `noise_from`; always the same noise
            when left out. Called anew for each pass over `x`, so that all passes meet the same noise.

    Raises:
        SpecError, ShapeError: As `layer_shapes`.
    """
    shapes = layer_shapes(model, x, layers)
    if batch_size is None:
        widest = max(map(math.prod, shapes.values()))
        batch_size = max(BATCH, PASS // (4 * max(1, widest)))
    for group in _groups(shapes, x.shape[0], memory):
        held: dict[str, torch.Tensor] = {}
        with _measuring(model, x.device), _drawing(model, noise):
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
