"""The mutation run notices a weak test, does not blame a good one, and changes nothing on disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mutmut", reason="the faults are mutmut's: `pip install ibspec[dev]`")

ROOT = Path(__file__).parents[2]

MADE = '''
"""A module."""

LIMIT: int = 3
"""How many."""


def is_few(count: int) -> bool:
    """Whether there are few."""
    if count < 0:
        raise ValueError(f"got {count + 0}")
    return count <= LIMIT
'''

GOOD = """
import pytest
from made.counting import is_few

def test_few():
    assert [is_few(count) for count in range(5)] == [True, True, True, True, False]
    with pytest.raises(ValueError, match="got -1"):
        is_few(-1)
"""

WEAK = """
from made.counting import is_few

def test_few():
    assert is_few(1)
    assert not is_few(9)
"""

BROKEN = """
from made.counting import is_few

def test_few():
    assert is_few(4)
"""


@pytest.fixture
def run(tmp_path):
    """Try every fault of a small module on one test file; gives the verdicts by what the line became."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "__init__.py").touch()
    (tmp_path / "made" / "counting.py").write_text(MADE)
    (tmp_path / "checks").mkdir()

    def with_test(text: str, *options: str) -> dict[str, str]:
        (tmp_path / "checks" / "test_counting.py").write_text(text)
        command = [sys.executable, "-m", "tests.mutants", "--root", tmp_path, "--report", tmp_path / "report"]
        where = ["--only", "made", "--folders", "made", "checks", "--sample", "100", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([*command, *where], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        assert (tmp_path / "made" / "counting.py").read_text() == MADE
        report = json.loads((tmp_path / "report" / "mutants.json").read_text())
        assert done.returncode == (report["killed_share"] < 0.9)
        assert (tmp_path / "report" / "mutants.txt").read_text() in done.stdout
        return {line(one): one["verdict"] for one in report["mutants"]}

    return with_test


def line(one: dict[str, str]) -> str:
    return next(text for text in one["diff"].splitlines() if text.startswith("+"))[1:].strip()


def test_a_good_test_notices_every_fault(run):
    assert run(GOOD) == {
        "LIMIT: int = 4": "killed",
        "if count <= 0:": "killed",
        "if count < 1:": "killed",
        "return count < LIMIT": "killed",
    }


def test_a_test_that_fails_on_the_code_as_it_is_says_nothing(run):
    assert set(run(BROKEN).values()) == {"no tests"}


def test_a_weak_test_lets_faults_live_and_what_was_noticed_is_not_tried_again(run, tmp_path):
    assert run(WEAK) == {
        "LIMIT: int = 4": "survived",
        "if count <= 0:": "survived",
        "if count < 1:": "survived",
        "return count < LIMIT": "survived",
    }
    report = tmp_path / "report" / "mutants.json"
    found = json.loads(report.read_text())
    found["mutants"][0]["verdict"] = "killed"
    report.write_text(json.dumps(found))
    again = run(WEAK, "--again", str(report))
    assert again.pop(line(found["mutants"][0])) == "killed"
    assert set(again.values()) == {"survived"}
