"""Claims: a sentence, its source, what we expect to find, and what was found."""

from ibspec.claims.claim import Claim, Kind, Verdict
from ibspec.claims.evidence import Evidence, EvidenceLog, Figure, Margin
from ibspec.claims.judgement import Judgement, is_refutation, judge

__all__ = [
    "Claim",
    "Evidence",
    "EvidenceLog",
    "Figure",
    "Judgement",
    "Kind",
    "Margin",
    "Verdict",
    "is_refutation",
    "judge",
]
