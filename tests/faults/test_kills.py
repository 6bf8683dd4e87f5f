"""Real processes, killed at any moment and inside writes; the resumed run must not show it.

CI kills five; `make faults` kills fifty (`IBSPEC_KILLS`).
"""

import errno
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ibspec.loading import load

KILLS = int(os.environ.get("IBSPEC_KILLS", "5"))
SEED = int(os.environ.get("IBSPEC_KILL_SEED", "0"))
WRITES = 150
"""About as many as a run of this spec makes."""

SPEC = {
    "name": "killed",
    "data": {"kind": "symmetric-bits", "train_fraction": 0.8},
    "model": {"kind": "mlp", "hidden": [6, 4], "activation": "tanh"},
    "training": {
        "epochs": 150,
        "batch_size": 512,
        "replicas": 2,
        "optimiser": {"kind": "adam", "learning_rate": 0.001},
    },
    "measure": {
        "when": {"kind": "delta-exact", "delta": 0.01},
        "probe": {"split": "all", "size": 300},
        "estimators": [
            {"kind": "kde", "noise_variance": 0.1},
            {"kind": "binning", "cells": {"kind": "quantiles", "bins": 10, "over": "training"}},
        ],
        "gradients": {"readings": ["moving", "parallel"], "nets": 2},
    },
    "figures": [],
}


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("spec") / "killed.json"
    path.write_text(json.dumps(SPEC), encoding="utf-8")
    return path


def start(moment, spec, out, *more):
    command = [sys.executable, "-m", "tests.faults.driver", moment, "run", str(spec), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--quiet", *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(process, seconds=120):
    try:
        said = process.communicate(timeout=seconds)[0]
    finally:
        process.kill()
    return process.returncode, said


def run_directory(out):
    (found,) = (out / "killed").iterdir()
    return found


def tables(path: Path):
    return [(path / f"{name}.parquet").read_bytes() for name in ("measurements", "history", "gradients")]


@pytest.fixture(scope="module")
def undisturbed(spec, tmp_path_factory):
    """Tables of a run that nobody killed, and how long it took from its first file on."""
    out = tmp_path_factory.mktemp("whole")
    process = start("never", spec, out)
    while not list(out.glob("killed/*/manifest.json")):
        time.sleep(0.01)
        assert process.poll() is None, process.communicate()[0]
    began = time.monotonic()
    code, said = finish(process)
    assert code == 0, said
    return tables(run_directory(out)), time.monotonic() - began


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_resumed_until_it_is_done(spec, tmp_path, undisturbed, number):
    """Every second one inside a write, the others after some seconds; up to three times each."""
    whole, seconds = undisturbed
    draw = random.Random(f"{SEED}/{number}")
    more: list[str] = []
    for _ in range(draw.randint(1, 3)):
        in_write = number % 2 == 0
        process = start(f"write:{draw.randint(1, WRITES)}" if in_write else "never", spec, tmp_path, *more)
        if not in_write:
            while process.poll() is None and not list(tmp_path.glob("killed/*/manifest.json")):
                time.sleep(0.01)
            time.sleep(draw.uniform(0, seconds))
            process.kill()
        code, said = finish(process)
        assert code in (-signal.SIGKILL, 0), said
        if list(tmp_path.glob("killed/*/manifest.json")):
            found = load(run_directory(tmp_path))
            assert len(found.measurements) >= 0  # everything measured so far can be read
            if code == 0 or "measurements.parquet" in found.manifest["files"]:
                break  # it was done before it died, or as it did
            more = ["--resume"]
        else:
            for left in tmp_path.glob("killed/*"):
                left.rename(tmp_path / f"no run, {left.name}")  # killed before there was a run to resume
    else:
        code, said = finish(start("never", spec, tmp_path, *more))
        assert code == 0, said
    path = run_directory(tmp_path)
    assert tables(path) == whole
    leftovers = [each.name for each in path.iterdir() if each.name.startswith(".")]
    assert leftovers == [] or code != 0


def test_a_full_disk_ends_the_run_with_the_path_and_keeps_what_was_measured(spec, tmp_path, undisturbed):
    code, said = finish(start("disk:40", spec, tmp_path))
    assert code == 3, said
    assert os.strerror(errno.ENOSPC) in said
    path = run_directory(tmp_path)
    assert str(path) in said
    assert len(load(path).measurements) > 0
    code, said = finish(start("never", spec, tmp_path, "--resume"))
    assert code == 0, said
    assert tables(path) == undisturbed[0]


def test_a_directory_that_vanishes_is_not_made_again(spec, tmp_path):
    process = start("never", spec, tmp_path)
    while not list(tmp_path.glob("killed/*/checkpoints/*.json")):
        time.sleep(0.01)
        assert process.poll() is None, process.communicate()[0]
    path = run_directory(tmp_path)
    path.rename(tmp_path / "elsewhere")
    code, said = finish(process)
    assert code == 3, said
    assert str(path) in said
    assert not path.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_by_signal_says_how_to_go_on(spec, tmp_path, undisturbed, number):
    process = start("never", spec, tmp_path)
    while not list(tmp_path.glob("killed/*/checkpoints/*.json")):
        time.sleep(0.01)
        assert process.poll() is None, process.communicate()[0]
    process.send_signal(number)
    code, said = finish(process)
    assert code == 130, said
    (command,) = re.findall(r"`ibspec (.*)`", said)
    assert command == f"run {spec} --resume --out {tmp_path}"
    code, said = finish(start("never", spec, tmp_path, "--resume"))
    assert code == 0, said
    assert tables(run_directory(tmp_path)) == undisturbed[0]
