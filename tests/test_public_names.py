"""The names that people import, and that importing them costs nothing before they are used."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import ibspec

NAMES = ["Activity", "ExperimentSpec", "Probe", "Recorder", "load"]
HEAVY = ["torch", "pandas", "matplotlib", "scipy", "pyarrow", "numpy", "pydantic", "sklearn"]


def python(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_they_are_the_ones_agreed_on():
    assert sorted(ibspec.__all__) == sorted([*NAMES, "__version__"])


@pytest.mark.parametrize("name", NAMES)
def test_each_is_the_object_of_its_room(name):
    value = getattr(ibspec, name)
    assert value.__name__ == name
    assert value.__module__.startswith("ibspec.")
    assert value.__doc__


def test_a_star_import_brings_exactly_these():
    names: dict[str, object] = {}
    exec("from ibspec import *", names)
    assert {name for name in names if name != "__builtins__"} == set(ibspec.__all__)


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="module 'ibspec' has no attribute 'Recordr'"):
        _ = ibspec.Recordr


def test_importing_ibspec_imports_nothing_heavy():
    loaded = python(f"import ibspec, sys; print(*[name for name in {HEAVY} if name in sys.modules])")
    assert loaded == []


@pytest.mark.parametrize("name", ["Kde", "Binning", "Width", "Range"])
def test_estimators_are_where_people_look(name):
    estimators = importlib.import_module("ibspec.estimators")
    assert name in estimators.__all__
    assert getattr(estimators, name).__name__ == name


@pytest.mark.parametrize(
    "room", [module.name for module in pkgutil.iter_modules(ibspec.__path__) if module.ispkg]
)
def test_shop_windows_show_what_there_is(room):
    module = importlib.import_module(f"ibspec.{room}")
    assert module.__doc__
    shown = getattr(module, "__all__", [])
    assert [name for name in shown if not hasattr(module, name)] == []
    assert len(set(shown)) == len(shown)
