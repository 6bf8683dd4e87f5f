"""Tables of how far estimators were off, for pages of Markdown."""

import math
import re
from typing import Any, Final

import pandas as pd

PLACES: Final = 3
"""Decimals of bits."""

KEY_LAWS: Final = (
    ("independent", 1, "i_xt"),
    ("independent", 5, "i_xt"),
    ("normal-0.9", 1, "i_xt"),
    ("normal-0.9", 2, "i_xt"),
    ("normal-0.9", 5, "i_xt"),
    ("student-3", 1, "i_xt"),
    ("additive-0.1", 1, "i_xt"),
    ("discrete-continuous", 1, "i_xt"),
    ("discrete-continuous", 1, "i_ty"),
    ("channel-0.1", 1, "i_xt"),
)
"""Law, dimensions and number: what is shown without being asked for."""

_PLACE = ["law", "dims", "number"]


def key_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the key laws."""
    return rows[[key in KEY_LAWS for key in rows[_PLACE].itertuples(index=False, name=None)]]


def table(rows: pd.DataFrame, *, as_bias: bool) -> str:
    """Return one line a law and number, one column a sample size.

    Args:
        rows: Of one estimator, as `ibspec.calibrate.summarise` returns them.
        as_bias: Whether cells show estimate minus truth, or the estimate.
    """
    sizes = sorted(rows["samples"].unique())
    kind = "bias" if as_bias else "estimate"
    heads = [f"{kind} ± sd, N = {size:,}" for size in sizes]
    lines = [_line(["law", "columns", "truth", *heads, "warnings"]), _line(["---"] * (4 + len(sizes)))]
    for _, of_law in rows.groupby(_PLACE, sort=False):
        by_size = {int(row["samples"]): row for row in records(of_law)}
        first = next(iter(by_size.values()))
        cells = [cell(by_size[size], as_bias=as_bias) if size in by_size else "" for size in sizes]
        codes = sorted({code for row in by_size.values() for code in str(row["codes"]).split()})
        links = ", ".join(f"[{code}](../warnings.md#{code})" for code in codes)
        name, columns = _law(first["law"], first["number"]), f"{first['dims']} + {first['dims']}"
        lines.append(_line([name, columns, f"{first['truth']:.{PLACES}f}", *cells, links]))
    return "\n".join(lines)


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows by the names of their columns."""
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def cell(row: dict[str, Any], *, as_bias: bool) -> str:
    """Return `+0.012 ± 0.034`, or that there is no number."""
    value = row["bias" if as_bias else "mean"]
    if math.isnan(value):
        return "refused"
    text = f"{value:+.{PLACES}f}" if as_bias else f"{value:.{PLACES}f}"
    text = text.lstrip("+-") if float(text) == 0 else text
    if not math.isnan(row["sd"]):
        text += f" ± {row['sd']:.{PLACES}f}"
    return text + (f" ({row['refused']} of {row['draws']} refused)" if row["refused"] else "")


def refusals(rows: pd.DataFrame) -> str:
    """Return a list: what was refused, in the estimator's own words, and on which laws."""
    laws: dict[str, dict[str, None]] = {}
    for row in records(rows[rows["refused"] > 0]):
        name = _law(row["law"], row["number"])
        same = (rows["law"] == row["law"]) & (rows["number"] == row["number"])
        is_measured = bool((rows[same]["refused"] == 0).any())
        where = f"{name} in {row['dims']} + {row['dims']}" if is_measured else name
        laws.setdefault(_briefly(str(row["reason"])), {})[where] = None
    return "\n".join(f"- {reason}: {', '.join(places)}." for reason, places in laws.items())


def _law(law: str, number: str) -> str:
    return law if number == "i_xt" else f"{law}, X as class"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _briefly(reason: str) -> str:
    """Return the first sentence, without the numbers of the one draw that it was taken from."""
    if re.fullmatch(r"[a-z-]+( [a-z-]+)*", reason):  # warnings: of an estimator that gave the other number
        return f"no such number, for {', '.join(reason.split())}"
    text = re.sub(r"^nothing could be measured; i_xt: ", "", reason).split("; i_ty:")[0]
    text = re.sub(r" \([^)]*\)", "", text)
    text = re.split(r"\. (?=[A-Z])", text)[0].rstrip(".")
    return re.sub(r"^(\d+) of \1 rows", "all rows", text)
