"""Just enough of JSON Schema (draft 2020-12) to check specs independently of Pydantic."""

import operator
from collections.abc import Iterator
from typing import Any

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}

LIMITS = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}

ANNOTATIONS = {"title", "description", "default", "discriminator", "$defs", "$schema"}

KNOWN = {
    *LIMITS,
    *ANNOTATIONS,
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "enum",
    "items",
    "minItems",
    "minLength",
    "oneOf",
    "properties",
    "required",
    "type",
}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "$") -> Iterator[str]:
    """Yield what is wrong with a value, one line each."""
    unknown = set(schema) - KNOWN
    if unknown:
        raise NotImplementedError(f"{path}: this checker does not know {sorted(unknown)}")
    if "$ref" in schema:
        yield from faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
    if "type" in schema and not _has_type(value, schema["type"]):
        yield f"{path}: not of type {schema['type']}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{path}: not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not one of {schema['enum']}"
    for keyword, most in (("anyOf", None), ("oneOf", 1)):
        if keyword in schema:
            fitting = sum(not list(faults(value, member, root, path)) for member in schema[keyword])
            if fitting == 0 or (most is not None and fitting > most):
                yield f"{path}: fits {fitting} members of {keyword}"
    for keyword, holds in LIMITS.items():
        if keyword in schema and _has_type(value, "number") and not holds(value, schema[keyword]):
            yield f"{path}: breaks {keyword} {schema[keyword]}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{path}: shorter than {schema['minLength']}"
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{path}: fewer than {schema['minItems']} items"
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), root, f"{path}[{index}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{path}: lacks {key}" for key in schema.get("required", []) if key not in value)
        for key, item in value.items():
            if key in properties:
                yield from faults(item, properties[key], root, f"{path}.{key}")
            elif schema.get("additionalProperties", True) is False:
                yield f"{path}: has an unknown key {key}"


def _has_type(value: Any, name: str) -> bool:
    if name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name == "integer":
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_whole and not isinstance(value, bool)
    return isinstance(value, TYPES[name])
