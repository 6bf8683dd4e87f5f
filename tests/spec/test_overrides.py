"""`--set KEY=VALUE` reaches every place of a document and is validated like the file itself."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import SpecError
from ibspec.spec import apply_overrides, parse_spec
from tests.spec.documents import TINY


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("a.b=50", 50),
        ("a.b=5e1", 50.0),
        ('a.b="50"', "50"),
        ("a.b=fifty", "fifty"),
        ("a.b=", ""),
        ("a.b=true", True),
        ("a.b=null", None),
        ("a.b=[1, 2]", [1, 2]),
        ('a.b={"kind": "kde"}', {"kind": "kde"}),
        ("a.b=x=y", "x=y"),
        (" a.b = 50 ", 50),
        ("a.b=relu ", "relu"),
    ],
)
def test_values_are_json_or_else_text(override, value):
    assert apply_overrides({"a": {"b": 0}}, [override]) == {"a": {"b": value}}


@pytest.mark.parametrize("path", ["a[1].b", "a.1.b"])
def test_items_are_reached_with_brackets_and_with_dots(path):
    document = {"a": [{"b": 0}, {"b": 0}]}
    assert apply_overrides(document, [f"{path}=3"]) == {"a": [{"b": 0}, {"b": 3}]}
    assert document == {"a": [{"b": 0}, {"b": 0}]}


def test_whole_items_and_lists_of_lists():
    assert apply_overrides({"a": [[1, 2], [3]]}, ["a[0][1]=9", "a[1]=7"]) == {"a": [[1, 9], 7]}


def test_later_overrides_win_and_build_on_earlier_ones():
    assert apply_overrides({}, ["a.b=1", "a.b=2", "a.c=3"]) == {"a": {"b": 2, "c": 3}}


def test_optional_keys_that_the_file_lacks():
    spec = parse_spec(
        apply_overrides(TINY, ['measure.layers=["output"]', "training.optimiser.beta1=0.5", "expect=[]"])
    )
    assert spec.measure.layers == ("output",)
    assert spec.training.optimiser.beta1 == 0.5


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training", "--set wants KEY=VALUE, such as training.epochs=50; got 'training'"),
        ("=5", "--set wants KEY=VALUE, such as training.epochs=50; got '=5'"),
        (" =5", "--set wants KEY=VALUE"),
        ("", "--set wants KEY=VALUE, such as training.epochs=50; got ''"),
        ("name.x=5", "--set name.x: 'name' is a plain value and has no 'x'"),
        (
            "training.epochs.x.y=5",
            "--set training.epochs.x.y: 'training.epochs' is a plain value and has no 'x'",
        ),
        (
            "training.epochs[0]=5",
            "--set training.epochs[0]: 'training.epochs' is a plain value and has no '0'",
        ),
        (
            "measure.estimators[2].noise_variance=1",
            "--set measure.estimators[2].noise_variance: '2' is not an index of the 2 items there "
            "(0 is the first)",
        ),
        ("measure.estimators.2=1", "'2' is not an index of the 2 items there"),
        ("measure.estimators.x=1", "'x' is not an index of the 2 items there"),
        (
            "measure.estimators[-1].kind=kde",
            "not a path of keys such as measure.estimators[0].noise_variance",
        ),
        ("measure.estimators[1e0]=1", "not a path of keys"),
        ("measure.estimators[99999999999999999999]=1", "not a path of keys"),
        ("measure..probe=1", "--set measure..probe: not a path of keys"),
        ("measure.=1", "--set measure.: not a path of keys"),
        ("measure[=1", "--set measure[: not a path of keys"),
        (
            "measure.layers[0]=output",
            "--set measure.layers[0]: there is no list at 'measure.layers' to take item 0 of; set the whole "
            "list, such as measure.layers=[...]",
        ),
        ("measure[0]=1", "--set measure[0]: there is no list at 'measure' to take item 0 of"),
        ("seed=NaN", "--set seed: NaN is not a number in JSON; write a finite one"),
        ("seed=1e999", "--set seed: the number 1e999 is too large; write a finite one"),
        ("seed=" + "1" * 400, "--set seed: the number 111111111111111111111111111111... (400 characters)"),
        ('training={"epochs": 1, "epochs": 2}', "--set training: key 'epochs' stands twice in one object"),
        # What begins like JSON is meant as JSON: a missing bracket is not a text.
        (
            "model.hidden=[3, 4",
            "--set model.hidden: not valid JSON: expecting ',' delimiter, line 1 column 6",
        ),
        ('about="half', "--set about: not valid JSON: unterminated string"),
    ],
)
def test_overrides_that_lead_nowhere(override, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        apply_overrides(TINY, [override])


def test_a_path_of_a_thousand_keys_is_refused():
    with pytest.raises(SpecError, match="not a path of keys") as caught:
        apply_overrides(TINY, [".".join("a" * 1000) + "=1"])
    assert len(str(caught.value)) < 200


def test_a_long_override_is_not_printed_whole():
    with pytest.raises(SpecError, match=r"got 'x{50}\.\.\.'"):
        apply_overrides(TINY, ["x" * 5000])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('training.epochs="50"', 'training.epochs: wanted a whole number, got "50"'),
        ("training.epochs=50.0", "training.epochs: wanted a whole number, got 50.0"),
        ("training.epochs=true", "training.epochs: wanted a whole number, got true"),
        ("training.epochs=fifty", 'training.epochs: wanted a whole number, got "fifty"'),
        (
            "training.epoch=50",
            "training.epoch: no such key. Did you mean 'epochs'? Known here: epochs, batch_size",
        ),
        ("a.b.c=50", "a: no such key. Known here: $schema, name, about"),
        ("measure.estimators[0].noise=1", "Did you mean 'noise_variance'? Known here: kind, noise_variance"),
        (
            "measure.view=5",
            "measure.view: wanted 'whole', 'concat', 'mean', 'channels', 'multivariate' or 'pooled', got 5",
        ),
    ],
)
def test_the_merged_document_is_validated(override, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        parse_spec(apply_overrides(TINY, [override]))


def test_a_whole_number_may_stand_for_a_real_one_but_not_the_reverse():
    spec = parse_spec(apply_overrides(TINY, ["measure.estimators[0].noise_variance=1", "training.epochs=50"]))
    assert spec.measure.estimators[0].noise_variance == 1.0
    assert spec.training.epochs == 50


@given(st.text(max_size=30))
def test_any_override_is_either_merged_or_refused(text):
    with contextlib.suppress(SpecError):
        parse_spec(apply_overrides(TINY, [text]))
