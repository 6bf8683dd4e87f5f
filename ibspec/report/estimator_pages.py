"""A page for each estimator: what its docstring says, and how far off it was where the truth is known."""

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import pandas as pd

from ibspec.calibrate import LAWS
from ibspec.calibrate.standard import kind_of, members, standard
from ibspec.core import write_atomically
from ibspec.estimators import Estimator
from ibspec.figures.calibration import draw_calibration
from ibspec.figures.render import render
from ibspec.report.estimator_facts import FACTS
from ibspec.report.estimator_index import index_page
from ibspec.report.estimator_tables import key_rows, refusals, table

TABLE: Final = "calibration.csv"
"""What the pages are written from; it lies beside them."""

DIGITS: Final = "%.6g"
"""Of the table: millionths of a bit are no news."""

LAST: Final = (
    "[The laws, and all estimators side by side](README.md). Numbers are raw, in bits; sd is that of one "
    "draw; a warning is shown where most draws carry it. Written by `ibspec calibrate --docs`."
)


def write_estimator_pages(summary: pd.DataFrame, directory: Path) -> list[Path]:
    """Write `<kind>.md` for every estimator, an index, figures, and the table that they are written from.

    Args:
        summary: As `ibspec.calibrate.summarise` returns it.
        directory: Figures go into `images/` in it. Estimators that its table has, and `summary` has not,
            stay as they are: one may be calibrated again by itself.
    """
    if (directory / TABLE).exists():
        before = read_table(directory)
        others = before[~before["estimator"].isin(summary["estimator"])]
        summary = pd.concat([others, summary], ignore_index=True) if len(others) else summary
    write_atomically(directory / TABLE, in_order(summary).to_csv(index=False, float_format=DIGITS))
    summary = read_table(directory)
    for label in summary["estimator"].unique():
        mine = summary[summary["estimator"] == label]
        drawing = draw_calibration(summary, str(label), other=_is_other(str(mine["kind"].iloc[0])))
        if drawing is not None:
            write_atomically(directory / "images" / f"{drawing.name}.svg", render(drawing, "svg"))
    return write_texts(summary, directory)


def write_texts(summary: pd.DataFrame, directory: Path) -> list[Path]:
    """Write pages and index alone."""
    paths = []
    for member in members():
        paths.append(directory / f"{kind_of(member)}.md")
        write_atomically(paths[-1], estimator_page(member, summary))
    paths.append(directory / "README.md")
    write_atomically(paths[-1], index_page(summary))
    return paths


def read_table(directory: Path) -> pd.DataFrame:
    """Return the table that the pages of a directory were written from."""
    words = ["number", "reason", "codes"]
    return pd.read_csv(directory / TABLE, dtype=dict.fromkeys(words, str)).fillna(dict.fromkeys(words, ""))


def in_order(summary: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order of the union of estimators, and of the laws."""
    labels = [each.label for member in members() for each in standard(member)]
    found = [*labels, *(label for label in summary["estimator"].unique() if label not in labels)]
    places = {
        "estimator": {label: place for place, label in enumerate(found)},
        "law": {law.name: place for place, law in enumerate(LAWS)},
        "number": {"i_xt": 0, "i_ty": 1},
    }
    return summary.sort_values(
        ["estimator", "law", "dims", "number", "samples"],
        key=lambda column: column.map(places[str(column.name)]) if column.name in places else column,
        ignore_index=True,
    )


def estimator_page(member: type[Estimator], summary: pd.DataFrame) -> str:
    """Return a page in Markdown."""
    kind = kind_of(member)
    mine = summary[summary["kind"] == kind]
    parts = [_prose(member), "## Where the truth is known"]
    if FACTS[kind].another:
        parts.append(f"**The tables show estimates, not errors.** {FACTS[kind].another}")
    if mine.empty:
        parts.append("Not calibrated yet: `ibspec calibrate` writes this part.")
    for label in mine["estimator"].unique():
        parts += _calibrated(str(label), mine[mine["estimator"] == label], other=_is_other(kind))
    return "\n\n".join([*parts, LAST]) + "\n"


def _calibrated(label: str, rows: pd.DataFrame, *, other: bool) -> list[str]:
    parts = [f"### {label}"]
    drawing = draw_calibration(rows, label, other=other)
    if drawing is not None:
        parts.append(f"![{drawing.title}](images/{drawing.name}.svg)")
        if not key_rows(rows).empty:
            parts.append(table(key_rows(rows), as_bias=not other))
        summary = f"All laws, {_draws(rows)}"
        full = table(rows, as_bias=not other)
        parts.append(f"<details><summary>{summary}</summary>\n\n{full}\n\n</details>")
        parts.append(_times(rows))
    if refused := refusals(rows):
        parts.append(f"Refused:\n\n{refused}")
    return parts


def _draws(rows: pd.DataFrame) -> str:
    """Say how many draws there were of each size."""
    draws = rows.groupby("samples")["draws"].max()
    return "; ".join(f"{count} draws of N = {size:,}" for size, count in draws.items())


def _times(rows: pd.DataFrame) -> str:
    """Say how long an estimate took, in the narrowest and the widest law of real numbers."""
    known = rows[rows["seconds"].notna()]
    plain = known[~known["law"].isin([law.name for law in LAWS if law.discrete])]
    plain = known if plain.empty else plain
    said = []
    for dims in sorted({int(plain["dims"].min()), int(plain["dims"].max())}):
        times = plain[plain["dims"] == dims].groupby("samples")["seconds"].median()
        told = ", ".join(f"{_seconds(each)} at N = {size:,}" for size, each in times.items())
        said.append(f"in {dims} + {dims} columns {told}")
    return f"Time of one estimate on one core: {'; '.join(said)}."


def _seconds(seconds: float) -> str:
    return f"{1e3 * seconds:.2g} ms" if seconds < 0.1 else f"{seconds:.2g} s"


def _is_other(kind: str) -> bool:
    return bool(FACTS[kind].another) if kind in FACTS else False


@final
@dataclass(frozen=True)
class _Docstring:
    """Parts of a docstring in Google's form, as Markdown."""

    first: str
    about: tuple[str, ...]
    source: str


def _prose(member: type[Estimator]) -> str:
    """Return what is known without calibrating."""
    facts, said = FACTS[kind_of(member)], _read(member)
    parts = [
        f"# {kind_of(member)}",
        said.first,
        f"**When to trust it.** {facts.trust}",
        "**Unit.** Bits.",
        f"## Formula\n\n```text\n{facts.formula}\n```",
        "## What to know\n\n" + "\n\n".join(said.about),
        f"## Parameters\n\n{_parameters(member)}",
        f"## Cost\n\n{facts.cost}",
        f"## Source\n\n{said.source}",
    ]
    return "\n\n".join(parts)


def _read(member: type[Estimator]) -> _Docstring:
    paragraphs = (inspect.getdoc(member) or "").split("\n\n")
    about, source = [], ""
    for paragraph in paragraphs[1:]:
        head, _, rest = paragraph.partition("\n")
        if head == "Source:":
            source = " ".join(rest.split())
        elif paragraph.startswith("    "):
            about.append("```text\n" + inspect.cleandoc(paragraph) + "\n```")
        elif head != "Attributes:":
            about.append(" ".join(paragraph.split()))
    return _Docstring(" ".join(paragraphs[0].split()), tuple(about), source)


def _parameters(member: type[Estimator]) -> str:
    about = _attributes(member)
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for name, field in member.model_fields.items():
        if name == "kind":
            continue
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)}`"
        meaning = " ".join((field.description or about.get(name, "")).split()).replace("|", "\\|")
        lines.append(f"| `{name}` | {default} | {meaning} |")
    return "\n".join(lines) if len(lines) > 2 else "None."


def _attributes(member: type[Estimator]) -> dict[str, str]:
    """Return what the docstring's `Attributes` say, by name."""
    text = inspect.getdoc(member) or ""
    match = re.search(r"Attributes:\n((?: {4}.*\n?)+)", text)
    if match is None:
        return {}
    entries = re.findall(r"^ {4}(\w[\w, ]*): (.*(?:\n {8}.*)*)", match[1], re.MULTILINE)
    return {name: meaning for names, meaning in entries for name in names.split(", ")}
