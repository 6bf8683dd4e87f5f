"""Sets up a verification run: how the search goes, where the report lies, and what comes last."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verification.search import LONG, REPORT, register_profiles, searching
from verification.small_runs import carry_out

if TYPE_CHECKING:
    from ibspec.loading import Run

HERE = Path(__file__).parent

REPORT_DIRECTORY = Path("reports", "verification")

FOLDERS = ("theory", "errata", "findings", "agreement")


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
    return "real_runs" in getattr(item, "fixturenames", ()), turn


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
def real_runs(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, "Run"]:
    """Small experiments on real data, trained and measured now."""
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn (ibspec[data])")
    with one_thread():
        return dict(carry_out(pytestconfig.rootpath / "specs", tmp_path_factory.mktemp("runs")))
