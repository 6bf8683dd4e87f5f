"""What holds for every test: shapes are checked, searches are repeatable, threads are put back."""

import sys
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

from tests import typechecks

CHECKED = ("ibspec.core", "ibspec.estimators", "ibspec.activity")
"""Rooms whose annotations (shapes, types) are checked at every call while the tests run. Pydantic models
live in them too and work under the hook: it wraps functions and dataclasses, not model fields."""

IMPORTED_TOO_EARLY = tuple(name for name in CHECKED if name in sys.modules)
"""Must be empty: the hook acts on import. `tests/test_conftest.py` says what to do if it is not."""

install_import_hook(CHECKED, f"{typechecks.__name__}.check")

# Derandomised, so that one commit gives one result; `--hypothesis-profile=search` draws fresh examples.
_ALWAYS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("repeatable", derandomize=True, max_examples=80, database=None, **_ALWAYS)
settings.register_profile("search", max_examples=400, **_ALWAYS)
settings.load_profile("repeatable")


@pytest.fixture
def threads() -> Iterator[None]:
    """Put the number of threads back after a test that changes it."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
