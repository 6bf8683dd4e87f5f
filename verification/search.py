"""How long and how Hypothesis searches for violations; the only place where that is set."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, Phase, settings

REPORT = "claims"
"""The same inputs each time, so that two reports of the same code agree."""

LONG = "claims-long"
"""Ten times as many inputs, new ones each time; failures are kept for the next run."""

TWIN = "claims-twin"
"""For tests that a claim can fail: stops at the first violation instead of looking for the smallest."""

EXAMPLES = 150


@contextmanager
def searching(profile: str) -> Iterator[None]:
    """Search as the profile says, and give back the settings of whoever else uses Hypothesis."""
    before = settings.get_current_profile_name()
    settings.load_profile(profile)
    try:
        yield
    finally:
        settings.load_profile(before)


def register_profiles() -> None:
    """Make the profiles known to Hypothesis; a machine under load must not change a verdict."""
    patient = {
        "deadline": None,
        "report_multiple_bugs": False,
        "suppress_health_check": [HealthCheck.too_slow],
    }
    settings.register_profile(REPORT, max_examples=EXAMPLES, derandomize=True, database=None, **patient)
    settings.register_profile(LONG, max_examples=10 * EXAMPLES, **patient)
    settings.register_profile(
        TWIN, settings.get_profile(REPORT), phases=[Phase.explicit, Phase.generate, Phase.target]
    )
