"""A net as training sees it, for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from ibspec.models.gaussian_noise import GaussianNoise


def is_noisy(net: nn.Module) -> bool:
    """Whether training meets noise of a known kind in the net."""
    return any(type(module) in (nn.Dropout, GaussianNoise) for module in net.modules())


@contextmanager
def in_training(net: nn.Module, seed: int) -> Iterator[None]:
    """Put a net into the mode of training; afterwards nothing shows that it was.

    Gradients that training meets have dropout and other noise in them, so the noise is on. It comes from
    generators of its own, made from `seed`: the same question has the same answer, and training that goes on
    meanwhile, perhaps in another thread, does not notice. Only what else a net of unknown kind may draw is
    taken from torch's generators, which are put back. So are modes and running averages.

    Args:
        net: Any module.
        seed: Of the noise.
    """
    modes = [(module, module.training) for module in net.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
    net.train()
    try:
        with _own_noise(net, seed), apart(net, seed), torch.enable_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


@contextmanager
def _own_noise(net: nn.Module, seed: int) -> Iterator[None]:
    """Let dropout and Gaussian noise draw from generators of their own."""
    handles, noises = [], []
    for place, module in enumerate(net.modules()):
        if type(module) is nn.Dropout:
            module.training = False
            handles.append(module.register_forward_hook(_Mask(module.p, seed + place)))
        elif type(module) is GaussianNoise:
            module.training = False
            noises.append((module, module.source))
            module.source = np.random.default_rng((seed, place))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module, source in noises:
            module.source = source


class _Mask:
    """Dropout as a hook on a module that does nothing else."""

    def __init__(self, rate: float, seed: int) -> None:
        self._rate, self._seed = rate, seed % 2**63
        self._generator: torch.Generator | None = None

    def __call__(self, _module: nn.Module, _inputs: object, x: torch.Tensor) -> torch.Tensor:
        if self._generator is None:
            self._generator = torch.Generator(x.device).manual_seed(self._seed)
        kept = torch.rand(x.shape, generator=self._generator, device=x.device) >= self._rate
        return x * kept / (1.0 - self._rate) if self._rate < 1 else torch.zeros_like(x)


@contextmanager
def apart(net: nn.Module, seed: int) -> Iterator[None]:
    """Keep torch's own generators, which all threads share, from a net that may draw from them."""
    if getattr(net, "is_deterministic", False):
        yield
        return
    devices = {value.device for value in net.parameters() if value.device.type == "cuda"}
    with torch.random.fork_rng(devices=list(devices)):
        torch.manual_seed(seed)
        yield
