"""How many cases are tried, and from which seed."""

import os
import random

from hypothesis import HealthCheck, settings

TOTAL = int(os.environ.get("IBSPEC_FUZZ_CASES") or 10_000)
"""Cases in process; `make fuzz` asks for more."""

PROCESSES = int(os.environ.get("IBSPEC_FUZZ_PROCESSES") or 200)

IS_FRESH = "IBSPEC_FUZZ_CASES" in os.environ
"""The same cases each time in CI, others each time by `make fuzz`."""

SEED = int(os.environ.get("IBSPEC_FUZZ_SEED") or (random.SystemRandom().randrange(2**32) if IS_FRESH else 0))
"""Named in every failure; IBSPEC_FUZZ_SEED repeats it."""


def cases(share: float) -> int:
    """Return a share of all cases."""
    return max(1, round(TOTAL * share))


def searching(share: float) -> settings:
    """Return Hypothesis's settings for a share of all cases."""
    return settings(
        max_examples=cases(share),
        derandomize=not IS_FRESH,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
