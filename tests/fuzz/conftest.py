"""One run for all, and nothing of the user's."""

from pathlib import Path

import pytest
import torch

from tests.fuzz.run_directories import make_run


@pytest.fixture(scope="session")
def made_run(tmp_path_factory) -> Path:
    """A small finished and verified run; copy it, do not write into it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return make_run(tmp_path_factory.mktemp("fuzz"))
    finally:
        torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("IBSPEC_DATA_DIR", raising=False)
    monkeypatch.delenv("IBSPEC_TRACEBACK", raising=False)
