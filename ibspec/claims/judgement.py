"""From what a check did to what it says about its claim."""

from typing import Final, final

from pydantic import Field

from ibspec.claims.claim import Claim, Verdict
from ibspec.claims.evidence import Evidence
from ibspec.core import Frozen

OPPOSITE: Final[dict[Verdict, Verdict]] = {
    "holds": "refuted",
    "refuted": "holds",
    "supported": "not supported",
    "not supported": "supported",
}
"""What a failed assertion finds. `undecided` and `artefact` have no opposite: there the check must say
what it found (`EvidenceLog.find`), and an assertion that merely fails is an error."""


@final
class Judgement(Frozen):
    """A claim and what was found.

    Attributes:
        claim: What was claimed.
        verdict: What was found.
        evidence: What else the check reported.
        seconds: How long the check ran.
        test: The check, as pytest names it.
        message: Why, where the verdict is not the expected one.
        skipped: Whether it was left unmeasured on purpose (skipped, or the run was stopped before it).
    """

    claim: Claim
    verdict: Verdict
    evidence: Evidence = Field(default_factory=Evidence)
    seconds: float = 0.0
    test: str = ""
    message: str = ""
    skipped: bool = False

    @property
    def passed(self) -> bool:
        """Whether what was found is what was expected."""
        return self.verdict == self.claim.expected


def judge(claim: Claim, raised: BaseException | None, stated: Verdict | None = None) -> Verdict:
    """Return the verdict of a check that ran to its end or raised.

    Args:
        claim: What was claimed.
        raised: What the check raised, or None where it ran to its end.
        stated: What the check itself said that it found.

    Returns:
        The stated or expected verdict for a check that ran to its end; for a failed assertion the stated
        one if it differs from the expected one, else the opposite; `error` for anything else.
    """
    if raised is None:
        return stated or claim.expected
    if not is_refutation(raised):
        return "error"
    if stated is not None and stated != claim.expected:
        return stated
    return OPPOSITE.get(claim.expected, "error")


def is_refutation(raised: BaseException) -> bool:
    """Whether an exception is a failed assertion, or a plain group of nothing but failed assertions.

    A subclass of ExceptionGroup has a meaning of its own (Hypothesis: the test is flaky) and is none.
    """
    if type(raised) in (ExceptionGroup, BaseExceptionGroup):
        assert isinstance(raised, BaseExceptionGroup)
        return all(is_refutation(member) for member in raised.exceptions)
    return isinstance(raised, AssertionError)
