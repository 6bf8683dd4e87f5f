"""Every benchmark runs on one thread, so that ratios compare programs and not numbers of cores."""

from collections.abc import Iterator

import pytest

from benchmarks.tables import Tables, keep
from benchmarks.timing import one_thread

TABLES = pytest.StashKey[Tables]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TABLES] = Tables()


@pytest.fixture
def tables(pytestconfig: pytest.Config) -> Tables:
    """Where a benchmark puts what it found."""
    return pytestconfig.stash[TABLES]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash[TABLES]
    if not found:
        return
    terminalreporter.write_sep("=", "benchmarks")
    terminalreporter.write_line(found.text())
    page = config.rootpath / "docs" / "benchmarks.md"
    keep(found, config.rootpath / "reports" / "benchmarks.json", page)
    terminalreporter.write_line(f"written to {page}")
