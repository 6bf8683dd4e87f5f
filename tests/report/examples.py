"""Made-up judgements of every kind, for pages that a browser opens."""

from typing import get_args

from ibspec.claims import Claim, Evidence, Judgement, Kind, Margin, Verdict
from ibspec.claims.claim import EXPECTABLE
from ibspec.report import VerificationRun

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="300"><path d="M0 0L640 300"/></svg>'

FIGURES = {"made.theorem-1": SVG}

RUN = VerificationRun(written="2026-01-02T03:04:05+00:00", arguments=("verification",), seconds=12.0)

SAYS = (
    "With a long chain of values, H(X) ≥ I(X;T1) ≥ I(X;T2) ≥ I(X;T3) ≥ ... and dL/dW_jk = a_j γ_k for "
    "[L(θ - h g) - L(θ)] / h = -|g|² + (h/2) g'Hg + O(h²)."
)


def judgement(
    kind: Kind, number: int, *, verdict: Verdict | None = None, source: str = "nobody-2026 eq. 1"
) -> Judgement:
    """A claim of that kind, found as expected unless told."""
    expected = EXPECTABLE[kind][0]
    margin = Margin(what="I(T;Y) <= min(I(X;T), H(Y))", excess=3e-16, allowed=1e-12, unit="bits", checks=150)
    is_refuted = (verdict or expected) == "refuted"
    return Judgement(
        claim=Claim(id=f"made.{kind}-{number}", says=SAYS, source=source, kind=kind, expected=expected),
        verdict=verdict or expected,
        evidence=Evidence(
            cases=150,
            margins=(margin,),
            counterexample={"I_of_X_and_T1": 0.25, "x": ((0.1, 0.4), (1.0, 2.0))} if is_refuted else {},
            numbers={"a name of many words that a narrow page has to break somewhere": "x" * 90},
            figure="A line, from I(X;T) to H(X)." if f"made.{kind}-{number}" in FIGURES else None,
        ),
        seconds=0.25,
        test=f"verification/theory/test_made_up.py::test_{kind}_{number}",
    )


def judgements() -> list[Judgement]:
    """Two of every kind, from three sources; three of them not as expected."""
    found = []
    for kind in get_args(Kind):
        found += [
            judgement(kind, 1, source="nobody-2026 eq. 1; someone-2025-draft §2"),
            judgement(kind, 2, source="artemyk/ibsgd: kde.py (Saxe et al. 2018)"),
        ]
    return [
        *found,
        judgement("theorem", 3, verdict="refuted"),
        judgement("theorem", 4, verdict="error"),
        judgement("bound", 3, verdict="not measured"),
    ]
