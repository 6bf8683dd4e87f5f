"""Every engine trains as the general one does (torch's autograd and optimisers), on the same batches."""

import copy
from functools import cache
from typing import Any, get_args

import numpy as np
import pytest
import torch

from ibspec.models import Mlp
from ibspec.models.activations import HiddenActivationName
from ibspec.training import (
    ENGINES,
    AnyOptimiser,
    CompiledEngine,
    Demand,
    Engine,
    GeneralEngine,
    StackedEngine,
    Task,
)
from ibspec.training.training import Loss
from tests.training import examples

SPECIAL = [CompiledEngine, StackedEngine]
CPU = torch.device("cpu")
INPUTS, CLASSES, SAMPLES, ROWS, REPLICAS = 6, 4, 90, 76, 2
EPOCHS = 60  # of five steps: four of 16 rows and one of 12

EXACT = 1e-9
"""In float64, 300 steps of at most about 0.1 each leave 300 * 0.1 * 1e-16 if nothing amplifies a rounding; a
factor of a million is left for Adam, which divides by gradients, however small they are."""

SINGLE = 1e-6
AS_TORCH = 4.0
"""In float32 the same reckoning gives 2e-6: 1e-6 is out of reach for torch itself, whose float32 run ends up
to 3e-6 from its float64 run. So our float32 run may end four times as far from torch's float64 run as torch's
float32 run does (twice for two roundings instead of one, and twice because the worst of some hundred weights
varies from run to run), or within 1e-6."""

OPTIMISERS: dict[str, dict[str, Any]] = {
    "sgd": {"kind": "sgd", "learning_rate": 0.1},
    "sgd-decays": {"kind": "sgd", "learning_rate": 0.2, "decay": 0.01, "weight_decay": 0.02},
    "momentum": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.001},
    "nesterov": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True, "decay": 0.01},
    "adam": {"kind": "adam", "learning_rate": 0.01},
    "adam-decays": {"kind": "adam", "learning_rate": 0.02, "decay": 0.01, "weight_decay": 0.01, "eps": 1e-4},
    "adam-betas": {"kind": "adam", "learning_rate": 0.01, "beta1": 0.7, "beta2": 0.9},
    "adadelta": {"kind": "adadelta", "learning_rate": 1.0},
    "adadelta-decays": {
        "kind": "adadelta",
        "learning_rate": 0.5,
        "rho": 0.8,
        "eps": 1e-4,
        "decay": 0.01,
        "weight_decay": 0.01,
    },
}


def prepare(
    dtype: torch.dtype,
    optimiser: str,
    activation: str = "tanh",
    batch_size: int | str = 16,
    hidden: tuple[int, ...] = (7, 5),
    rows: tuple[int, ...] = (ROWS,) * REPLICAS,
) -> tuple[Demand, Task]:
    generator = torch.Generator().manual_seed(8)
    # The same numbers in both precisions.
    x = torch.randn(SAMPLES, 2, INPUTS // 2, generator=generator).to(dtype)
    y = torch.randint(0, CLASSES, (SAMPLES,), generator=generator)
    model = Mlp(hidden=hidden, activation=activation)
    nets = [model.build((2, INPUTS // 2), CLASSES, seed=50 + r).to(dtype) for r in range(len(rows))]
    with torch.no_grad():
        for net in nets:
            # Biases of zero would hide an error in them.
            for name, parameter in net.named_parameters():
                if name.endswith("bias"):
                    parameter.copy_(torch.randn(parameter.shape, generator=generator) / 4)
    train = [np.random.default_rng(r).permutation(SAMPLES)[:count] for r, count in enumerate(rows)]
    how = examples.training(OPTIMISERS[optimiser], batch_size=batch_size, seed=5)
    return Demand(nets, how, CPU), Task(x, y, train)


def trained(
    epochs: int, kind: type[Engine], *args: Any, **options: Any
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return each replica's weights in one row, and (epochs, replicas, loss and accuracy)."""
    demand, task = prepare(*args, **options)
    assert kind.supports(demand) == (True, "")
    engine = kind(demand, task)
    reports = [[(r.loss, r.accuracy) for r in engine.advance()] for _ in range(epochs)]
    weights = [engine.weights(replica).values() for replica in engine.live]
    return [torch.cat([w.double().flatten() for w in ws]).numpy() for ws in weights], np.array(reports)


reference = cache(trained)
"""Several tests compare with one and the same run."""


def distance(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def assert_agree_in_float64(kind: type[Engine], epochs: int, *args: Any, **options: Any) -> None:
    wanted, told = reference(epochs, GeneralEngine, torch.float64, *args, **options)
    weights, reports = trained(epochs, kind, torch.float64, *args, **options)
    assert distance(weights, wanted) <= EXACT
    assert distance([reports[..., 0]], [told[..., 0]]) <= EXACT
    assert np.array_equal(reports[..., 1], told[..., 1])
    start, _ = reference(0, GeneralEngine, torch.float64, *args, **options)
    assert distance(wanted, start) > 0.1  # or else nothing would have been learned


def assert_agree_in_float32(kind: type[Engine], epochs: int, *args: Any, **options: Any) -> None:
    wanted, told = reference(epochs, GeneralEngine, torch.float64, *args, **options)
    torchs, torch_told = reference(epochs, GeneralEngine, torch.float32, *args, **options)
    weights, reports = trained(epochs, kind, torch.float32, *args, **options)
    assert distance(weights, wanted) <= max(SINGLE, AS_TORCH * distance(torchs, wanted))
    spread = np.abs(torch_told - told)[..., 0].max()
    assert np.abs(reports - told)[..., 0].max() <= max(SINGLE, AS_TORCH * spread)


each_engine = pytest.mark.parametrize("kind", SPECIAL, ids=lambda kind: kind.name)

PLAIN = ("sgd", "adam", "adadelta")
COMBINATIONS = [
    *((optimiser, activation) for optimiser in PLAIN for activation in get_args(HiddenActivationName)),
    *((optimiser, "tanh") for optimiser in OPTIMISERS if optimiser not in PLAIN),
]


@each_engine
@pytest.mark.parametrize(("optimiser", "activation"), COMBINATIONS)
def test_weights_after_300_steps(kind, optimiser, activation):
    assert_agree_in_float64(kind, EPOCHS, optimiser, activation)
    assert_agree_in_float32(kind, EPOCHS, optimiser, activation)


@each_engine
@pytest.mark.parametrize("batch_size", ["full", 1, ROWS, 1000])
@pytest.mark.parametrize("optimiser", ["momentum", "adam"])
def test_batch_sizes(kind, optimiser, batch_size):
    """All rows at once, one by one, exactly all, more than there are."""
    epochs = 4 if batch_size == 1 else EPOCHS
    assert_agree_in_float64(kind, epochs, optimiser, batch_size=batch_size)
    assert_agree_in_float32(kind, epochs, optimiser, batch_size=batch_size)


@each_engine
@pytest.mark.parametrize("hidden", [(), (1,), (9, 8, 7, 6, 5)], ids=str)
def test_other_shapes(kind, hidden):
    """No hidden layer, one unit, layers of each remainder by four.

    With momentum the deepest one is chaotic: torch's own run, begun 1e-15 away, ends 1e-5 away.
    """
    assert_agree_in_float64(kind, EPOCHS, "sgd", hidden=hidden)


@each_engine
def test_replicas_with_different_numbers_of_rows(kind):
    assert_agree_in_float64(kind, EPOCHS, "adam-decays", rows=(76, 40, 76, 39))


def test_every_optimiser_of_a_spec_is_compared():
    union, _ = get_args(AnyOptimiser)
    kinds = {member.model_fields["kind"].default for member in get_args(union)}
    assert {document["kind"] for document in OPTIMISERS.values()} == set(PLAIN) == kinds


def test_every_loss_of_a_spec_is_compared_or_refused():
    assert get_args(Loss) == ("cross-entropy", "squared-error")
    how = examples.training(loss="squared-error")
    demand = Demand(examples.nets(), how, CPU)
    for engine in SPECIAL:
        assert engine.supports(demand) == (False, "it does not know the loss squared-error")


def test_every_engine_is_compared():
    assert [*SPECIAL, GeneralEngine] == list(ENGINES)


@each_engine
def test_more_rows_than_go_through_at_once(kind):
    """The compiled engine takes 256 at a time, and must add up the parts of a larger step."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(700, INPUTS, generator=generator, dtype=torch.float64)
    y = torch.randint(0, CLASSES, (700,), generator=generator)
    engines = []
    for each in (kind, GeneralEngine):
        net = Mlp(hidden=(5,), activation="sigmoid").build((INPUTS,), CLASSES, seed=1).double()
        demand = Demand([net], examples.training(OPTIMISERS["adam"], batch_size=600), CPU)
        engines.append(each(demand, Task(x, y, [np.arange(700)])))
    for _ in range(30):
        ours, torchs = (engine.advance()[0] for engine in engines)
        assert ours.loss == pytest.approx(torchs.loss, abs=EXACT)
        assert ours.accuracy == torchs.accuracy
    for a, b in zip(*(engine.weights(0).values() for engine in engines), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=EXACT)


@each_engine
@pytest.mark.parametrize(("biases", "judged"), [((0, 0, 0, 0), 0), ((0, 1, 0, 1), 1)])
def test_equal_logits_are_judged_as_torch_judges_them(kind, biases, judged):
    """The first of the largest counts."""
    demand, task = prepare(torch.float32, "sgd", batch_size="full", rows=(ROWS,))
    with torch.no_grad():
        *_, weight, bias = demand.nets[0].parameters()
        weight.zero_()
        bias.copy_(torch.tensor(biases))
    wanted = float((task.y[task.train[0]] == judged).double().mean())
    for each in (kind, GeneralEngine):
        engine = each(Demand(copy.deepcopy(demand.nets), demand.training, CPU), task)
        assert engine.advance()[0].accuracy == pytest.approx(wanted, abs=1e-15)


@each_engine
@pytest.mark.parametrize("activation", get_args(HiddenActivationName))
def test_huge_logits(kind, activation):
    """Differences of some hundred nats: exponentials that underflow, saturated activations."""
    ends = []
    for each in (GeneralEngine, kind):
        demand, task = prepare(torch.float32, "sgd", activation, batch_size="full", rows=(ROWS,))
        with torch.no_grad():
            for parameter in demand.nets[0].parameters():
                parameter.mul_(60.0)
        engine = each(demand, task)
        (report,) = engine.advance()
        ends.append((report.loss, torch.cat([w.flatten() for w in engine.weights(0).values()])))
    (loss, weights), (our_loss, our_weights) = ends
    assert loss > 20.0
    # Sums of a dozen terms, each rounded to 6e-8 of the largest.
    assert our_loss == pytest.approx(loss, rel=1e-6)
    assert torch.allclose(our_weights, weights, rtol=0, atol=1e-6 * float(weights.abs().max()))
