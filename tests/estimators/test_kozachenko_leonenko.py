"""Entropies by nearest neighbours against closed forms, an independent program, and their invariances."""

import math
from collections.abc import Callable
from typing import Any

import ennemi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma, gamma

from ibspec.core import ActivityError, Estimate, Probe, SampleSizeError
from ibspec.estimators.kozachenko_leonenko import KozachenkoLeonenko, _weights
from tests.estimators.neighbour_laws import (
    LN2,
    Law,
    additive_uniform,
    assert_near,
    i_ty,
    i_xt,
    normals,
    over_seeds,
    shifted_uniforms,
)

PEERS = 0.05
"""Bits at N = 10,000 that published tests of such estimators allow (mutinfo; estimators.md, section 12)."""

SUMS = 1e-11
"""Bits: means of logarithms in another order, of up to 60 columns' width."""


def kl(x: Any = None, t: Any = None, y: Any = None, **parameters: Any) -> Estimate:
    return KozachenkoLeonenko(**parameters).estimate(t, Probe(x=x, y=y))


def entropy(t: np.ndarray, **parameters: Any) -> float:
    found = KozachenkoLeonenko(**parameters).estimate(t, Probe(y=np.arange(len(t)) % 2))
    return found.extras["differential_h_t"]


# ---- truths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law",
    [*(normals(bits, pairs) for pairs in (1, 2) for bits in (0.0, 1.0, 2.0)), additive_uniform(0.1)],
    ids=lambda law: law.name,
)
def test_information_between_real_variables(law: Law) -> None:
    assert_near(over_seeds(law, lambda s: i_xt(KozachenkoLeonenko(), s), 10_000, 3), law.bits, PEERS)


@pytest.mark.parametrize("law", [shifted_uniforms(2), shifted_uniforms(5)], ids=lambda law: law.name)
def test_information_on_classes(law: Law) -> None:
    assert_near(over_seeds(law, lambda s: i_ty(KozachenkoLeonenko(), s), 10_000, 3), law.bits, PEERS)


ENTROPIES: dict[str, tuple[float, Callable[[np.random.Generator], np.ndarray]]] = {
    "normal": (0.5 * math.log2(2 * math.pi * math.e * 9), lambda rng: rng.normal(5, 3, (4000, 1))),
    "two normals": (math.log2(2 * math.pi * math.e), lambda rng: rng.normal(size=(4000, 2))),
    "uniform": (-3.0, lambda rng: rng.random((4000, 1)) / 8),  # below zero
    "exponential": (1 / LN2, lambda rng: rng.exponential(size=(4000, 1))),
}


@pytest.mark.parametrize("name", ENTROPIES)
@pytest.mark.parametrize("parameters", [{}, {"standardise": False}, {"weights": "berrett"}], ids=str)
def test_differential_entropy_is_of_the_activity_as_it_came(name: str, parameters: Any) -> None:
    bits, draw = ENTROPIES[name]
    found = [entropy(draw(np.random.default_rng(seed)), **parameters) for seed in range(4)]
    assert_near(found, bits, PEERS)


@pytest.mark.parametrize("columns", [1, 2, 3, 7])
@pytest.mark.parametrize("neighbours", [1, 3, 10])
def test_entropy_agrees_with_ennemi(columns: int, neighbours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same formula. Its own digamma is a short series, 1e-6 off, and is replaced by scipy's."""
    monkeypatch.setattr("ennemi._entropy_estimators._psi", digamma)
    t = np.random.default_rng(0).gamma(2.0, size=(400, columns))
    theirs = float(ennemi.estimate_entropy(t, k=neighbours, multidim=True))
    ours = entropy(t, neighbours=neighbours, standardise=False)
    assert ours == pytest.approx(theirs / LN2, abs=SUMS)


def test_information_is_the_sum_of_entropies() -> None:
    x, t = normals(1.0, 2).draw(np.random.default_rng(0), 500)
    parts = [entropy(each, standardise=False) for each in (x, t, np.hstack([x, t]))]
    assert kl(x=x, t=t, standardise=False).i_xt == pytest.approx(parts[0] + parts[1] - parts[2], abs=SUMS)


def test_information_on_classes_is_a_difference_of_entropies() -> None:
    t, y = shifted_uniforms(3).draw(np.random.default_rng(0), 500)
    within = sum((y == c).mean() * entropy(t[y == c], standardise=False) for c in range(3))
    expected = entropy(t, standardise=False) - within
    assert kl(t=t, y=y, standardise=False).i_ty == pytest.approx(expected, abs=SUMS)


def test_real_targets_are_measured_like_inputs() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 300)
    assert kl(t=t, y=x[:, 0]).i_ty == kl(x=x, t=t).i_xt


# ---- weights ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 3, 4, 7, 8, 13])
def test_weights_cancel_the_leading_errors(columns: int) -> None:
    """sum w = 1 and sum w_j Gamma(j + 2l/d) / Gamma(j) = 0: 1e-9 of the largest term, which is about 4."""
    weights = _weights(20, columns, "berrett")
    j = np.arange(1, 21)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    for order in range(1, columns // 4 + 1):
        terms = weights * gamma(j + 2 * order / columns) / gamma(j)
        assert terms.sum() == pytest.approx(0.0, abs=1e-9 * np.abs(terms).max())
    used = set((np.flatnonzero(weights) + 1).tolist())
    assert used <= ({20} if columns < 4 else {m * 20 // columns for m in range(1, columns + 1)})


def test_weights_make_wide_entropies_better() -> None:
    """A cube of 7 columns, H = 0: the 20th neighbour alone is bits off, for balls stick out of the cube."""
    t = np.random.default_rng(0).random(size=(2000, 7))
    plain, weighted = (abs(entropy(t, neighbours=20, weights=w)) for w in ("last", "berrett"))
    assert plain > 1
    assert weighted < plain / 2


def test_weights_need_enough_neighbours() -> None:
    t = np.random.default_rng(0).normal(size=(50, 5))
    with pytest.raises(ActivityError, match=r"got 5 columns with neighbours=3\. Enlarge"):
        entropy(t, weights="berrett")


# ---- invariances --------------------------------------------------------------------------------------


@st.composite
def samples_of(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = draw(st.integers(20, 60))
    x = rng.normal(size=(rows, draw(st.integers(1, 3))))
    t = rng.normal(size=(rows, draw(st.integers(1, 4)))) + draw(st.sampled_from([0.0, 3.0])) * x[:, :1]
    return x, t, np.arange(rows) % 3


@given(sample=samples_of(), k=st.integers(1, 5), raw=st.booleans(), seed=st.integers(0, 99))
def test_order_of_rows_does_not_matter(sample: Any, k: int, raw: bool, seed: int) -> None:
    x, t, y = sample
    order = np.random.default_rng(seed).permutation(len(x))
    one = kl(x=x, t=t, y=y, neighbours=k, standardise=not raw)
    other = kl(x=x[order], t=t[order], y=y[order], neighbours=k, standardise=not raw)
    assert other.i_xt == pytest.approx(one.i_xt, abs=SUMS)
    assert other.i_ty == pytest.approx(one.i_ty, abs=SUMS)


@given(
    sample=samples_of(), factor=st.sampled_from([1e-9, -0.3, 7.0, 1e12]), shift=st.sampled_from([0.0, 9.0])
)
def test_units_of_measurement_do_not_matter(sample: Any, factor: float, shift: float) -> None:
    """The entropy of the activity moves by the logarithm of the factor; 1e-9: shifting rounds the rows."""
    x, t, y = sample
    one, other = kl(x=x, t=t, y=y), kl(x=x * 3 - 1, t=(t + shift) * factor, y=y)
    assert other.i_xt == pytest.approx(one.i_xt, abs=1e-9)
    assert other.i_ty == pytest.approx(one.i_ty, abs=1e-9)
    moved = one.extras["differential_h_t"] + t.shape[1] * math.log2(abs(factor))
    assert other.extras["differential_h_t"] == pytest.approx(moved, abs=1e-9)


# ---- warnings and bad input ---------------------------------------------------------------------------


def test_a_few_equal_rows_are_left_out_and_counted() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 500)
    x[:7], t[:7] = x[0], t[0]
    found = kl(x=x, t=t)
    assert found.warnings == ("dropped-points", "ties")
    assert found.extras["i_xt_dropped"] == 7.0
    assert found.extras["ties"] == 7 / 500
    assert math.isfinite(found.i_xt)


@pytest.mark.parametrize(
    "spoil", [np.sign, lambda t: np.maximum(t, 0), np.round], ids=["sign", "relu", "round"]
)
def test_atoms_have_no_density(spoil: Any) -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 500)
    with pytest.raises(ActivityError, match=r"i_xt: \d+ of 500 rows have no density; i_ty|i_xt: \d+ of 500"):
        kl(x=x, t=spoil(t), y=x[:, 0] > 0)


def test_small_classes_are_left_out_and_counted() -> None:
    t, y = shifted_uniforms(2).draw(np.random.default_rng(0), 500)
    y[:3] = 7
    found = kl(t=t, y=y)
    assert found.warnings == ("dropped-points", "few-samples")
    assert found.extras["i_ty_dropped"] == 3.0
    assert found.i_ty == pytest.approx(kl(t=t[3:], y=y[3:]).i_ty, abs=SUMS)


def test_no_class_is_large_enough() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 60)
    found = kl(x=x, t=t, y=np.arange(60) // 3)
    assert (found.i_ty, found.extras["i_ty_dropped"]) == (None, 60.0)
    assert "few-samples" in found.warnings
    with pytest.raises(ActivityError, match="i_ty: no class has 4 rows"):
        kl(t=t, y=np.arange(60) // 3)


@pytest.mark.parametrize("t", [np.full((50, 3), 0.1), np.zeros((50, 0)), np.ones(50, dtype=int)])
def test_a_constant_layer_says_nothing(t: np.ndarray) -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    found = kl(x=x, t=t, y=np.arange(50) % 2)
    assert (found.i_xt, found.i_ty, found.warnings) == (0.0, 0.0, ("collapsed",))
    assert "differential_h_t" not in found.extras


def test_one_class_says_nothing() -> None:
    found = kl(t=np.random.default_rng(0).normal(size=50), y=np.zeros(50, dtype=int))
    assert (found.i_ty, found.warnings) == (0.0, ("collapsed",))


@pytest.mark.parametrize("samples", [1, 3])
def test_too_few_samples(samples: int) -> None:
    t = np.arange(samples) ** 2.0
    with pytest.raises(SampleSizeError, match=rf"got {samples} samples with neighbours=3"):
        kl(x=t, t=t)


def test_strong_dependence_and_width_are_said() -> None:
    ceiling = (digamma(1000) - digamma(3)) / LN2
    x, t = normals(ceiling).draw(np.random.default_rng(0), 1000)
    assert kl(x=x, t=t).warnings == ("saturated",)
    x, t = normals(1.0, 4).draw(np.random.default_rng(0), 300)
    assert kl(x=x, t=t).warnings == ("too-wide",)
    assert kl(x=x[:, :3], t=t[:, :3], y=np.arange(300) % 2).warnings == ()


def test_label_names_what_differs() -> None:
    assert KozachenkoLeonenko().label == "kozachenko-leonenko(k 3)"
    other = KozachenkoLeonenko(neighbours=20, weights="berrett", standardise=False)
    assert other.label == "kozachenko-leonenko(k 20, berrett, raw)"
