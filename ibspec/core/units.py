"""The one place where nats become bits, and how numbers are written in names."""

import math

LN2 = math.log(2.0)


def spell(number: float) -> str:
    """Write a number as briefly as possible, but with every digit that tells it from its neighbours."""
    brief = f"{number:g}"
    return brief if float(brief) == number else repr(float(number))


def bits(nats: float) -> float:
    """Convert nats to bits."""
    return nats / LN2
