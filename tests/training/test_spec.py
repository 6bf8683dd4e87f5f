"""What a spec may say about training and its optimiser."""

import json
from typing import Any, get_args

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from ibspec.training import Adadelta, Adam, AnyOptimiser, Sgd, Training
from ibspec.training.optimisers import Optimiser
from tests.training import examples

SPEC: TypeAdapter[Optimiser] = TypeAdapter(AnyOptimiser)
MEMBERS = get_args(get_args(AnyOptimiser)[0])

FULL = {
    "sgd": {"learning_rate": 0.5, "decay": 0.1, "weight_decay": 0.25, "momentum": 0.75, "nesterov": True},
    "adam": {
        "learning_rate": 0.5,
        "decay": 0.1,
        "weight_decay": 0.25,
        "beta1": 0.5,
        "beta2": 0.75,
        "eps": 0.125,
    },
    "adadelta": {"learning_rate": 0.5, "decay": 0.1, "weight_decay": 0.25, "rho": 0.75, "eps": 0.125},
}
"""Every member with none of its parameters at its default."""

TORCH_NAMES = {"learning_rate": "lr"}


def read(document: dict[str, Any]) -> Optimiser:
    return SPEC.validate_json(json.dumps(document))


def test_every_member_has_an_example():
    assert {member.model_fields["kind"].default for member in MEMBERS} == set(FULL)
    for member in MEMBERS:
        assert set(member.model_fields) == {"kind", *FULL[member.model_fields["kind"].default]}


@pytest.mark.parametrize("kind", FULL)
def test_every_parameter_reaches_torch(kind):
    optimiser = read({"kind": kind, **FULL[kind]})
    built = optimiser.build([torch.nn.Parameter(torch.zeros(2))])
    (group,) = built.param_groups
    for name, value in FULL[kind].items():
        if name == "decay":
            assert optimiser.rate(3) == pytest.approx(0.5 / 1.3)
        elif name.startswith("beta"):
            assert group["betas"][int(name[-1]) - 1] == value
        else:
            assert group[TORCH_NAMES.get(name, name)] == value, name


@pytest.mark.parametrize("kind", FULL)
def test_json_round_trip(kind):
    optimiser = read({"kind": kind, **FULL[kind]})
    assert SPEC.validate_json(optimiser.model_dump_json()) == optimiser
    how = Training(epochs=3, batch_size="full", optimiser=optimiser, replicas=2, seed=2**63 - 1)
    assert Training.model_validate_json(how.model_dump_json()) == how


def test_constants_of_the_papers_are_the_defaults():
    """Kingma & Ba's betas, Zeiler's rho; eps is Keras' 1e-7 where nothing is said."""
    adam, adadelta = Adam(learning_rate=1e-3), Adadelta(learning_rate=1.0)
    assert (adam.beta1, adam.beta2, adam.eps) == (0.9, 0.999, 1e-7)
    assert (adadelta.rho, adadelta.eps) == (0.95, 1e-7)
    assert (Sgd(learning_rate=1.0).momentum, Sgd(learning_rate=1.0).nesterov) == (0.0, False)


def test_the_rate_falls_with_the_steps_done():
    assert [Sgd(learning_rate=2.0, decay=0.5).rate(steps) for steps in (0, 1, 2, 6)] == [2.0, 4 / 3, 1.0, 0.5]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "rmsprop", "learning_rate": 0.1}, "'rmsprop'.*'sgd', 'adam', 'adadelta'"),
        ({"kind": "sgd"}, r"(?s)learning_rate.*required"),
        ({"kind": "sgd", "learning_rate": 0}, r"(?s)learning_rate.*greater than 0"),
        ({"kind": "sgd", "learning_rate": "0.1"}, r"(?s)learning_rate.*number"),
        ({"kind": "sgd", "learning_rate": float("inf")}, r"(?s)learning_rate.*finite"),
        ({"kind": "sgd", "learning_rate": 0.1, "momentum": 1}, r"(?s)momentum.*less than 1"),
        ({"kind": "sgd", "learning_rate": 0.1, "nesterov": True}, "nesterov needs momentum above 0"),
        ({"kind": "sgd", "learning_rate": 0.1, "decay": -0.1}, r"(?s)decay.*greater than or equal to 0"),
        ({"kind": "adam", "learning_rate": 0.1, "momentum": 0.9}, r"(?s)momentum.*not permitted"),
        ({"kind": "adam", "learning_rate": 0.1, "beta2": 1.0}, r"(?s)beta2.*less than 1"),
        ({"kind": "adam", "learning_rate": 0.1, "eps": 0}, r"(?s)eps.*greater than 0"),
        ({"kind": "adadelta", "learning_rate": 0.1, "rho": -0.5}, r"(?s)rho.*greater than or equal to 0"),
    ],
)
def test_bad_optimisers_are_refused(document, message):
    with pytest.raises(ValidationError, match=message):
        read(document)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": -1}, r"(?s)epochs.*greater than or equal to 0"),
        ({"epochs": 10_000_001}, r"(?s)epochs.*less than or equal to 10000000"),
        ({"epochs": 1.5}, r"(?s)epochs.*integer"),
        ({"batch_size": 0}, r"(?s)batch_size.*greater than 0"),
        ({"batch_size": "all"}, r"(?s)batch_size.*'full'"),
        ({"replicas": 0}, r"(?s)replicas.*greater than or equal to 1"),
        ({"seed": 2**63}, r"(?s)seed.*less than"),
        ({"loss": "hinge"}, r"(?s)loss.*'cross-entropy'"),
        ({"epoch": 3}, r"(?s)epoch.*not permitted"),
    ],
)
def test_bad_trainings_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        Training.model_validate(examples.training().model_dump() | changes)


def test_rows_of_a_step():
    assert examples.training(batch_size=7).rows_per_step(100) == 7
    assert examples.training(batch_size="full").rows_per_step(100) == 100
