"""The base of all specs: strict, immutable, closed."""

from typing import Any

import pytest
from pydantic import ValidationError

from ibspec.core import Frozen, Many


class Sample(Frozen):
    """A little spec."""

    whole: int = 1
    real: float = 1.0
    flag: bool = False
    text: str = ""
    several: Many[int] = ()


def test_whole_numbers_stand_for_reals_and_lists_for_tuples() -> None:
    sample = Sample.model_validate({"real": 2, "several": [1, 2]})
    assert (sample.real, sample.several) == (2.0, (1, 2))
    assert type(sample.real) is float
    assert Sample.model_validate_json('{"real": 2, "several": [1, 2]}') == sample


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("whole", "50"),
        ("whole", 1.0),
        ("whole", True),
        ("real", "0.5"),
        ("real", True),
        ("real", float("nan")),
        ("real", float("inf")),
        ("flag", 1),
        ("flag", "yes"),
        ("text", 3),
        ("several", [1, "2"]),
        ("several", [1.5]),
        ("several", "12"),
        ("unknown", 1),
    ],
)
def test_nothing_is_guessed(key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=key):
        Sample.model_validate({key: value})


def test_values_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Sample().whole = 2  # type: ignore[misc]
