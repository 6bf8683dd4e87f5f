"""A Parquet file is a table of numbers and texts of a size that fits, or an error that names it."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ibspec.results import DamagedFileError, parquet, read_parquet, sha256_of, write_parquet

TABLE = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 5e-324], "c": ["x", None, "Größe"], "d": [None] * 3})


def file_of(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def test_round_trip(tmp_path: Path) -> None:
    digest = write_parquet(TABLE, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "t.parquet", digest), TABLE)
    with pytest.raises(DamagedFileError, match=r"t\.parquet is damaged: wanted SHA-256 0000"):
        read_parquet(tmp_path / "t.parquet", "0" * 64)


HOSTILE = {
    "empty": (b"", "size is 0"),
    "text": (b"no parquet", "Parquet"),
    "magic only": (b"PAR1PAR1", "Parquet"),
    "lying footer": (b"PAR1" + b"\xff" * 8 + b"\xff\xff\xff\x7fPAR1", "Parquet"),
    "lists": (file_of(pa.table({"a": [[1, 2]]})), "column 'a' holds list"),
    "structures": (file_of(pa.table({"a": [{"b": 1}]})), "column 'a' holds struct"),
    "bytes": (file_of(pa.table({"a": [b"x"]})), "column 'a' holds binary"),
    "dates": (file_of(pa.table({"a": pa.array([1], pa.timestamp("s"))})), "column 'a' holds timestamp"),
    "a name twice": (file_of(pa.table([[1], [2]], names=["a", "a"])), "a"),
    "rows with names": (
        file_of(pa.Table.from_pandas(pd.DataFrame({"a": [1]}, index=["x"]))),
        "its rows have names",
    ),
    "too many rows": (
        file_of(pa.table({f"c{i}": pa.nulls(40_000_000) for i in range(7)}), row_group_size=2**26),
        "40,000,000 rows of 7 columns are too many",
    ),
    "a long text in each row": (
        file_of(
            pa.table({
                "a": pa.DictionaryArray.from_arrays(np.zeros(5_000_000, np.int32), pa.array(["x" * 1000]))
            }),
            row_group_size=2**23,
            store_schema=False,
        ),
        "5,000,000,000 bytes of text are too many",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_strangers_file(tmp_path: Path, content: bytes, says: str) -> None:
    """Its hash is right."""
    (tmp_path / "t.parquet").write_bytes(content)
    assert len(content) < 600_000
    with pytest.raises(DamagedFileError, match=rf"t\.parquet is no table: .*{says}") as error:
        read_parquet(tmp_path / "t.parquet", sha256_of(content))
    assert len(str(error.value)) < 500
    assert "\n" not in str(error.value)


def test_bounds_are_looked_at_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the table nor its texts are read where the file says that they are too much."""
    content = file_of(pa.Table.from_pandas(TABLE))

    def must_not(*_: Any, **__: Any) -> None:
        pytest.fail("unpacked")

    assert len(parquet.table_of(Path("t"), content)) == 3
    monkeypatch.setattr(pd, "read_parquet", must_not)
    monkeypatch.setattr(pq.ParquetFile, "read", must_not)
    for name, most, says in (
        ("MOST_CELLS", 11, "3 rows of 4 columns"),
        ("MOST_TEXT", 50, r"\d+ bytes are too many"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(parquet, name, most)
            with pytest.raises(DamagedFileError, match=rf"t is no table: {says}"):
                parquet.table_of(Path("t"), content)


def test_texts_are_counted_as_written_out() -> None:
    texts = ["a", "bb", None, "a", "Größe", ""] * 100
    content = file_of(pa.table({"a": texts, "n": range(600)}), row_group_size=77)
    assert parquet._size_of_texts(content, "a") == 100 * (1 + 2 + 1 + 7)


def test_long_tables_of_ours_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the quick look at the sizes cannot tell, the texts are counted, and it is found to fit."""
    table = pd.DataFrame({"reason": [f"no {i}" for i in range(3000)], "value": np.arange(3000.0)})
    content = parquet.parquet_bytes(table)
    size = int(table["reason"].str.len().sum())
    monkeypatch.setattr(parquet, "MOST_TEXT", 100_000)
    assert size < 100_000 < 3000 * len(content)
    pd.testing.assert_frame_equal(parquet.table_of(Path("t"), content), table)
