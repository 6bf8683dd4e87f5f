"""Information with the net unknown, from few nets: by how much counting shows too much."""

import numpy as np
import pytest
from scipy.stats import binom

from ibspec.core import Probe
from ibspec.estimators.pooled_cells import count_together
from verification.information import ROUNDING

ROWS = 64

CASES = {
    (8, 2): (2.125, 40),
    (8, 10): (0.605, 40),
    (8, 50): (0.1047, 20),
    (8, 200): (0.0254, 20),
    (30, 10): (1.869, 20),
    (30, 200): (0.1079, 20),
    (2, 1): (1.0, 40),
}
"""Values of an input and nets of a window -> what H(T|x) lacks, as printed, and how often it is drawn."""

HALF_A_PLACE = 0.0005
"""Bits: the reference numbers have three or four decimals."""

SHORT = 0.06
"""Share by which Miller's term is too small at five nets a value, the worst of 2 to 30 values."""


def expected_entropy(values: int, draws: int) -> float:
    """The mean plug-in entropy of draws from equally likely values, by the exact law of one value's count."""
    count = np.arange(1, draws + 1)
    share = count / draws
    return float(-values * (binom.pmf(count, draws, 1 / values) * share * np.log2(share)).sum())


def draw(values: int, nets: int, rng: np.random.Generator) -> np.ndarray:
    """Cells of each row in each net, all independent: T knows nothing about X."""
    return rng.integers(0, values, (nets, ROWS))


@pytest.mark.claim(
    "air.bias",
    kind="theorem",
    expected="holds",
    source="derived for grabauskas-2019 §3.4",
    says="Where K epochs stand for a law with m equally likely values for each x, As-If-Random about X is "
    "too high by about log2 m - E H_K, what H(T|x) lacks; (m - 1) / (2 K ln 2) is that only for K >> m.",
)
def test_few_nets(evidence):
    """Simulated where nothing is known about X; the estimator's own figure; a window that is all there is."""
    rng = np.random.default_rng(90)
    probe = Probe(ids=np.arange(ROWS))
    rows = []
    for (values, nets), (printed, times) in CASES.items():
        evidence.case(values=values, nets=nets)
        lacking = float(np.log2(values)) - expected_entropy(values, nets)
        evidence.equal(lacking, printed, within=HALF_A_PLACE, what="log2 m - E H_K, as printed")
        # H(T) is counted from all pairs, and lacks a little too.
        exact = expected_entropy(values, nets * ROWS) - expected_entropy(values, nets)
        found = [count_together(draw(values, nets, rng), probe) for _ in range(times)]
        bits = np.array([each.i_xt for each in found])
        error = float(bits.std(ddof=1)) / times**0.5
        away = abs(float(bits.mean()) - exact)
        evidence.at_most(away, 5 * error, what="mean of draws, from the exact one; five standard errors")
        first = (values - 1) / (2 * nets * np.log(2))
        told = [each.extras["i_xt_bias"] for each in found if "i_xt_bias" in each.extras]
        if nets >= 5 * values:
            assert len(told) == times, "with five nets a value the estimate must say its bias"
            short = 1 - float(np.mean(told)) / lacking
            # What was seen falls short of all values, with 50 nets of 8 in 1 % of the rows.
            evidence.at_most(abs(short), SHORT + 0.01, what="the estimate's own figure", unit="of it")
        else:
            assert not told, "with few nets there is no figure"
            assert all("few-samples" in each.warnings for each in found), (
                "with few nets the estimate must warn"
            )
        rows.append((values, nets, lacking, exact, float(bits.mean()), first))
    whole = np.tile(np.arange(8)[:, None], ROWS)  # each value once: the window is the law
    population = count_together(whole, probe)
    evidence.equal(population.i_xt, 0.0, within=ROUNDING, what="a window that is the whole law")
    far = max(first / lacking for _, nets, lacking, _, _, first in rows if nets <= 10)
    evidence.number(
        **{
            "m, K, log2 m - E H_K, exact bias, mean of draws, (m - 1) / (2 K ln 2)": tuple(rows),
            "largest share of Miller's term in the truth at K <= 10": far,
            "a window that is the whole law, m = K = 8": population.i_xt,
        }
    )
    assert far > 1.1, "for few nets the simple formula must be wrong"
