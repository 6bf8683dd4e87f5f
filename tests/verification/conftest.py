"""Runs a claim's own check on something wrong, stopping at the first violation."""

from collections.abc import Iterator

import pytest

from ibspec.claims import EvidenceLog
from verification.conftest import one_thread
from verification.search import TWIN, register_profiles, searching


@pytest.fixture
def log() -> EvidenceLog:
    """Notes of a check that nobody judges."""
    return EvidenceLog()


@pytest.fixture(autouse=True)
def short_search() -> Iterator[None]:
    """Search as a claim does, but do not look for the smallest violation."""
    register_profiles()
    with one_thread(), searching(TWIN):
        yield
