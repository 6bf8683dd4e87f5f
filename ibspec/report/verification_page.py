"""The page of a verification run: one file that needs nothing else, not even a network."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import jinja2
from markupsafe import Markup

from ibspec.claims import Judgement, Verdict
from ibspec.claims.evidence import Value
from ibspec.report.mathematics import name_of, typeset
from ibspec.report.sources import source_keys
from ibspec.report.verification_run import VerificationRun

MARKS: Final[dict[Verdict, str]] = {
    "holds": "✓",
    "refuted": "✗",
    "supported": "✓",
    "not supported": "✗",
    "undecided": "?",
    "artefact": "≈",
    "error": "!",
    "not measured": "–",
}
"""A sign for each verdict, so that colour is never the only difference."""

FEW = 6
"""Named numbers of a counterexample shown in the table; the claim's own section has all of them."""


def verification_page(
    judgements: Sequence[Judgement], figures: Mapping[str, str], *, run: VerificationRun
) -> str:
    """Return the page as HTML.

    Args:
        judgements: What was found, in the order in which it is to be shown.
        figures: SVG text by claim id.
        run: The run that found it.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ibspec.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"brief": _brief, "value": show_value, "few": _few, "slug": slug, "words": _words}
    environment.filters |= {"typeset": typeset, "sources": source_keys}
    counts = Counter(judgement.verdict for judgement in judgements)
    return environment.get_template("verification.html").render(
        judgements=judgements,
        figures={claim_id: _data_uri(svg) for claim_id, svg in figures.items()},
        run=run,
        counts={verdict: counts[verdict] for verdict in MARKS if counts[verdict]},
        kinds=sorted({judgement.claim.kind for judgement in judgements}),
        sources=sorted({key for judgement in judgements for key in source_keys(judgement.claim.source)}),
        surprises=[judgement for judgement in judgements if not judgement.passed],
        marks=MARKS,
    )


def show_number(number: float) -> str:
    """Write a number as briefly as its meaning allows: whole numbers in full, others to six digits."""
    if isinstance(number, bool):
        return "yes" if number else "no"
    if isinstance(number, int):
        return str(number).replace("-", "−")
    return _show_float(number, 6)


def show_value(value: Value) -> str:
    """Write a number, a word, or numbers in rows."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "(" + ", ".join(show_value(item) for item in value) + ")"
    return show_number(value)


def _show_float(number: float, digits: int) -> str:
    mantissa, _, exponent = f"{number + 0.0:.{digits}g}".partition("e")  # no minus zero
    return (f"{mantissa}e{int(exponent)}" if exponent else mantissa).replace("-", "−")


def _brief(number: float) -> str:
    return _show_float(number, 2)


def _words(name: str) -> Markup:
    return typeset(name_of(name))


def _few(numbers: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(numbers.items())[:FEW]


def slug(verdict: str) -> str:
    """Return a verdict as the name of its style."""
    return verdict.replace(" ", "-")


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
