"""Runs pytest inside pytest, on small suites of claims."""

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HEAD = """
import pytest
from hypothesis import given, settings, strategies as st

def claim(id, kind="theorem", expected="holds", **other):
    fields = {"kind": kind, "expected": expected, "source": "somewhere eq. 1", "says": f"Says {id}."}
    return pytest.mark.claim(id, **fields | other)
"""


@dataclass
class Outcome:
    """How a run of pytest ended, and the report that it wrote."""

    result: pytest.RunResult
    directory: Path

    @property
    def claims(self) -> dict[str, dict[str, Any]]:
        file = json.loads((self.directory / "claims.json").read_text(encoding="utf-8"))
        return {entry["id"]: entry for entry in file["claims"]}

    @property
    def verdicts(self) -> dict[str, str]:
        return {name: entry["verdict"] for name, entry in self.claims.items()}

    @property
    def junit(self) -> ET.Element:
        return ET.parse(self.directory / "junit.xml").getroot()

    @property
    def page(self) -> str:
        return (self.directory / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Write a test file and run pytest on it with a report; more arguments go to pytest."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(body: str, *arguments: str, report: bool = True) -> Outcome:
        pytester.makepyfile(test_suite=HEAD + body)
        told = ("--claims-report", "report") if report else ()
        result = pytester.runpytest(*told, "--strict-markers", "-p", "no:cacheprovider", *arguments)
        return Outcome(result, pytester.path / "report")

    return run
