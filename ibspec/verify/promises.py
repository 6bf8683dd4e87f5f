"""Which inequalities an estimator keeps by construction, and which it may break without being wrong."""

from typing import Final, Literal, TypeAlias

Inequality: TypeAlias = Literal[
    "0 <= I(X;T)",
    "I(X;T) <= H(X)",
    "0 <= I(T;Y)",
    "I(T;Y) <= I(X;T)",
    "I(T;Y) <= H(Y)",
    "I(T;Y) <= I(X;Y)",
    "no rise of I(X;T)",
    "no rise of I(T;Y)",
]

LABELS: Final[frozenset[Inequality]] = frozenset(
    [
        "0 <= I(X;T)",
        "I(X;T) <= H(X)",
        "0 <= I(T;Y)",
        "I(T;Y) <= I(X;T)",
        "I(T;Y) <= H(Y)",
        "I(T;Y) <= I(X;Y)",
    ]
)
"""Of the information of columns of labels, exact for the sample."""

KERNELS: Final[frozenset[Inequality]] = frozenset(
    ["0 <= I(X;T)", "I(X;T) <= H(X)", "I(T;Y) <= I(X;T)", "I(T;Y) <= H(Y)"]
)
"""From 0 <= K(i, j) <= 1 and K(i, i) = 1, for T a function of X. I(T;Y) is a difference of two upper bounds:
no proof is known that it cannot be negative, or exceed an I(X;Y) that is less than H(Y)."""

PROMISES: Final[dict[str, frozenset[Inequality]]] = {
    "binning": LABELS,
    # Codes of a quantised net are what feeds the next layer, so here the order of layers is kept as well.
    "exact": LABELS | {"no rise of I(X;T)", "no rise of I(T;Y)"},
    "kde": KERNELS,
    "adaptive-kde": KERNELS,
    # Y and which net it was are independent given the input: Y, X and T are a Markov chain for a window too.
    "as-if-random(binning": LABELS,
}
"""By the family of the estimator, the part of its label before the bracket, and for windows of nets that of
the estimator underneath as well; one that is not listed promises nothing (its estimates may scatter about the
truth). But for `exact` none promises that information does not rise along the layers: cells, or noise added
to the activity, do not feed the next layer."""


def promises(estimator: str) -> frozenset[Inequality]:
    """Return what an estimator keeps by construction."""
    names = estimator.split("(")
    family = "(".join(names[:2]) if names[0] == "as-if-random" else names[0]
    return PROMISES.get(family, frozenset())
