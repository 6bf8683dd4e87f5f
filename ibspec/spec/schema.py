"""The JSON Schema of a spec, and what it says about one place in a document."""

from functools import cache
from typing import Any

from ibspec.spec.experiment import ExperimentSpec


@cache
def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an experiment spec."""
    schema = ExperimentSpec.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _resolve(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """Follow references and unions to the object that describes `value`."""
    while True:
        if "$ref" in schema:
            schema = spec_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        elif "discriminator" in schema:
            kind = value.get("kind") if isinstance(value, dict) else None
            target = schema["discriminator"]["mapping"].get(kind) if isinstance(kind, str) else None
            if target is None:
                return schema
            schema = {"$ref": target}
        elif "anyOf" in schema:
            wanted = "array" if isinstance(value, list) else "object"
            fitting = [s for s in schema["anyOf"] if s.get("type") == wanted or "$ref" in s]
            if not fitting:
                return schema
            schema = fitting[0]
        else:
            return schema


def schema_at(document: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return the part of the schema that describes the value at a path of a document; {} if none does."""
    schema, value = _resolve(spec_schema(), document), document
    for step in path:
        if isinstance(step, int):
            schema = schema.get("items", {})
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            schema = schema.get("properties", {}).get(step, {})
            value = value.get(step) if isinstance(value, dict) else None
        schema = _resolve(schema, value)
    return schema


def known_keys(document: Any, path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the object at a path may have."""
    return list(schema_at(document, path).get("properties", {}))


def known_kinds(document: Any, path: tuple[str | int, ...]) -> list[str]:
    """Return the kinds that the union at a path may have."""
    return list(schema_at(document, path).get("discriminator", {}).get("mapping", {}))
