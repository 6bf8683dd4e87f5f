"""What is written of a mutation run, and the arguments that are kept for what lived."""

import json
from pathlib import Path

import pytest

pytest.importorskip("mutmut", reason="the faults are mutmut's: `pip install ibspec[dev]`")

from tests.mutants.reporting import ARGUED, is_killed, score, summary

ROOT = Path(__file__).parents[2]

ENTRIES = [
    {"key": key, "module": module, "line": 3, "operator": "number", "diff": f"-{key}\n+1", "verdict": verdict}
    for key, module, verdict in (
        ("a", "ibspec.estimators.kde", "killed"),
        ("b", "ibspec.estimators.kde", "out of time"),
        ("c", "ibspec.schedules.walk", "survived"),
        ("d", "ibspec.schedules.walk", "no tests"),
    )
]


def test_only_what_a_test_noticed_counts():
    assert [is_killed(one) for one in ENTRIES] == [True, True, False, False]
    assert score(ENTRIES) == 0.5
    assert score([]) == 0.0


def test_the_summary_shows_every_survivor_with_its_argument():
    text = summary(ENTRIES, {"c": {"reason": "the same number"}})
    assert text.startswith("all: 2 of 4 noticed (50.0 %)\n1 of the 2 others are argued\n")
    assert "  ibspec.estimators: 2 of 2 noticed (100.0 %)" in text
    assert "c ibspec.schedules.walk:3 number\n-c\n+1\nargued: the same number\n" in text
    assert "d ibspec.schedules.walk:3 number\n-d\n+1\n" in text
    assert "-a" not in text


def test_arguments_speak_of_code_that_is_there():
    for key, argued in json.loads(ARGUED.read_text(encoding="utf-8")).items():
        module = ROOT / argued["module"].replace(".", "/")
        path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
        lines = [line[1:] for line in argued["diff"].splitlines() if line[:1] in ("-", " ")]
        assert "\n".join(lines) in path.read_text(encoding="utf-8"), f"{key} has changed: argue it anew"
        assert len(argued["reason"]) > 20, key
