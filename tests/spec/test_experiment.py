"""What decides the numbers decides the digest, and nothing else does."""

import copy
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.spec import FIGURE_NAMES, apply_overrides, parse_spec
from tests.spec.documents import CNN, TINY

DIGEST = parse_spec(TINY).digest()

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EXPECTATION = st.fixed_dictionaries(
    {"what": st.just("test_loss"), "value": st.floats(-9, 9), "tolerance": st.floats(0, 9), "source": TEXT}
)


def digest(*overrides, document=TINY):
    return parse_spec(apply_overrides(document, overrides)).digest()


@given(
    about=TEXT,
    sources=st.lists(TEXT, max_size=3),
    figures=st.lists(st.sampled_from(FIGURE_NAMES), max_size=3),
    expect=st.lists(EXPECTATION, max_size=2),
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    schema=st.none() | TEXT,
)
def test_prose_figures_and_expectations_do_not_change_it(about, sources, figures, expect, name, schema):
    changes = {
        "about": about,
        "sources": sources,
        "figures": figures,
        "expect": expect,
        "name": name,
        "$schema": schema,
    }
    assert digest(*(f"{key}={json.dumps(value)}" for key, value in changes.items())) == DIGEST


def test_the_place_of_the_files_does_not_change_it():
    assert digest("data.data_dir=/somewhere", document=CNN) == digest(document=CNN)


def shuffled(value, rng):
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_it(rng: random.Random):
    assert parse_spec(shuffled(TINY, rng)).digest() == DIGEST


def numbers(low, high):
    return st.integers(low, high).map(str)


CHANGES = st.one_of(
    st.tuples(st.just("training.epochs"), numbers(0, 50)),
    st.tuples(st.just("training.seed"), numbers(0, 2**63 - 1)),
    st.tuples(st.just("training.replicas"), numbers(1, 99)),
    st.tuples(st.just("training.batch_size"), numbers(1, 99) | st.just("full")),
    st.tuples(st.just("training.optimiser.learning_rate"), st.floats(1e-9, 9).map(repr)),
    st.tuples(st.just("training.optimiser.beta1"), st.floats(0, 0.99).map(repr)),
    st.tuples(st.just("training.optimiser"), st.just('{"kind": "sgd", "learning_rate": 0.003}')),
    st.tuples(st.just("model.hidden"), st.lists(st.integers(1, 9), max_size=3).map(json.dumps)),
    st.tuples(st.just("model.activation"), st.sampled_from(["tanh", "relu", "sigmoid", "linear"])),
    st.tuples(st.just("model.init.kind"), st.sampled_from(["glorot-uniform", "glorot-normal", "he-normal"])),
    st.tuples(st.just("data.train_fraction"), st.floats(0.01, 0.99).map(repr)),
    st.tuples(st.just("data"), st.just('{"kind": "symmetric-bits", "train_fraction": 0.1}')),
    st.tuples(st.just("measure.probe.size"), numbers(1, 99)),
    st.tuples(st.just("measure.view"), st.sampled_from(["whole", "concat", "mean"])),
    st.tuples(st.just("measure.layers"), st.just('["dense1"]')),
    st.tuples(st.just("measure.gradients"), st.sampled_from(["null", "{}", '{"readings": ["fixed"]}'])),
    st.tuples(st.just("measure.when"), st.just('{"kind": "listed", "epochs": [1, 2, 3]}')),
    st.tuples(st.just("measure.estimators[0].noise_variance"), st.floats(1e-9, 9).map(repr)),
    st.tuples(st.just("measure.estimators[1].cells.bins"), numbers(2, 99)),
    st.tuples(st.just("measure.estimators[1].cells.outside"), st.sampled_from(["wrap", "own-cells"])),
)


def test_what_is_not_asked_for_is_not_in_the_document():
    """Or else every spec that is older than the key would have got another digest."""
    assert "gradients" not in parse_spec(TINY).document()["measure"]
    assert "gradients" not in parse_spec(TINY).measure.model_dump()
    asked = parse_spec(apply_overrides(TINY, ["measure.gradients={}"]))
    assert asked.document()["measure"]["gradients"] == {
        "readings": ["moving"],
        "batches": None,
        "per_sample": False,
        "nets": 8,
        "loss_rate": False,
        "information_rate": False,
    }
    assert parse_spec(asked.document()) == asked
    assert digest("measure.gradients=null") == DIGEST
    assert DIGEST == "9b1a10bd1269ebd90c6685f13382a4c2468588a478228b36e802f341798b0c73"


@given(CHANGES)
def test_it_changes_exactly_when_what_is_done_changes(change):
    spec = parse_spec(apply_overrides(TINY, ["=".join(change)]))
    assert (spec.digest() == DIGEST) == (spec == parse_spec(TINY))


@pytest.mark.parametrize(
    "override",
    [
        "data.train_fraction=0.2",
        "model.hidden=[6, 5]",
        "model.activation=relu",
        "model.init.kind=he-normal",
        "training.epochs=4",
        "training.seed=1",
        "training.optimiser.eps=1e-8",
        "measure.when.epochs=2",
        "measure.probe.size=61",
        "measure.view=mean",
        "measure.estimators[0].noise_variance=0.2",
        'measure.layers=["output"]',
    ],
)
def test_each_part_counts(override):
    assert digest(override) != DIGEST


def test_the_order_of_estimators_and_layers_counts():
    document = copy.deepcopy(TINY)
    document["measure"]["estimators"].reverse()
    assert parse_spec(document).digest() != DIGEST


@pytest.mark.parametrize("document", [TINY, CNN], ids=["mlp", "cnn"])
def test_defaults_spelled_out_or_left_out_give_the_same(document):
    spec = parse_spec(document)
    everything = spec.document()
    sparse = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for part in ("data", "model"):  # the kind is a default of each member
        sparse[part]["kind"] = everything[part]["kind"]
    sparse["training"]["optimiser"]["kind"] = everything["training"]["optimiser"]["kind"]
    for estimator, full in zip(
        sparse["measure"]["estimators"], everything["measure"]["estimators"], strict=True
    ):
        estimator["kind"] = full["kind"]
        if "cells" in full:
            estimator["cells"]["kind"] = full["cells"]["kind"]
    assert "seed" not in sparse["training"]
    assert everything["training"]["seed"] == 0
    assert parse_spec(sparse) == parse_spec(everything) == spec
    assert parse_spec(sparse).digest() == parse_spec(everything).digest() == spec.digest()


def test_whole_numbers_and_reals_of_one_value_give_the_same():
    assert digest("measure.estimators[0].noise_variance=1") == digest(
        "measure.estimators[0].noise_variance=1.0"
    )


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        parse_spec(TINY).name = "other"
