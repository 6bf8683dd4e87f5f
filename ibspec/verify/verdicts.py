"""What was found about a run, as a file in its directory."""

from pathlib import Path
from typing import Final, Literal, final

from ibspec.claims import Judgement
from ibspec.core import Frozen
from ibspec.results import read_document, write_sealed
from ibspec.verify.facts import ROUNDING

FILE_NAME: Final = "verification.json"


@final
class EstimatorVerdicts(Frozen):
    """The judgements on what one estimator measured."""

    estimator: str
    judgements: tuple[Judgement, ...]


@final
class RunVerification(Frozen):
    """The judgements on one run.

    Attributes:
        format: Version of this layout; it grows when a field changes its meaning or goes away.
        state: How far the run was, as its manifest said.
        measurements: Rows of its table; of these `valid` ones were judged.
        valid: Rows with status `ok`.
        rounding: By how many bits a number may pass its limit.
        estimators: What was found, estimator by estimator.
    """

    format: Literal[1] = 1
    state: str
    measurements: int
    valid: int
    rounding: float = ROUNDING
    estimators: tuple[EstimatorVerdicts, ...]

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """What was found, in one row."""
        return tuple(judgement for part in self.estimators for judgement in part.judgements)

    @property
    def surprises(self) -> tuple[Judgement, ...]:
        """What was judged and is not as expected; what could not be measured is not among it."""
        return tuple(
            judgement for judgement in self.judgements if not judgement.passed and not judgement.skipped
        )


def write_verification(verification: RunVerification, directory: Path) -> Path:
    """Write verification.json into a run's directory, with its own checksum."""
    path = directory / FILE_NAME
    write_sealed(path, verification.model_dump(mode="json"))
    return path


def read_verification(directory: Path) -> RunVerification | None:
    """Read verification.json of a run; None where the run was not verified.

    Raises:
        UserError: The file is damaged, or of another version of ibspec.
    """
    return read_document(directory / FILE_NAME, RunVerification, f"ibspec verify {directory}")
