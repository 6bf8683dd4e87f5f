"""Specs made from their own schema, and specs that are wrong in one place."""

import copy
import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ibspec.spec import spec_schema
from tests.spec.documents import CNN, TINY

SPECS = Path(__file__).parents[2] / "specs"

EXTREMES: tuple[Any, ...] = (
    *(
        0,
        -1,
        1,
        2,
        2**31 - 1,
        2**31,
        2**53 + 1,
        2**63 - 1,
        2**63,
        2**64,
        -(2**63) - 1,
        10**12,
        10**29,
        10**31,
    ),
    *(10**5000, -(10**5000), 0.0, -0.0, 5e-324, 1e-300, 0.5, 1e16, 1e308, -1e308),
    *(float("nan"), float("inf"), float("-inf"), True, False, None),
)

WORDS: tuple[str, ...] = (
    *(
        "",
        " ",
        "x",
        "full",
        "kind",
        "../..",
        "/etc/passwd",
        "~",
        "C:\\x",
        "a/b",
        ".",
        "..",
        "NUL",
        "\0",
        "\n",
    ),
    *(
        "\ud800",
        "\udfff",
        "\u202e",
        "\x1b[31m",
        "\ufeff",
        "[red]x[/red]",
        "[/]",
        "{0}",
        "%s",
        "$x$",
        "é" * 300,
    ),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "x" * 100_000, "1e5", "null", "NaN"),
)


def _deep(levels: int) -> Any:
    value: Any = 0
    for level in range(levels):
        value = [value] if level % 2 else {"kind": value}
    return value


GARBAGE: tuple[Callable[[], Any], ...] = (
    *(functools.partial(_deep, levels) for levels in (3, 60, 5000)),
    *(list, dict, lambda: [[]], lambda: [{}], lambda: {"kind": None}, lambda: [0] * 20_000),
)
"""Makers of containers."""


def drawn_from(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Like `sampled_from`, for values that cannot be printed; what is to be changed later is made anew."""

    def pick(index: int) -> Any:
        value = values[index]
        return value() if callable(value) else copy.deepcopy(value)

    return st.integers(0, len(values) - 1).map(pick)


@functools.cache
def garbage() -> st.SearchStrategy[Any]:
    """Return any JSON value, and some that JSON does not have."""
    plain = st.one_of(
        drawn_from(EXTREMES),
        drawn_from(WORDS),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        drawn_from(GARBAGE),
    )
    return st.one_of(
        plain, plain, st.recursive(plain, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
    )


@functools.cache
def _of_reference(name: str) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: _of(spec_schema()["$defs"][name]))


def _of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that fit a part of the schema; rules between keys may still refuse them."""
    if "$ref" in schema:
        return _of_reference(schema["$ref"].rsplit("/", 1)[1])
    for union in ("oneOf", "anyOf", "allOf"):
        if union in schema:
            return st.one_of([_of(member) for member in schema[union]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _objects(schema)
        case "array":
            least = schema.get("minItems", 0)
            return st.lists(_of(schema.get("items", {})), min_size=least, max_size=max(least, 3))
        case "integer":
            low, high = _range(schema, 1)
            return st.integers(low, high) | st.integers(low, min(high, low + 20))
        case "number":
            low, high = _range(schema, 1e-9)
            return st.floats(low, high) | st.floats(low, min(high, low + 2.0))
        case "string":
            names = st.sampled_from(["a", "dense1", "kde(0.1)", "output"])
            return names | st.text(min_size=schema.get("minLength", 0), max_size=8)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case _:
            return garbage()


def _range(schema: dict[str, Any], step: float) -> tuple[Any, Any]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1000))
    high = schema.get("maximum", schema.get("exclusiveMaximum", max(1000, low + 1000)))
    kind = type(step)
    low = low + step if "exclusiveMinimum" in schema else low
    high = high - step if "exclusiveMaximum" in schema else high
    return kind(low), kind(high)


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    keys = {key: _of(part) for key, part in schema.get("properties", {}).items()}
    required = {key: keys[key] for key in (*schema.get("required", ()), "kind") if key in keys}
    optional = {key: value for key, value in keys.items() if key not in required}
    return st.fixed_dictionaries(required, optional=optional)


@functools.cache
def from_schema() -> st.SearchStrategy[Any]:
    """Return documents with the keys and types of a spec."""
    return _of(spec_schema())


@functools.cache
def known_specs() -> tuple[dict[str, Any], ...]:
    """Return specs that are valid: those that ibspec ships, and those of the tests."""
    files = [path for path in sorted(SPECS.glob("*.json")) if path.name != "schema.json"]
    return TINY, CNN, *(json.loads(path.read_text(encoding="utf-8")) for path in files)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all values in a document, its own first; not below what is very deep."""
    if len(path) > 20:
        return []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, item in items for inner in places(item, (*path, key)))]


@st.composite
def nearly_valid(draw: st.DrawFn) -> Any:
    """Return a valid spec with a value replaced, a key removed, renamed or added, or a list changed."""
    document = copy.deepcopy(draw(st.sampled_from(known_specs())))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        document = draw(changed_once(document))
    return document


@st.composite
def changed_once(draw: st.DrawFn, document: Any, below: str = "") -> Any:
    """Return a document with one change, in its part `below` where that is named."""
    found = [path for path in places(document)[1:] if path[0] == (below or path[0])]
    if not found or not isinstance(document, dict):
        return draw(garbage())
    path = draw(st.sampled_from(found))
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    key = path[-1]
    match draw(st.sampled_from(["replace", "replace", "replace", "extreme", "remove", "add", "repeat"])):
        case "replace":
            place[key] = draw(garbage())
        case "extreme":
            place[key] = draw(drawn_from(EXTREMES))
        case "remove":
            del place[key]
        case "add" if isinstance(place, dict):
            place[draw(drawn_from([*WORDS, "epoch", "hiden"]))] = draw(garbage())
        case _ if isinstance(place, list) and len(place) < 50:
            place *= draw(st.sampled_from([0, 2, 3, 1000]))
        case _ if isinstance(place, dict):
            place[f"{key}x"] = place.pop(key)
        case _:  # a long list stays as it is
            pass
    return document
