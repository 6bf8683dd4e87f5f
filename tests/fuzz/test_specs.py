"""Specs: made from the schema, wrong in one place, damaged byte by byte, changed by `--set`."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from ibspec.core import IbspecError
from ibspec.spec import ExperimentSpec, apply_overrides, parse_spec, read_spec
from tests.fuzz.amount import SEED, cases, searching
from tests.fuzz.documents import (
    EXTREMES,
    WORDS,
    drawn_from,
    from_schema,
    garbage,
    known_specs,
    nearly_valid,
    places,
)
from tests.fuzz.judging import answer
from tests.fuzz.mutations import mutated


def parsed(document: object) -> ExperimentSpec | None:
    """Parse a spec; None where the hook that checks types in tests spoke before the spec could."""
    try:
        return parse_spec(document)
    except TypeCheckError as error:
        if ".__init__" in str(error):
            return None
        raise


def judge(document: object) -> None:
    """A spec, which says the same when it is written and read again, or a message."""
    spec = answer(lambda: parsed(document), document)
    if isinstance(spec, ExperimentSpec):
        assert parse_spec(spec.document()) == spec
        assert parse_spec(json.loads(json.dumps(spec.document()))).digest() == spec.digest()


@searching(0.1)
@given(from_schema())
def test_specs_made_from_the_schema(document):
    judge(document)


@searching(0.2)
@given(nearly_valid())
def test_specs_that_are_wrong_in_a_place_or_two(document):
    judge(document)


@searching(0.02)
@given(garbage())
def test_what_is_no_spec(document):
    judge(document)


def _spelled(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


KEYS = [_spelled(path) for document in known_specs() for path in places(document)[1:]]
VALUES = [json.dumps(value) for value in EXTREMES if not isinstance(value, int) or abs(value) < 10**100] + [
    "[" * 99,
    "{",
    '"',
    "1" * 5000,
]


@searching(0.1)
@given(
    drawn_from(known_specs()),
    st.lists(
        st.one_of(
            st.builds("{}={}".format, st.sampled_from(KEYS), st.sampled_from(VALUES) | drawn_from(WORDS)),
            st.builds("{}={}".format, st.text(max_size=12), st.text(max_size=12)),
            st.text(max_size=20),
            st.builds(
                "{}{}".format, st.sampled_from(KEYS), st.sampled_from(["[0]=1", ".x=1", "[", "=", "[-1]=2"])
            ),
        ),
        max_size=3,
    ),
)
def test_overrides(document, overrides):
    before = json.dumps(document)
    changed = answer(lambda: apply_overrides(document, overrides), overrides)
    assert json.dumps(document) == before
    if not isinstance(changed, IbspecError):
        judge(changed)


def test_damaged_files(tmp_path):
    """Bytes changed in files of specs; what is still a spec says the same when it is read again."""
    rng = random.Random(SEED)
    contents = [json.dumps(document, indent=rng.choice((None, 2))).encode() for document in known_specs()]
    file = tmp_path / "spec.json"
    valid = 0
    for _ in range(cases(0.2)):
        content = mutated(rng.choice(contents), rng)
        file.write_bytes(content)
        spec = answer(lambda: read_spec(file), content)
        if isinstance(spec, ExperimentSpec):
            valid += 1
            assert parse_spec(spec.document()) == spec
        else:
            assert str(file) in str(spec)
    assert valid > 0, "no mutation left the spec valid: they are too coarse to test anything"


@pytest.mark.parametrize("seed", range(3))
def test_the_mutations_reach_every_check(seed, tmp_path):
    """The messages met are of many sorts: what is refused is not all refused at the first brace."""
    rng = random.Random(seed)
    content = json.dumps(known_specs()[0], indent=1).encode()
    sorts = set()
    file = tmp_path / "spec.json"
    for _ in range(100):
        file.write_bytes(mutated(content, rng))
        said = answer(lambda: read_spec(file))
        sorts.add(str(said).replace(str(file), "")[:30] if isinstance(said, IbspecError) else "valid")
    assert len(sorts) >= 5
