"""What a finished run has to obey, judged from its table of measurements."""

from ibspec.verify.facts import ROUNDING, Facts
from ibspec.verify.judging import judge_estimators, judge_measurements, judge_run_claims
from ibspec.verify.verdicts import (
    FILE_NAME,
    EstimatorVerdicts,
    RunVerification,
    read_verification,
    write_verification,
)

__all__ = [
    "FILE_NAME",
    "ROUNDING",
    "EstimatorVerdicts",
    "Facts",
    "RunVerification",
    "judge_estimators",
    "judge_measurements",
    "judge_run_claims",
    "read_verification",
    "write_verification",
]
