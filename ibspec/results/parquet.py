"""Tables as Parquet files, which may be a stranger's."""

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ibspec.core import write_atomically
from ibspec.results.integrity import DamagedFileError, read_checked, sha256_of

MOST_CELLS = 2**28
"""Rows times columns; 50 nets measured at 8,000 epochs on six layers in three ways have half of it."""

MOST_TEXT = 2**32
"""Bytes of a table unpacked, and of its texts written out: one that stands in every row is packed once."""


def write_parquet(table: pd.DataFrame, path: Path) -> str:
    """Write a table so that `path` is either whole or absent; return its hash."""
    content = parquet_bytes(table)
    write_atomically(path, content, make_parents=False)
    return sha256_of(content)


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as a Parquet file has it."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def read_parquet(path: Path, wanted: str) -> pd.DataFrame:
    """Read a table whose hash is known.

    Raises:
        DamagedFileError: It is missing, not what was written, or no table of numbers and texts.
    """
    return table_of(path, read_checked(path, wanted))


def table_of(path: Path, content: bytes) -> pd.DataFrame:
    """Return the table that a Parquet file holds.

    Args:
        path: For messages only.
        content: Of the file.

    Raises:
        DamagedFileError: It holds none, or more than fits into memory.
    """
    try:
        _refuse_unfit(content)
        table = pd.read_parquet(io.BytesIO(content))
        if not isinstance(table.index, pd.RangeIndex):
            raise ValueError("its rows have names")
        if not table.columns.is_unique:
            raise ValueError("two columns have the same name")
    except Exception as error:  # whatever a library makes of a file that somebody else wrote
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise DamagedFileError(f"{path} is no table: {reason}") from None
    return table


def _refuse_unfit(content: bytes) -> None:
    """Refuse what is not numbers and texts, or too much of them, before room is made for it."""
    file = pq.ParquetFile(io.BytesIO(content))
    for field in file.schema_arrow:
        if not _is_plain(field.type):
            raise ValueError(f"column {field.name!r} holds {field.type}, neither numbers nor text")
    rows, columns = file.metadata.num_rows, file.metadata.num_columns
    if rows * columns > MOST_CELLS:
        raise ValueError(f"{rows:,} rows of {columns:,} columns are too many")
    groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > MOST_TEXT:
        raise ValueError(f"{unpacked:,} bytes are too many")
    if rows * unpacked <= MOST_TEXT:
        return  # even with all of it in each row
    texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
    size = sum(_size_of_texts(content, name) for name in texts)
    if size > MOST_TEXT:
        raise ValueError(f"{size:,} bytes of text are too many")


def _size_of_texts(content: bytes, column: str) -> int:
    """Return the bytes of a column of texts written out, having each different one in memory only once."""
    table = pq.ParquetFile(io.BytesIO(content), read_dictionary=[column]).read([column])
    size = 0
    for chunk in table.column(0).chunks:
        lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
        size += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return size


def _is_plain(kind: pa.DataType) -> bool:
    types = pa.types
    is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    return bool(is_number or _is_text(kind) or types.is_null(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
