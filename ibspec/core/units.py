"""The one place where nats become bits."""

import math

LN2 = math.log(2.0)


def bits(nats: float) -> float:
    """Convert nats to bits."""
    return nats / LN2
