"""What a layer's activation merges: exactly, in floats, and when units are dead."""

from decimal import Decimal, localcontext
from itertools import product

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

STANDARD_ERRORS = 5
"""Of a simulated share; a normal variable goes further once in two million trials."""

DRAWS = 200_000

DIGITS = 120
"""Of the decimal arithmetic: 1 - tanh(40) takes 35 of them, inputs as small as 1e-38 another 38."""


def leaky(x: Decimal) -> Decimal:
    return x if x > 0 else x / 100


def logistic(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def tanh(x: Decimal) -> Decimal:
    grown = (2 * x).exp()
    return (grown - 1) / (grown + 1)


def first_one(function, dtype, high):
    """The least x of the dtype found by bisection at which the function gives 1, by the library in use."""
    low, high = dtype(0), dtype(high)
    while True:
        middle = dtype((low + high) / 2)
        if middle in (low, high):
            return float(high)
        low, high = (low, middle) if function(middle) == 1 else (middle, high)


@pytest.mark.claim(
    "invert.activations",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1.2; grabauskas-2019-draft-b §0.1.2",
    says="Leaky ReLU of positive slope, the logistic function and tanh are strictly increasing, hence "
    "injective.",
)
def test_activations_increase(evidence):
    """To 120 digits, also between neighbouring floats; relu breaks it, and so do floats that saturate."""
    reals = st.floats(-40, 40, width=32, allow_subnormal=False)

    @given(x=reals, other=reals, next_to=st.booleans())
    def search(x, other, next_to):
        neighbour = float(np.nextafter(x, 50.0)) if x else 1e-38  # next to 0 lie numbers of 324 digits
        low, high = sorted((x, neighbour if next_to else other))
        evidence.case(low=low, high=high)
        with localcontext() as context:
            context.prec = DIGITS
            for function in (leaky, logistic, tanh):
                before, after = function(Decimal(low)), function(Decimal(high))
                assert (before < after) == (low < high), f"{function.__name__} must increase"

    search()
    with localcontext() as context:
        context.prec = DIGITS
        evidence.differ(float(tanh(Decimal(40)) - tanh(Decimal(39))), 0.0, by=1e-40, what="tanh", unit="")
    evidence.equal(max(-1.0, 0.0), max(-2.0, 0.0), within=0.0, what="broken: relu", unit="activity")
    found = {}
    for dtype in (np.float16, np.float32, np.float64):
        eps = float(np.finfo(dtype).eps)
        # tanh rounds to 1 where 2 exp(-2x) < eps / 4; a library wrong by two units may do so from eps on.
        # The logistic function ends where 1 + exp(-x) rounds to 1, between eps / 2 and, correctly, eps / 4.
        for name, function, low, high in (
            ("tanh", np.tanh, np.log(2 / eps) / 2, np.log(8 / eps) / 2 + 2),
            ("logistic", lambda x: 1 / (1 + np.exp(-x)), np.log(1 / eps), np.log(4 / eps) + 2),
        ):
            x = found[f"broken in {dtype.__name__}: first x with {name}(x) = 1"] = first_one(
                function, dtype, 60
            )
            evidence.at_most(low, x, what=f"least x with {name} = 1", unit="activity")
            evidence.at_most(x, high, what=f"least x with {name} = 1, from above", unit="activity")
    evidence.number(**found)


@pytest.mark.claim(
    "invert.relu-collision",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.2.10; grabauskas-2019 §3.4",
    says="A relu layer of d units without biases, whose weights are independent and favour no direction, "
    "gives two inputs at angle a the same activity with probability (1/2 - a/2π)ᵈ.",
)
def test_relu_collisions(evidence):
    """Collision is death of all units for both inputs; its share in 200,000 layers; a bias breaks it."""

    @given(
        units=st.integers(1, 3),
        inputs=st.integers(2, 4),
        seed=st.integers(0, 2**32 - 1),
    )
    def structure(units, inputs, seed):
        rng = np.random.default_rng(seed)
        w, x = rng.standard_normal((64, units, inputs)), rng.standard_normal((inputs, 2))
        z = w @ x
        evidence.case(x=x, units=units, seed=seed)
        same = (np.maximum(z[..., 0], 0) == np.maximum(z[..., 1], 0)).all(axis=1)
        wrong = int((same != (z <= 0).all(axis=(1, 2))).sum())
        target(float(same.sum()))
        evidence.equal(wrong, 0, within=0.0, what="collision without death, or the other way", unit="layers")

    structure()
    rng = np.random.default_rng(65)
    laws = {
        "normal": lambda shape: rng.standard_normal(shape),
        "circle": lambda shape: np.stack(
            [np.cos(turn := 2 * np.pi * rng.random(shape[:-1])), np.sin(turn)], axis=-1
        ),
    }
    shares = {}
    for (name, law), (angle, units) in product(
        laws.items(), [(np.pi / 3, 1), (np.pi / 3, 2), (np.pi / 2, 3), (np.pi, 1)]
    ):
        points = np.array([[1.0, 0.0], [3 * np.cos(angle), 3 * np.sin(angle)]])
        alive = np.maximum(law((DRAWS, units, 2)) @ points.T, 0)
        share = float((alive[..., 0] == alive[..., 1]).all(axis=1).mean())
        p = max(0.0, 0.5 - angle / (2 * np.pi)) ** units
        error = STANDARD_ERRORS * np.sqrt(p * (1 - p) / DRAWS)
        evidence.equal(
            share, p, within=error, what=f"{name}, angle {angle:.3f}, {units} units", unit="(share)"
        )
        shares[f"{name} weights, angle {angle:.3f}, {units} units: share, law"] = (share, p)
    for angle, units, p in ((np.pi / 3, 1, 1 / 3), (np.pi / 3, 2, 1 / 9), (np.pi / 2, 3, 0.015625)):
        evidence.equal((0.5 - angle / (2 * np.pi)) ** units, p, within=1e-15, what="the law", unit="(share)")
    biased = np.maximum(rng.standard_normal((DRAWS, 2)) @ np.array([[1.0, -1.0], [0.0, 0.0]]) - 1.0, 0)
    share = float((biased[:, 0] == biased[:, 1]).mean())
    evidence.differ(share, 0.0, by=0.5, what="broken: bias -1, opposite inputs", unit="(share)")
    evidence.number(**shares, **{"broken by a bias of -1, opposite inputs: share, law": (share, 0.0)})
