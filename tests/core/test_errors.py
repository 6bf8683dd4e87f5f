"""The tree of errors and the exit codes that it stands for."""

import inspect

import pytest

from ibspec.core import errors

CODES = {
    "IbspecError": 3,
    "UserError": 2,
    "SpecError": 2,
    "DataError": 2,
    "DeviceError": 2,
    "ShapeError": 2,
    "SampleSizeError": 2,
    "ActivityError": 3,
    "RunError": 3,
}

CLASSES = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if kind.__module__ == errors.__name__
}


def test_every_error_is_listed_here_and_drawn_in_the_docstring() -> None:
    assert set(CODES) <= set(CLASSES)
    for name in CLASSES:
        assert name in errors.__doc__


@pytest.mark.parametrize("name", CLASSES)
def test_all_have_one_root_and_say_what_they_are(name: str) -> None:
    assert issubclass(CLASSES[name], errors.IbspecError)
    assert CLASSES[name].__doc__


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_exit_codes(name: str, code: int) -> None:
    assert CLASSES[name].exit_code == code
