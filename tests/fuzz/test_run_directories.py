"""Files of a run, damaged: read as they were written, or an error that names the file."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from ibspec.core import IbspecError, digest
from tests.fuzz.amount import SEED, cases
from tests.fuzz.documents import EXTREMES, WORDS, places
from tests.fuzz.judging import answer
from tests.fuzz.mutations import flip, mutated, truncate
from tests.fuzz.run_directories import READ_BY, READERS, WRITERS, copy_run, same


@pytest.fixture(scope="module")
def whole(made_run) -> dict[str, Any]:
    """What each reader says of the run as it was written."""
    return {name: read(made_run) for name, read in READERS.items()}


@pytest.fixture
def copy(made_run, tmp_path) -> Path:
    return copy_run(made_run, tmp_path / "run")


def rng_of(name: str, salt: int) -> random.Random:
    return random.Random(f"{SEED} {salt} {name}")


@pytest.mark.parametrize("name", READ_BY)
def test_damaged_bytes_never_surprise(name, copy):
    """Whatever the bytes, every reader of the file answers or says in words why not."""
    file, read = copy / name, READERS[READ_BY[name]]
    content, rng = file.read_bytes(), rng_of(name, 1)
    for _ in range(cases(0.12 / len(READ_BY))):
        damaged = mutated(content, rng)
        file.write_bytes(damaged)
        answer(lambda: read(copy), damaged)


@pytest.mark.parametrize("name", READ_BY)
def test_flipped_bytes_are_never_a_wrong_number(name, copy, whole):
    """One bit flipped or the end cut off: the answer is the one that was written, or names the file."""
    file, read = copy / name, READERS[READ_BY[name]]
    content, rng = file.read_bytes(), rng_of(name, 2)
    refused = 0
    for _ in range(cases(0.06 / len(READ_BY))):
        file.write_bytes(rng.choice((flip, flip, flip, truncate))(content, rng))
        found = answer(lambda: read(copy), name)
        if isinstance(found, IbspecError):
            refused += 1
            assert name in str(found)
        else:
            # White space of a JSON file may change without changing what it says; numbers may not.
            assert same(found, whole[READ_BY[name]]), f"{name}: another answer, and no complaint"
    assert refused > 0


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "verification.json",
        "spec.json",
    ],
)
def test_documents_with_other_values(name, copy, monkeypatch):
    """Valid JSON with a value of another sort, as a stranger would write it; checksums set right.

    The page is made without its images, which take long and see nothing of these files but title and facts.
    """
    monkeypatch.setattr("ibspec.report.run_page.draw_images", lambda tables, spec: [])
    file, rng = copy / name, rng_of(name, 3)
    document = json.loads(file.read_text(encoding="utf-8"))
    for _ in range(cases(0.02)):
        changed = json.loads(json.dumps(document))
        path = rng.choice([path for path in places(changed) if path])
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = rng.choice([*EXTREMES, *WORDS, [], {}, [[1]], {"a": {}}, [None]])
        try:
            file.write_text(json.dumps(changed), encoding="utf-8")
        except ValueError:  # too many digits to be written
            continue
        reseal(copy, name)
        answer(lambda: READERS[READ_BY[name]](copy), path)
        for make in WRITERS.values():
            answer(lambda make=make: make(copy), path)


def reseal(run: Path, name: str) -> None:
    """Set the checksums right after a change, as a stranger can."""
    path = run / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if name in manifest.get("files", {}):
            manifest["files"][name] = hashlib.sha256((run / name).read_bytes()).hexdigest()
        if "checksum" in manifest:
            del manifest["checksum"]
            manifest["checksum"] = digest(manifest)
            path.write_text(json.dumps(manifest), encoding="utf-8")
    except (AttributeError, TypeError, ValueError):  # not a manifest any more, or not JSON
        pass


@pytest.mark.parametrize("name", READ_BY)
@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "other"])
def test_files_that_are_something_else(name, kind, copy):
    file = copy / name
    content = file.read_bytes()
    file.unlink()
    if kind == "directory":
        file.mkdir()
    elif kind != "missing":
        file.write_bytes(b"" if kind == "empty" else content[::-1])
    answer(lambda: READERS[READ_BY[name]](copy), kind)
