"""The package's hash moves exactly when a file that can change numbers does."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import ibspec.results.manifest as manifest
from ibspec.results import describe_machine, hash_package

ROOT = Path(manifest.__file__).parents[1]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package's sources, its hash the original's."""
    copy = tmp_path / "ibspec"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert hash_package(copy) == hash_package(ROOT)
    return copy


def test_it_is_a_hash_of_this_package() -> None:
    assert hash_package() == hash_package(ROOT)
    assert len(hash_package()) == 64
    assert int(hash_package(), 16) > 0


@pytest.mark.parametrize("room", ["core", "estimators"])
def test_a_changed_byte_changes_it(package: Path, room: str) -> None:
    file = sorted((package / room).glob("*.py"))[-1]
    before = hash_package(package)
    file.write_bytes(file.read_bytes() + b"#")
    assert hash_package(package) != before


def test_new_renamed_moved_and_removed_files_change_it(package: Path) -> None:
    seen = [hash_package(package)]
    new = package / "estimators" / "new.py"
    new.write_text("x = 1\n")
    seen.append(hash_package(package))
    renamed = new.rename(package / "estimators" / "newer.py")  # the order of files stays
    seen.append(hash_package(package))
    moved = renamed.rename(package / "core" / "newer.py")
    seen.append(hash_package(package))
    (package / "core" / "deep").mkdir()
    deep = moved.rename(package / "core" / "deep" / "newer.py")
    seen.append(hash_package(package))
    assert len(set(seen)) == len(seen)
    deep.unlink()
    assert hash_package(package) == seen[0]


def test_contents_that_change_places_change_it(package: Path) -> None:
    before = hash_package(package)
    one, other = package / "estimators" / "kde.py", package / "estimators" / "cells.py"
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b)
    other.write_bytes(a)
    assert hash_package(package) != before


@pytest.mark.parametrize(
    "file",
    ["figures/new.py", "report/page.html", "cli/new.py", "estimators/__pycache__/kde.pyc", "core/notes.md"],
)
def test_files_that_change_no_number_do_not(package: Path, file: str) -> None:
    before = hash_package(package)
    (package / file).parent.mkdir(exist_ok=True)
    (package / file).write_text("anything")
    assert hash_package(package) == before


def test_times_and_places_do_not_matter(package: Path, tmp_path: Path) -> None:
    before = hash_package(package)
    for file in package.rglob("*.py"):
        os.utime(file, (1, 1))
    moved = tmp_path / "elsewhere" / "with another name"
    shutil.copytree(package, moved)
    assert hash_package(package) == hash_package(moved) == before


def test_rooms_with_numbers_are_listed() -> None:
    """Whoever adds a room decides whether it can change a number; `results` and below only keep them."""
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    keeping = {
        "results",
        "claims",
        "spec",
        "loading",
        "figures",
        "report",
        "cli",
        "pytest_plugin",
    }
    later = {"testing", "sweep", "verify", "calibrate", "compare", "analyse", "tuning"}
    assert rooms - keeping - later <= set(manifest.ROOMS_THAT_CHANGE_NUMBERS)
    assert not keeping & set(manifest.ROOMS_THAT_CHANGE_NUMBERS)


def test_machine() -> None:
    machine = describe_machine()
    assert machine.versions["numpy"] == np.__version__
    assert set(machine.versions) == set(manifest.PACKAGES)
    assert machine.cores >= 1
    assert machine.python.startswith("3.")
    assert all([machine.host, machine.system, machine.processor])


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "PACKAGES", ("numpy", "no-such-package-anywhere"))
    assert describe_machine().versions["no-such-package-anywhere"] == "not installed as a package"
