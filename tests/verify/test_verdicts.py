"""What was found, written into a run's directory and read back."""

import json

import pytest

from ibspec.core import UserError
from ibspec.verify import FILE_NAME, judge_run_claims, read_verification, write_verification
from tests.figures.examples import MadeUpRun, measurements


def test_what_is_written_is_read_back(tmp_path) -> None:
    found = judge_run_claims(MadeUpRun(tmp_path, measurements(estimators=("kde(0.1)", "binning(width 1)"))))
    path = write_verification(found, tmp_path)
    assert path == tmp_path / "verification.json"
    assert read_verification(tmp_path) == found
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["format"] == 1
    assert [part["estimator"] for part in content["estimators"]] == ["kde(0.1)", "binning(width 1)"]
    assert content["rounding"] == 1e-9


def test_the_same_table_gives_the_same_file(tmp_path) -> None:
    run = MadeUpRun(tmp_path, measurements())
    first = write_verification(judge_run_claims(run), tmp_path).read_bytes()
    assert write_verification(judge_run_claims(run), tmp_path).read_bytes() == first


def test_a_run_that_was_not_verified(tmp_path) -> None:
    assert read_verification(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1, "state": "done"}'])
def test_a_damaged_file_says_so(tmp_path, content) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(UserError, match=r"verification\.json cannot be read: .*writes it anew"):
        read_verification(tmp_path)
