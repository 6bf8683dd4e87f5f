"""The JSON Schema says what the validation does, so that editors and programs may rely on it."""

import json
from pathlib import Path

import pytest

from ibspec.core import SpecError
from ibspec.spec import apply_overrides, parse_spec, spec_schema
from ibspec.spec.schema import known_keys, known_kinds, schema_at
from tests.spec.documents import CNN, TINY
from tests.spec.json_schema import faults


def objects(schema):
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_it_is_plain_json():
    assert json.loads(json.dumps(spec_schema(), allow_nan=False)) == spec_schema()


def test_it_names_its_draft():
    assert spec_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_no_object_takes_unknown_keys():
    found = list(objects(spec_schema()))
    assert len(found) > 20
    assert all(schema["additionalProperties"] is False for schema in found)


def test_every_member_of_a_union_is_described():
    definitions = spec_schema()["$defs"].values()
    members = [each for each in definitions if "kind" in each["properties"]]
    assert len(members) >= 18
    assert [each["title"] for each in members if not each.get("description")] == []


@pytest.mark.parametrize("document", [TINY, CNN], ids=["mlp", "cnn"])
def test_good_specs_pass_it(document):
    assert list(faults(document, spec_schema(), spec_schema())) == []
    assert list(faults(parse_spec(document).document(), spec_schema(), spec_schema())) == []


@pytest.mark.parametrize(
    "override",
    [
        "trainning={}",
        'training.epochs="50"',
        "training.epochs=1.5",
        "training.epochs=true",
        "training.epochs=-1",
        "training.batch_size=0",
        "training.batch_size=most",
        "model.hidden=[0]",
        "model.hidden=3",
        "data.kind=mnst",
        "data.train_fraction=1",
        "measure.estimators=[]",
        'measure.estimators=[{"kind": "kde"}]',
        "measure.estimators[0].noise_variance=0",
        "measure.estimators[1].cells.kind=width",
        "measure.view=5",
        "name=5",
        "figures=[3]",
    ],
)
def test_bad_specs_fail_it_as_they_fail_validation(override):
    document = apply_overrides(TINY, [override])
    assert list(faults(document, spec_schema(), spec_schema()))
    with pytest.raises(SpecError, match="is not a valid spec"):
        parse_spec(document)


def test_the_schema_file_beside_the_specs_is_current():
    file = Path(__file__).parents[2] / "specs" / "schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == spec_schema(), (
        "specs/schema.json is out of date: run `ibspec schema > specs/schema.json`"
    )


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        (
            (),
            [
                "$schema",
                "name",
                "about",
                "sources",
                "data",
                "model",
                "training",
                "measure",
                "figures",
                "expect",
            ],
        ),
        (("data",), ["kind", "train_fraction"]),
        (("measure", "estimators", 0), ["kind", "noise_variance"]),
        (("measure", "estimators", 1, "cells"), ["kind", "low", "high", "bins", "outside"]),
        (("measure", "when"), ["kind", "epochs"]),
        (("nowhere",), []),
        (("name", "deeper"), []),
    ],
)
def test_known_keys_follow_the_document(path, keys):
    assert known_keys(TINY, path) == keys


def test_known_kinds_of_a_union_whose_kind_is_unknown():
    assert known_kinds({"data": {"kind": "nothing"}}, ("data",)) == [
        "boolean",
        "digits",
        "fashion-mnist",
        "gaussian-mixture",
        "linear-teacher",
        "mnist",
        "notmnist",
        "symmetric-bits",
        "symmetric-channel",
    ]
    assert {"every", "listed", "log-spaced", "segments"} <= set(known_kinds({}, ("measure", "when")))
    assert known_kinds(TINY, ("training",)) == []


def test_optional_objects_are_found_behind_null():
    document = {"expect": [{"what": "i_xt"}]}
    assert "tolerance" in schema_at(document, ("expect", 0))["properties"]
