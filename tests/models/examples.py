"""The nets of the published experiments, and shorthand for layers as a spec writes them."""

import json
from typing import Any

import torch
from pydantic import TypeAdapter
from torch import nn

from ibspec.models import AnyModel, Model

ANY_MODEL: TypeAdapter[Model] = TypeAdapter(AnyModel)


def read(document: dict[str, Any]) -> Model:
    """Read a model as from a file: whole numbers of any size, and no Python types."""
    return ANY_MODEL.validate_json(json.dumps(document))


def conv(channels: int = 4, kernel: int = 3, **more: Any) -> dict[str, Any]:
    return {"kind": "conv", "channels": channels, "kernel": kernel, "activation": "relu", **more}


def pool(size: int = 2) -> dict[str, Any]:
    return {"kind": "max-pool", "size": size}


def dropout(rate: float = 0.5) -> dict[str, Any]:
    return {"kind": "dropout", "rate": rate}


def dense(units: int, activation: str = "relu") -> dict[str, Any]:
    return {"kind": "dense", "units": units, "activation": activation}


FLATTEN = {"kind": "flatten"}


def cnn(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "cnn", "layers": list(layers), **more}


def mlp(*hidden: int, activation: str = "tanh", **more: Any) -> dict[str, Any]:
    return {"kind": "mlp", "hidden": list(hidden), "activation": activation, **more}


MNIST_CNN = cnn(conv(32), conv(64), pool(), FLATTEN, dense(128), dense(10, "softmax"))
"""candidate-8240R-2019 section 3.1.2."""

TISHBY_MLP = mlp(10, 7, 5, 4, 3)
"""The net of the 12-bit task: Saxe et al. (2018)."""

DROPOUT_CNN = cnn(conv(3), dropout(0.25), pool(), FLATTEN, dropout(0.5), dense(6), dense(3, "softmax"))


def count_weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@torch.no_grad()
def follow(net: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return what each layer says, by feeding one into the next."""
    said = {}
    for name, layer in net.named_children():
        x = layer(x)
        said[name] = x
    return said
