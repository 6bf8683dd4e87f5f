"""Unfinished runs: which one to go on with, whether it may go on here, and what it had come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import pandas as pd

from ibspec.core import SpecError, UserError
from ibspec.loading.links import refuse_links
from ibspec.loading.manifest_shape import check_manifest
from ibspec.results import (
    COLUMNS,
    Checkpoints,
    DamagedFileError,
    Measurement,
    RunDirectory,
    read_checked,
    read_named,
)
from ibspec.runner.manifest import now
from ibspec.runner.record_shape import check_record
from ibspec.spec import ExperimentSpec
from ibspec.spec.strict_json import parse_strictly

SAME = {
    "code_sha256": "the code of ibspec that can change numbers",
    "threads": "the number of threads (OMP_NUM_THREADS)",
    "device": "the device (--device)",
}
"""What has to be as it was for the numbers to be the same, and what to call it."""


@final
@dataclass(frozen=True)
class Past:
    """What a run had come to.

    Attributes:
        manifest: Of the run, ready to be written by the one that goes on.
        record, state: Of its last checkpoint; None where it had not come to one.
        notes: What is worth a line.
    """

    manifest: dict[str, Any]
    record: dict[str, Any] | None
    state: Any
    notes: Sequence[str]

    def found(self, table: pd.DataFrame) -> dict[int, dict[int, list[Measurement]]]:
        """Return the measured epochs of each replica, with their rows; `table` is that of the parts."""
        if not len(table):
            return {}
        table = table.reindex(columns=list(COLUMNS)).astype(COLUMNS)
        lost = table["reason"].str.startswith("the replica diverged:")
        stored: dict[int, dict[int, list[Measurement]]] = {}
        for values in table[~lost].astype(object).where(table[~lost].notna(), None).to_dict("records"):
            row = Measurement(**{str(name): value for name, value in values.items()})
            stored.setdefault(row.replica, {}).setdefault(row.epoch, []).append(row)
        return stored


def find_unfinished(out: Path, spec: ExperimentSpec) -> RunDirectory:
    """Return the newest unfinished run of an experiment.

    Raises:
        UserError: There is none.
    """
    runs = sorted((path.parent for path in (out / spec.name).glob("*/manifest.json")), reverse=True)
    others: list[RunDirectory] = []
    damaged: list[str] = []
    ended: list[Path] = []
    for path in runs:
        directory = RunDirectory(path)
        try:
            manifest = check_manifest(directory.read_manifest(), path / "manifest.json")
        except UserError as error:
            damaged.append(str(error))
            continue
        if _is_finished(manifest):
            ended += [path] if manifest.get("digest") == spec.digest() else []
            continue
        if manifest.get("digest") == spec.digest():
            return directory
        others.append(directory)
    if others:
        raise SpecError(_difference(others[0], spec))
    hint = f" ({'; '.join(damaged)})" if damaged else ""
    if ended:  # killed while it was drawn, say: nobody is to train for hours again for the sake of a picture
        hint += f"; {ended[0]} has its measurements, and `ibspec plot {ended[0]}` draws them"
    raise UserError(
        f"--resume: there is no unfinished run of this experiment in {out / spec.name}{hint}. "
        "Leave --resume out to start one"
    )


def _is_finished(manifest: Mapping[str, Any]) -> bool:
    return "measurements.parquet" in (manifest.get("files") or {})


def _difference(directory: RunDirectory, spec: ExperimentSpec) -> str:
    """Say what the newest unfinished run declares otherwise."""
    try:
        content = read_checked(directory.path / "spec.json", directory.read_manifest()["files"]["spec.json"])
        before = _flat(parse_strictly(content.decode(), "spec.json"))
    except (UserError, KeyError, ValueError):
        return f"--resume: {directory.path} is a run of another spec, and its own cannot be read"
    after = _flat(spec.document())
    decisive = ("data.", "model.", "training.", "measure.")
    keys = [key for key in sorted({*before, *after}) if key.startswith(decisive)]
    changed = [
        f"{key} was {before.get(key, 'absent')}, is {after.get(key, 'absent')}"
        for key in keys
        if before.get(key, "absent") != after.get(key, "absent") and key != "data.data_dir"
    ]
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    return (
        f"--resume: the newest unfinished run, {directory.path}, has another spec: "
        f"{'; '.join(changed[:5])}{more}. Change that back, or leave --resume out to start a new run"
    )


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, each in value.items() for k, v in _flat(each, f"{name}.{key}").items()}
    if isinstance(value, list):
        return {k: v for i, each in enumerate(value) for k, v in _flat(each, f"{name}[{i}]").items()}
    return {name.removeprefix("."): value}


def look_at(directory: RunDirectory, fresh: Mapping[str, Any]) -> Past:
    """Return what a run had come to, if it may go on here and now.

    Args:
        directory: Of the run; nobody else writes it.
        fresh: The manifest that a new run would begin with.

    Raises:
        UserError: Numbers would not be the same: the message names what differs. Or a name leads out of
            the directory, in which files will be written and removed.
        DamagedFileError: No checkpoint is whole, or the manifest is not that of such a run.
    """
    refuse_links(directory.path)
    manifest = check_manifest(directory.read_manifest(), directory.path / "manifest.json")
    if _is_finished(manifest):
        raise UserError(f"--resume: {directory.path} has been finished meanwhile")
    differing = [
        f"{name}: {_short(manifest.get(key))} then, {_short(fresh[key])} now"
        for key, name in SAME.items()
        if manifest.get(key) != fresh[key]
    ]
    differing += _differing(
        "the data file", (manifest.get("data") or {}).get("sha256") or {}, fresh["data"]["sha256"]
    )
    differing += _differing(
        "the version of",
        (manifest.get("machine") or {}).get("versions") or {},
        fresh["machine"]["versions"],
        without=("matplotlib",),
    )
    if differing:
        raise UserError(
            f"--resume: {directory.path} cannot go on, its numbers would not be those of one run: "
            f"{'; '.join(differing)}. Put that back, or leave --resume out to start a new run"
        )
    _demand(manifest, fresh, directory)
    directory.sweep()
    checkpoints = Checkpoints(directory.checkpoints)
    newest = checkpoints.newest(lambda record: _check_files(directory, record, len(fresh["replicas"])))
    if newest is None:
        record, state, notes = None, None, ["it had not come to its first checkpoint, and starts again"]
    else:
        record, state, complaints = newest
        notes = [f"{complaint}; the checkpoint before it serves" for complaint in complaints]
    manifest["state"] = "running"
    manifest["reason"] = ""
    try:
        read_checked(directory.path / "spec.json", str(manifest["files"]["spec.json"]))
    except (DamagedFileError, LookupError) as error:
        # The digests agree, so that it can be written again; else the finished run could not be read.
        notes.append(f"{error}; it is written again")
        manifest["files"] = {}
    for replica in manifest["replicas"].values():
        if replica["state"] != "diverged":
            replica["state"] = "running"
    epoch = 0 if record is None else record["epoch"]
    resumed = {"at": now(), "from_epoch": epoch, "argv": list(fresh["argv"])}
    manifest["resumed"] = [*manifest.get("resumed", []), resumed]
    if record is None:
        manifest["replicas"] = fresh["replicas"]
    return Past(manifest, record, state, notes)


def _demand(manifest: Mapping[str, Any], fresh: Mapping[str, Any], directory: RunDirectory) -> None:
    """Refuse a manifest that lacks what a run goes on writing in, whoever sealed it."""
    replicas = manifest.get("replicas") or {}
    complete = replicas.keys() == fresh["replicas"].keys() and all(
        replica.get("state") is not None for replica in replicas.values()
    )
    lacks = {
        "replicas": not complete,
        "files": manifest.get("files") is None,
        "resumed": not isinstance(manifest.get("resumed", []), list),
    }
    wrong = [key for key, is_wrong in lacks.items() if is_wrong]
    if wrong:
        raise DamagedFileError(
            f"{directory.path / 'manifest.json'} is not that of an unfinished run of this experiment: "
            f"see {', '.join(wrong)} in it. Leave --resume out to start a new run"
        )


def _check_files(directory: RunDirectory, record: Mapping[str, Any], replicas: int) -> None:
    """See that all that a checkpoint counts on is there and whole."""
    check_record(record, replicas)
    for parts in record["parts"].values():
        for part in parts:
            read_named(directory.path / Path(part).name)
    for place, key in ((directory.weights, "weights"), (directory.open_weights, "open")):
        for name in sorted({name for *_, name in record[key]}):
            read_named(place / Path(name).name)


def _differing(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], without: Sequence[str] = ()
) -> list[str]:
    return [
        f"{what} {name}: {_short(before.get(name))} then, {_short(after.get(name))} now"
        for name in sorted({*before, *after} - set(without))
        if before.get(name) != after.get(name)
    ]


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return f"{text[:12]}..." if len(text) > 40 else text
