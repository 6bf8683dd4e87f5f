"""Small tasks, nets and engines for the tests of training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import nn

from ibspec.models import AnyModel, Model
from ibspec.training import AnyOptimiser, Demand, Engine, GeneralEngine, Task, Training
from ibspec.training.optimisers import Optimiser

ANY_MODEL: TypeAdapter[Model] = TypeAdapter(AnyModel)
ANY_OPTIMISER: TypeAdapter[Optimiser] = TypeAdapter(AnyOptimiser)

ROWS, INPUTS, CLASSES = 30, 5, 3
TRAIN = np.array([r for r in range(ROWS) if r % 4 != 3])  # 23 rows: with 7 a step, 2 are left over
MLP = {"kind": "mlp", "hidden": [4], "activation": "tanh"}
CNN = {
    "kind": "cnn",
    "layers": [
        {"kind": "conv", "channels": 3, "kernel": 3, "activation": "relu"},
        {"kind": "dropout", "rate": 0.25},
        {"kind": "max-pool", "size": 2},
        {"kind": "flatten"},
        {"kind": "dense", "units": 6, "activation": "relu"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "dense", "units": CLASSES, "activation": "softmax"},
    ],
}

ADAM = {"kind": "adam", "learning_rate": 0.01}
ADADELTA = {"kind": "adadelta", "learning_rate": 1.0}
SGD = {"kind": "sgd", "learning_rate": 0.1}
MOMENTUM = {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "decay": 0.01}
OPTIMISERS = [SGD, MOMENTUM, ADAM, ADADELTA]


def training(optimiser: dict[str, Any] = SGD, **more: Any) -> Training:
    chosen: dict[str, Any] = {"epochs": 5, "batch_size": 7, "seed": 3, **more}
    return Training(optimiser=ANY_OPTIMISER.validate_python(optimiser), **chosen)


def task(replicas: int = 1, *, images: bool = False, dtype: torch.dtype = torch.float32) -> Task:
    generator = torch.Generator().manual_seed(8)
    shape = (ROWS, 1, 8, 8) if images else (ROWS, INPUTS)
    x = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
    y = torch.randint(0, CLASSES, (ROWS,), generator=generator)
    return Task(x, y, [TRAIN] * replicas)


def nets(replicas: int = 1, *, images: bool = False, dtype: torch.dtype = torch.float32) -> list[nn.Module]:
    model = ANY_MODEL.validate_python(CNN if images else MLP)
    shape = (1, 8, 8) if images else (INPUTS,)
    return [model.build(shape, CLASSES, seed=100 + replica).to(dtype) for replica in range(replicas)]


def engine(
    how: Training,
    modules: Sequence[nn.Module] | None = None,
    *,
    replicas: int = 1,
    images: bool = False,
    dtype: torch.dtype = torch.float32,
    kind: type[Engine] = GeneralEngine,
) -> Engine:
    modules = nets(replicas, images=images, dtype=dtype) if modules is None else modules
    demand = Demand(modules, how, torch.device("cpu"))
    return kind(demand, task(len(modules), images=images, dtype=dtype))


def advance(trainer: Engine, epochs: int) -> Engine:
    for _ in range(epochs):
        trainer.advance()
    return trainer


def all_weights(trainer: Engine, replicas: int = 1) -> list[dict[str, torch.Tensor]]:
    return [trainer.weights(replica) for replica in range(replicas)]


def assert_same_weights(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Bit for bit."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def differ(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return any(not torch.equal(value, other[name]) for name, value in one.items())
