"""Whole runs, as `python -m ibspec run` does them, in a process of their own, and where their seconds go.

On all cores: this is what a user waits for.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tables import Tables

TITLE = "End to end, all cores"

SPECS = Path(__file__).parents[1] / "specs"

RUNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tishby_tanh, 1 replica": ("tishby_tanh", ()),
    "tishby_tanh, 50 replicas": ("tishby_tanh", ("training.replicas=50",)),
    "mnist_mlp_tanh": ("mnist_mlp_tanh", ()),
    "mnist_cnn_mean": ("mnist_cnn_mean", ()),
}

WORK = """
import resource, sys, time
start = time.monotonic()
from ibspec.cli import main
try:
    main()
except SystemExit as end:
    code = end.code or 0
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"\\nSECONDS {time.monotonic() - start} PEAK {peak} CODE {code}")
"""


@pytest.mark.parametrize("name", RUNS)
def test_run(name: str, tmp_path: Path, tables: Tables, benchmark: Any) -> None:
    spec, overrides = RUNS[name]
    arguments = ["run", str(SPECS / f"{spec}.json"), "--out", str(tmp_path), "--device", "cpu", "--quiet"]
    for override in overrides:
        arguments += ["--set", override]

    def carry_out() -> str:
        environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
        done = subprocess.run(
            [sys.executable, "-c", WORK, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        return done.stdout

    start = time.monotonic()
    said = benchmark.pedantic(carry_out, rounds=1, warmup_rounds=0)
    wall = time.monotonic() - start
    peak = int(said.split("PEAK ")[1].split()[0]) / 2**20
    manifest = json.loads(next(tmp_path.glob("*/*/manifest.json")).read_text())
    assert manifest["state"] == "done"
    stages = manifest["seconds_by_stage"]
    tables.rows(
        TITLE,
        [
            {
                "run": name,
                "engine": manifest["engine"],
                "measurements": manifest["measurements"]["made"],
                "s in all": wall,
                "s training": stages.get("training"),
                "core-s activity": stages.get("activity"),
                "core-s estimating": stages.get("estimating"),
                "core-s evaluating": stages.get("evaluation"),
                "s writing and drawing": wall - manifest["seconds"] + stages.get("writing", 0.0),
                "peak GiB": peak,
                "threads measuring beside": manifest["measured_beside_training"],
            }
        ],
    )
