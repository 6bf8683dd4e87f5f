"""Information of finite laws by plain sums, written without the code that is tested."""

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping

Law = Mapping[tuple[Hashable, ...], float]
"""Probability of each outcome, an outcome being one value of each variable."""


def marginal(law: Law, *variables: int) -> Law:
    """Sum out all but these variables."""
    sums: dict[tuple[Hashable, ...], float] = defaultdict(float)
    for outcome, probability in law.items():
        sums[tuple(outcome[variable] for variable in variables)] += probability
    return sums


def entropy(law: Law, *variables: int) -> float:
    """Joint entropy of these variables in bits."""
    return -math.fsum(p * math.log2(p) for p in marginal(law, *variables).values() if p > 0)


def information(law: Law, a: int, b: int, *given: int) -> float:
    """I(a;b|given) in bits."""
    return (
        entropy(law, a, *given)
        + entropy(law, b, *given)
        - entropy(law, a, b, *given)
        - (entropy(law, *given) if given else 0.0)
    )


def spread(law: Law, a: int, b: int) -> float:
    """Standard deviation of log2 p(a,b) / (p(a) p(b)).

    Divided by the root of the samples, it is the first-order standard deviation of I(a;b) counted from them.
    """
    joint, of_a, of_b = marginal(law, a, b), marginal(law, a), marginal(law, b)
    density = {key: math.log2(p / (of_a[key[:1]] * of_b[key[1:]])) for key, p in joint.items() if p > 0}
    mean = math.fsum(joint[key] * value for key, value in density.items())
    return math.sqrt(math.fsum(joint[key] * (value - mean) ** 2 for key, value in density.items()))


def bias(freedom: int, samples: int) -> float:
    """First-order bias in bits of an information counted from samples, by its degrees of freedom."""
    return freedom / (2 * samples * math.log(2))
