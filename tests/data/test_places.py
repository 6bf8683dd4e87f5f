"""Where data are looked for, and how a place explains that it has none."""

import os
import sys
from pathlib import Path

import pytest

from ibspec.data import Places
from ibspec.data.places import Place

NAMES = ["images", "labels"]


def fill(directory: Path, *names: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_bytes(b"")
    return directory


def test_order_of_places(tmp_path, cache, monkeypatch):
    """Remove the best place and the next one is found."""
    option, spec, environment = (fill(tmp_path / name, *NAMES) for name in ("option", "spec", "environment"))
    fill(cache, *NAMES)
    monkeypatch.setenv("IBSPEC_DATA_DIR", str(environment))
    labels = ["--data-dir", "data_dir in the spec", "IBSPEC_DATA_DIR", "user cache"]
    for position, directory in enumerate([option, spec, environment, cache]):
        finding = Places(option).find("set", NAMES, str(spec))
        assert finding.label == labels[position]
        assert finding.files == {name: directory / name for name in NAMES}
        assert len(finding.tried) == len(finding.notes) == position
        (directory / "labels").unlink()
    finding = Places(option).find("set", NAMES, str(spec))
    assert finding.files == {}
    assert finding.tried == tuple(
        f"{label} ({path}): has no labels"
        for label, path in zip(labels, [option, spec, environment, cache], strict=True)
    )


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("folder", ["", "set"])
def test_files_may_be_packed_and_in_a_folder(tmp_path, folder, end):
    directory = fill(tmp_path / folder, *(f"{name}{end}" for name in NAMES))
    found = Places(tmp_path).find("set", NAMES).files
    assert found == {name: directory / f"{name}{end}" for name in NAMES}


def test_the_folder_comes_before_what_lies_next_to_it(tmp_path):
    fill(tmp_path, "images", "images.gz", "labels")
    fill(tmp_path / "set", "images")
    assert Places(tmp_path).find("set", NAMES).files == {
        "images": tmp_path / "set" / "images",
        "labels": tmp_path / "labels",
    }


def test_unset_places_are_listed_but_are_no_news(cache):
    finding = Places().find("set", NAMES)
    assert finding.tried == (
        "--data-dir: not set",
        "data_dir in the spec: not set",
        "IBSPEC_DATA_DIR: not set",
        f"user cache ({cache}): no such directory",
    )
    assert finding.notes == ()


def test_empty_environment_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("IBSPEC_DATA_DIR", "")
    assert "IBSPEC_DATA_DIR: not set" in Places().find("set", NAMES).tried


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such directory"),
        (lambda path: path.write_text("a file"), "not a directory"),
        (lambda path: fill(path, "images"), "has no labels"),
        (lambda path: (fill(path, "images") / "labels.gz").mkdir(), "has no labels; labels.gz is not a file"),
        (lambda path: os.mkfifo(fill(path, "images") / "labels"), "has no labels; labels is not a file"),
    ],
    ids=["absent", "a file", "incomplete", "a directory inside", "a pipe inside"],
)
def test_a_place_says_why_not(tmp_path, make, reason):
    directory = tmp_path / "data"
    make(directory)
    finding = Places().find("set", NAMES, str(directory))
    assert finding.files == {}
    assert finding.notes == (f"data_dir in the spec ({directory}): {reason}",)


def test_a_name_that_no_file_system_takes():
    finding = Places().find("set", NAMES, "x" * 5000)
    assert finding.notes[0].endswith("File name too long")


def test_home_directory_is_filled_in(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "data", *NAMES)
    assert Places().find("set", NAMES, "~/data").files["images"] == tmp_path / "data" / "images"
    assert Places().find("set", NAMES, "~no-such-user/data").notes[0].endswith("no such directory")


@pytest.mark.parametrize("variable", [None, "", "relative/cache"])
@pytest.mark.parametrize(
    ("platform", "parts"),
    [
        ("linux", ".cache/ibspec"),
        ("darwin", "Library/Caches/ibspec"),
        ("win32", "AppData/Local/ibspec/Cache"),
    ],
)
def test_cache_without_xdg(tmp_path, monkeypatch, variable, platform, parts):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    if variable is None:
        monkeypatch.delenv("XDG_CACHE_HOME")
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", variable)
    assert Places().cache == Place("user cache", tmp_path / parts)


def test_cache_of_someone_without_a_home(monkeypatch):
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", staticmethod(homeless))
    assert Places().cache.path is None
    assert Places().find("set", NAMES).tried[-1] == "user cache: not set"
