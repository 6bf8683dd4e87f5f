"""Run directories made by hand, whose hashes are right."""

from pathlib import Path
from typing import Any

import pandas as pd

from ibspec.results import (
    Checkpoints,
    Measurement,
    PartWriter,
    RunDirectory,
    measurement_table,
    sha256_of,
    write_parquet,
)
from ibspec.spec import parse_spec
from tests.spec.documents import TINY


def rows(value: float = 1.0) -> list[Measurement]:
    """Two replicas, three epochs."""
    return [
        Measurement(replica, epoch, 0, "dense1", "whole", "kde(0.1)", 60, i_xt=value + epoch / 10)
        for replica in range(2)
        for epoch in range(3)
    ]


def history(value: float = 1.0) -> pd.DataFrame:
    """As long as the rows."""
    return pd.DataFrame({"replica": [0, 0, 0, 1, 1, 1], "epoch": [0, 1, 2] * 2, "running_loss": [value] * 6})


def begin(path: Path, value: float = 1.0) -> RunDirectory:
    """Make a run directory with a spec and a manifest."""
    path.mkdir(parents=True)
    run = RunDirectory(path)
    digest = run.write_spec(parse_spec({**TINY, "about": f"Run {value}."}).document())
    run.write_manifest({"state": "running", "seed": int(value), "files": {"spec.json": digest}})
    return run


def make_finished(path: Path, value: float = 1.0) -> Path:
    """Make a run that has ended."""
    run = begin(path, value)
    run.write_manifest({**run.read_manifest(), "state": "done"})
    put_table(path, "measurements", measurement_table(rows(value)))
    put_table(path, "history", history(value))
    return path


def make_unfinished(path: Path, value: float = 1.0) -> Path:
    """Make a run in three parts, the last of which came after the last checkpoint."""
    run = begin(path, value)
    writers = {name: PartWriter(path, name) for name in ("measurements", "history")}
    of_history = history(value).to_dict("records")
    for part in range(3):
        for row in range(2 * part, 2 * part + 2):
            writers["measurements"].add(dict(vars(rows(value)[row])))
            writers["history"].add({str(name): each for name, each in of_history[row].items()})
        for writer in writers.values():
            writer.flush()
        if part < 2:
            known = {name: list(writer.parts) for name, writer in writers.items()}
            Checkpoints(run.checkpoints).write({"parts": known}, {"seed": value})
    return path


def put_table(path: Path, name: str, table: pd.DataFrame) -> None:
    """Write a whole table, and its hash into the manifest."""
    write_parquet(table, path / f"{name}.parquet")
    put_hash(path, f"{name}.parquet")


def put_hash(path: Path, file: str) -> None:
    """Write the hash of a file as it is into the manifest."""
    run = RunDirectory(path)
    manifest = run.read_manifest()
    manifest["files"] = {**manifest.get("files", {}), file: sha256_of((path / file).read_bytes())}
    run.write_manifest(manifest)


def put_manifest(path: Path, **more: Any) -> None:
    """Change the manifest."""
    run = RunDirectory(path)
    run.write_manifest({**run.read_manifest(), **more})
