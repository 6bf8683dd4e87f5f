"""Whatever happens to a file of a run: the same tables, or an error that names it; never other numbers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibspec.core import UserError
from ibspec.loading import load
from tests.loading.making import make_finished, make_unfinished

TABLES = ("measurements", "history", "gradients", "timings")


@pytest.fixture(scope="module", params=[make_finished, make_unfinished], ids=["finished", "unfinished"])
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A run, another one of the same shape, and a place for a damaged copy."""
    make: Callable[[Path, float], Path] = request.param
    room = tmp_path_factory.mktemp("damage")
    return make(room / "one", 1.0), make(room / "other", 2.0), room / "copy"


def copied(run: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(run, to))


def everything_of(run: Path) -> dict[str, object]:
    """What reading gives, each a table or a complaint."""
    found: dict[str, object] = {}
    for name in (*TABLES, "manifest", "spec"):
        try:
            found[name] = getattr(load(run), name)
        except UserError as error:
            assert len(str(error)) < 1000  # noqa: PT017
            found[name] = str(error)
    return found


def assert_same_or_named(run: Path, sound: Path, name: str) -> int:
    """Compare what is read of a damaged run; return how much of it could not be read."""
    damaged, whole = everything_of(run), everything_of(sound)
    complaints = 0
    for key, value in damaged.items():
        if isinstance(value, str):
            assert str(run) in value
            assert name.split("-")[0].split(".")[0] in value or "manifest.json" in value
            complaints += 1
        elif isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, whole[key], check_exact=True)
        else:
            assert value == whole[key]
    return complaints


def readable(run: Path) -> list[Path]:
    """Files at the top; what lies in `checkpoints` is `test_checkpoints`' concern."""
    return sorted(path for path in run.iterdir() if path.is_file())


@settings(max_examples=60)
@given(data=st.data())
def test_any_byte_flipped(runs: tuple[Path, Path, Path], data: st.DataObject) -> None:
    run, _, copy = runs
    copied(run, copy)
    path = data.draw(st.sampled_from(readable(copy)))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    complaints = assert_same_or_named(copy, run, path.name)
    assert complaints or path.name == "manifest.json"  # white space that became other white space


@settings(max_examples=40)
@given(data=st.data())
def test_any_file_truncated(runs: tuple[Path, Path, Path], data: st.DataObject) -> None:
    run, _, copy = runs
    copied(run, copy)
    path = data.draw(st.sampled_from(readable(copy)))
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    complaints = assert_same_or_named(copy, run, path.name)
    assert complaints or path.name == "manifest.json"  # only its last line break


def test_any_file_removed(runs: tuple[Path, Path, Path]) -> None:
    run, _, copy = runs
    for original in readable(run):
        copied(run, copy)
        (copy / original.name).unlink()
        if original.name == "manifest.json":
            with pytest.raises(UserError, match="copy: not a run directory"):
                load(copy)
        elif "-000002-" in original.name:
            # Nobody wrote down yet that it is there: what was written before is read.
            name = original.name.split("-")[0]
            whole = getattr(load(run), name)
            pd.testing.assert_frame_equal(getattr(load(copy), name), whole.iloc[:4], check_exact=True)
        else:
            assert assert_same_or_named(copy, run, original.name) == 1


def test_any_file_exchanged_with_another_runs(runs: tuple[Path, Path, Path]) -> None:
    """Under its own name, as `cp` would do it: each is whole, and together they are no run."""
    run, other, copy = runs
    for one, another in zip(readable(run), readable(other), strict=True):
        if one.name != "manifest.json":
            copied(run, copy)
            (copy / one.name).write_bytes(another.read_bytes())
            assert assert_same_or_named(copy, run, one.name) == 1


def test_the_manifest_of_another_run(runs: tuple[Path, Path, Path]) -> None:
    """Nothing of the two can be taken for one run."""
    run, other, copy = runs
    copied(run, copy)
    shutil.copy(other / "manifest.json", copy)
    found = everything_of(copy)
    assert "spec.json is damaged" in str(found["spec"])
    if (run / "measurements.parquet").exists():
        assert "measurements.parquet is damaged" in str(found["measurements"])
        assert "history.parquet is damaged" in str(found["history"])


def test_parts_of_another_run_under_their_own_names(tmp_path: Path) -> None:
    """Their names say what is in them; the checkpoint says whose they are not."""
    run, other = make_unfinished(tmp_path / "one", 1.0), make_unfinished(tmp_path / "other", 2.0)
    for number in range(2):
        copy = copied(run, tmp_path / "copy")
        for path in copy.glob(f"measurements-00000{number}-*"):
            path.unlink()
        for path in other.glob(f"measurements-00000{number}-*"):
            shutil.copy(path, copy)
        with pytest.raises(UserError, match=rf"measurements-00000{number}-\w{{16}}\.parquet is missing"):
            _ = load(copy).measurements
        assert len(load(copy).history) == 6


def test_damaged_checkpoints_keep_nobody_from_reading(tmp_path: Path) -> None:
    """They are for going on; what was measured is whole without them."""
    run = make_unfinished(tmp_path / "one")
    whole = load(run).measurements
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(b"{}")
    pd.testing.assert_frame_equal(load(run).measurements, whole)
    shutil.rmtree(run / "checkpoints")
    pd.testing.assert_frame_equal(load(run).measurements, whole)
