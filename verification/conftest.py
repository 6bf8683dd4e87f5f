"""Sets up a verification run: how the search goes, where the report lies, and what comes last."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verification.search import LONG, REPORT, register_profiles, searching

if TYPE_CHECKING:
    from ibspec.loading import Run

HERE = Path(__file__).parent

REPORT_DIRECTORY = Path("reports", "verification")

FOLDERS = ("theory", "errata", "findings", "agreement")

SMALL_RUN = ("measure.when.per_decade=4", "measure.probe.size=500")
"""Fewer epochs and samples measured than the spec asks for: seconds instead of minutes."""


def pytest_configure(config: pytest.Config) -> None:
    """Write the report unless another place for it was named."""
    register_profiles()
    if config.getoption("claims_report") is None:
        config.option.claims_report = str(config.rootpath / REPORT_DIRECTORY)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Search in our own way, and only in the tests below this directory.

    Hypothesis reads its settings where `@given` is applied, which in a claim is while it runs.
    """
    with one_thread(), searching(LONG if item.config.getoption("claims_long") else REPORT):
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Judge the theory first, then the errata, then the rest; what needs a trained network comes last."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, int]:
    if HERE not in item.path.parents:
        return False, -1  # tests of the software, if any, stay together and in their order
    folder = item.path.parent.name
    turn = FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)
    return "real_run" in getattr(item, "fixturenames", ()), turn


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute in one thread: on arrays this small, waiting for a second one on a busy machine costs more."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> "Run":
    """A small experiment on real data, trained and measured now."""
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn (ibspec[data])")
    from ibspec.loading import load
    from ibspec.runner import run
    from ibspec.spec import read_spec

    spec = read_spec(pytestconfig.rootpath / "specs" / "digits_mlp.json", SMALL_RUN)
    with one_thread():
        return load(run(spec, out=tmp_path_factory.mktemp("runs"), device="cpu").path)
