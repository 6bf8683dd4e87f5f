"""A page for each estimator: what its docstring says, and how far off it was where the truth is known."""

import inspect
import math
import re
from pathlib import Path

import pandas as pd

from ibspec.core import write_atomically
from ibspec.estimators import Estimator
from ibspec.figures.calibration import draw_calibration
from ibspec.figures.render import render

PLACES = 3
"""Decimals of the tables, in bits."""

LAST = (
    "Written by `ibspec calibrate --docs`. I(X;T) in bits, raw; `sd` is of one draw; refused draws say why "
    "in the table of trials; laws are those of `ibspec.calibrate.LAWS`. An estimator of another quantity, "
    "with noise or cells of its own or of the sample's law, shows here how far that lies from I(X;T)."
)


def write_estimator_page(member: type[Estimator], summary: pd.DataFrame, directory: Path) -> Path:
    """Write `<kind>.md` and its figures into a directory.

    Args:
        member: A class of the union of estimators.
        summary: As `ibspec.calibrate.summarise` returns it; other kinds in it are left out.
        directory: Figures go into `images/` in it.
    """
    kind = str(member.model_fields["kind"].default)
    mine = summary[summary["kind"] == kind]
    parts = [f"# {member.__name__}", _prose(member), "## Parameters", _parameters(member)]
    parts.append("## Where the truth is known")
    if mine.empty:
        parts.append("Not calibrated yet: `ibspec calibrate` writes this part.")
    for label in mine["estimator"].unique():
        rows = mine[mine["estimator"] == label]
        parts.append(f"### {label}")
        drawing = draw_calibration(summary, str(label))
        if drawing is not None:
            image = directory / "images" / f"{drawing.name}.svg"
            write_atomically(image, render(drawing, "svg"))
            parts.append(f"![{drawing.title}](images/{image.name})")
        parts.append(_table(rows))
    parts.append(LAST)
    path = directory / f"{kind}.md"
    write_atomically(path, "\n\n".join(parts) + "\n")
    return path


def _prose(member: type[Estimator]) -> str:
    """Return the docstring as Markdown; its sections become paragraphs with a bold head."""
    text = inspect.getdoc(member) or ""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        head, _, rest = paragraph.partition("\n")
        if head == "Attributes:":
            continue
        if re.fullmatch(r"[A-Z]\w+:", head):
            paragraphs.append(f"**{head[:-1]}.** " + " ".join(rest.split()))
        else:
            paragraphs.append(" ".join(paragraph.split()))
    return "\n\n".join(paragraphs)


def _parameters(member: type[Estimator]) -> str:
    about = _attributes(member)
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for name, field in member.model_fields.items():
        if name == "kind":
            continue
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)}`"
        meaning = " ".join((field.description or about.get(name, "")).split())
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


def _table(rows: pd.DataFrame) -> str:
    lines = [
        "| law | dims | N | truth | mean | bias | sd | refused | warned | ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows.sort_values(["law", "dims", "samples"]).to_dict("records"):
        told = [_number(row[name], PLACES) for name in ("truth", "mean", "bias", "sd")]
        told += [f"{row[name]} of {row['draws']}" if row[name] else "" for name in ("refused", "warned")]
        told.append("" if math.isnan(row["seconds"]) else f"{1e3 * row['seconds']:.3g}")
        lines.append(f"| {row['law']} | {row['dims']} | {row['samples']:,} | {' | '.join(told)} |")
    return "\n".join(lines)


def _number(value: float, places: int) -> str:
    return "" if math.isnan(value) else f"{value:.{places}f}"
