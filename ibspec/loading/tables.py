"""What the tables of a run must look like for their readers, whoever wrote them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ibspec.core import UserError
from ibspec.results import COLUMNS

NEEDED = ("replica", "epoch", "depth", "layer", "view", "estimator", "n", "status")
"""Without these a number means nothing; what an older run lacks of the others is empty."""

TEXTS = ("stage",)
"""Columns of other tables that hold text; all but `PLACES` hold numbers otherwise."""

PLACES = ("replica", "epoch")
"""Columns of other tables by which readers find a row; -1 stands for all replicas together."""


def check_measurements(table: pd.DataFrame, where: Path | str) -> pd.DataFrame:
    """Return a table with the columns of `COLUMNS`, in order and of these types.

    Raises:
        UserError: It lacks a column, or values would change in becoming what the column is to hold.
    """
    if len(table.columns):
        _demand(table, NEEDED, where)
    for name, kind in COLUMNS.items():
        if name in table.columns:
            least = -1 if name == "replica" else 0  # all replicas together
            _check(table[name], kind, needed=name in NEEDED, least=least, where=where)
    return table.reindex(columns=list(COLUMNS)).astype(COLUMNS)


def check_places(table: pd.DataFrame, where: Path | str) -> pd.DataFrame:
    """Return another table: rows that say of which replica and epoch they are, numbers but for stages.

    Raises:
        UserError: It is not like that.
    """
    if not len(table.columns):
        return table
    _demand(table, PLACES, where)
    kinds: Mapping[str, str] = {**dict.fromkeys(PLACES, "int64"), **dict.fromkeys(TEXTS, "string")}
    for name in table.columns:
        _check(table[name], kinds.get(str(name), "float64"), needed=name in kinds, least=-1, where=where)
    return table


def check_columns(table: pd.DataFrame, columns: Mapping[str, str], where: Path | str) -> pd.DataFrame:
    """Return a table with exactly these columns, in order and of these types; of numbers some may be absent.

    Raises:
        UserError: It lacks a column of whole numbers or texts, or values would change in becoming what the
            column is to hold.
    """
    needed = [name for name, kind in columns.items() if kind != "float64"]
    if len(table.columns):
        _demand(table, needed, where)
    for name in [name for name in columns if name in table.columns]:
        _check(table[name], columns[name], needed=name in needed, least=-1, where=where)
    return table.reindex(columns=list(columns)).astype(dict(columns))


def _demand(table: pd.DataFrame, names: Sequence[str], where: Path | str) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise UserError(f"{where}: the table has no column {missing[0]!r}")


def _are_whole(known: "pd.Series[Any]") -> bool:
    """Whether these are whole numbers, be it in a column that gaps have made one of floats."""
    return known.empty or (pd.api.types.is_float_dtype(known.dtype) and bool((known % 1 == 0).all()))


def _check(column: "pd.Series[Any]", kind: str, *, needed: bool, where: Path | str, least: int = 0) -> None:
    """Refuse a column whose values would change in becoming what it is to hold."""
    types = pd.api.types
    holds = types.infer_dtype(column, skipna=True)
    fits = {
        "int64": types.is_integer_dtype(column.dtype),
        "Int64": types.is_integer_dtype(column.dtype) or _are_whole(column.dropna()),
        "float64": holds in ("floating", "integer", "mixed-integer-float", "empty"),
        "string": holds in ("string", "empty"),
    }[kind]
    if not fits and len(column):
        raise UserError(f"{where}: column {str(column.name)!r} is to hold {kind}, and holds {holds}")
    if needed and column.isna().any():
        raise UserError(f"{where}: column {str(column.name)!r} has gaps")
    known = column.dropna() if kind == "Int64" else column
    is_whole = kind in ("int64", "Int64")
    if is_whole and len(known) and not (known.min() >= least and known.max() < 2**63):
        raise UserError(
            f"{where}: column {str(column.name)!r} reaches from {column.min()} to {column.max()}; "
            f"wanted nothing below {least}"
        )
