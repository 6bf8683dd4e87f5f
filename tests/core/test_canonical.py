"""One meaning, one digest."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import canonical_json, digest
from ibspec.estimators import Binning, Kde, Range

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(value=values)
def test_it_is_json_and_loses_nothing(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(
    items=st.lists(st.tuples(st.text(), values), unique_by=lambda item: item[0], max_size=6), data=st.data()
)
def test_order_of_keys_does_not_matter(items: list[tuple[str, object]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(items))
    assert digest(dict(shuffled)) == digest(dict(items))


def test_pinned_text_and_digest() -> None:
    """Directory names and manifests of earlier runs hold such digests."""
    value = {"b": [1, 2.5, None, True], "a": "é"}
    assert canonical_json(value) == '{"a":"\\u00e9","b":[1,2.5,null,true]}'
    assert digest(value) == "0b8cc543e984d4d7398f5f603a4b91d358a2565f1d6b6a058565d662854e37cf"


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), ([], {}), ([1, 2], [2, 1]), ("1", 1), (None, "null"), (0.1, 0.1 + 1e-17 + 2e-17)],
)
def test_other_values_have_other_digests(one: object, other: object) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize("bad", [math.nan, math.inf, [-math.inf], {"a": math.nan}], ids=str)
def test_numbers_that_json_lacks_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(bad)


def test_whole_numbers_for_reals_have_the_digest_of_the_real() -> None:
    """`"noise_variance": 1` and `1.0` mean the same; validation makes them one before the digest."""
    assert digest(Kde(noise_variance=1).model_dump()) == digest(Kde(noise_variance=1.0).model_dump())
    one, other = (
        Binning(cells=Range(low=-1, high=1, bins=3)),
        Binning(cells=Range(low=-1.0, high=1.0, bins=3)),
    )
    assert digest(one.model_dump()) == digest(other.model_dump())
