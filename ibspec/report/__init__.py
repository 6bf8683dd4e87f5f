"""Pages for people and files for programs: what a run measured, and what the claims' checks found."""

from ibspec.report.estimator_pages import write_estimator_pages
from ibspec.report.run_page import write_run_page
from ibspec.report.verification import claims_schema, write_verification
from ibspec.report.verification_figure import draw_svg
from ibspec.report.verification_run import VerificationRun

__all__ = [
    "VerificationRun",
    "claims_schema",
    "draw_svg",
    "write_estimator_pages",
    "write_run_page",
    "write_verification",
]
