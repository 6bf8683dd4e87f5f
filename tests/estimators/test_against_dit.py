"""Counting estimators against dit, on the empirical law of whole numbers.

dit reads a law from its outcomes and their probabilities and knows nothing of rows, cells or codes. All
agree to rounding; nothing had to be settled.
"""

from collections import Counter
from typing import Any

import dit
import numpy as np
import pytest

from ibspec.core import Probe
from ibspec.estimators import Binning, Edge, Estimator, Exact, Fixed, Renyi, Width

ROUNDING = 1e-12
"""Bits: sums of a few hundred terms of a law whose probabilities dit makes add up to 1."""

EIGENVALUES = 1e-11
"""Bits: of 60 rows, each off by a few 1e-16."""

COUNTING: tuple[Estimator, ...] = (Exact(), Binning(cells=Width(1.0)), Edge(clip=None, gamma=1e-6))

RELEVANT, REST, ONE, TWO, LABEL = ([place] for place in range(5))

X, T = RELEVANT + REST, ONE + TWO


@pytest.fixture(params=range(12))
def rows(request: pytest.FixtureRequest) -> Any:
    """Columns: relevant and other part of the input, two units (noisy in half of the cases), a label."""
    rng = np.random.default_rng(request.param)
    samples = int(rng.integers(20, 61))
    relevant, rest = rng.integers(0, rng.integers(2, 4, 2)[:, None], (2, samples))
    noise = rng.integers(0, 2, (2, samples)) if request.param % 2 else 0
    one, two = np.stack([relevant * rest, relevant + rest]) + noise
    return np.column_stack([relevant, rest, one, two, (relevant + rng.integers(0, 2, samples)) % 3])


def law_of(rows: Any) -> Any:
    """The law that gives each row the same probability."""
    counts = Counter(map(tuple, rows.tolist()))
    outcomes, numbers = list(counts), np.array(list(counts.values()))
    return dit.Distribution(outcomes, (numbers / numbers.sum()).tolist())


def measured(estimator: Estimator, rows: Any) -> Any:
    probe = Probe(x=rows[:, X], y=rows[:, 4], relevant=rows[:, 0])
    return estimator.estimate(rows[:, T], probe, rng=np.random.default_rng(0))


@pytest.mark.parametrize("estimator", COUNTING, ids=lambda estimator: estimator.label)
def test_information(estimator: Estimator, rows: Any) -> None:
    law, found = law_of(rows), measured(estimator, rows)
    assert found.i_xt == pytest.approx(dit.shannon.mutual_information(law, X, T), abs=ROUNDING)
    assert found.i_ty == pytest.approx(dit.shannon.mutual_information(law, T, LABEL), abs=ROUNDING)


@pytest.mark.parametrize("estimator", COUNTING[:2], ids=lambda estimator: estimator.label)
def test_entropies(estimator: Estimator, rows: Any) -> None:
    law, found = law_of(rows), measured(estimator, rows)
    assert found.h_t == pytest.approx(dit.shannon.entropy(law, T), abs=ROUNDING)
    given_x = dit.shannon.conditional_entropy(law, T, X)
    assert found.extras.get("h_t_given_x", 0.0) == pytest.approx(given_x, abs=ROUNDING)


@pytest.mark.parametrize("estimator", COUNTING[:2], ids=lambda estimator: estimator.label)
def test_chain_rule(estimator: Estimator, rows: Any) -> None:
    """I(R;T), and I(irrelevant;T|R) by dit's conditional information; together they are I(X;T)."""
    law, found = law_of(rows), measured(estimator, rows).extras
    relevant = dit.shannon.mutual_information(law, RELEVANT, T)
    rest = dit.multivariate.coinformation(law, [REST, T], RELEVANT)
    assert found["i_relevant_t"] == pytest.approx(relevant, abs=ROUNDING)
    assert found["i_irrelevant_t_given_relevant"] == pytest.approx(rest, abs=ROUNDING)


def test_what_the_probe_knows(rows: Any) -> None:
    law, probe = law_of(rows), Probe(x=rows[:, X], y=rows[:, 4])
    assert probe.h_x == pytest.approx(dit.shannon.entropy(law, X), abs=ROUNDING)
    assert probe.h_y == pytest.approx(dit.shannon.entropy(law, LABEL), abs=ROUNDING)
    assert probe.i_xy == pytest.approx(dit.shannon.mutual_information(law, X, LABEL), abs=ROUNDING)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.01, 2.0, 3.0])
def test_matrices_of_far_points(alpha: float, rows: Any) -> None:
    """Kernels of 0 and 1: the entropies are Rényi's of the law, of one variable and of two."""
    law = law_of(rows)
    found = measured(Renyi(alpha=alpha, width=Fixed(sigma=0.05)), rows).extras
    # Below order 1 each of 60 eigenvalues that should be 0, and is 1e-17, counts as its root.
    within = EIGENVALUES if alpha >= 1 else 60 * 1e-8
    for name, variables in (("s_t", T), ("s_x", X), ("s_y", LABEL), ("s_xt", X + T), ("s_ty", T + LABEL)):
        expected = dit.other.renyi_entropy(law, alpha, rvs=variables)
        assert found[name] == pytest.approx(expected, abs=within), name
