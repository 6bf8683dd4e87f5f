"""The compiled loops against plain torch: two programs that share no arithmetic."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ibspec.core import Estimate, Probe
from ibspec.estimators import Kde
from ibspec.estimators.pairwise import centring, plain, stripes
from ibspec.estimators.pairwise import sums as pairwise
from tests.estimators.oracles import AGREEMENT
from tests.truths import columns

SAME = 1e-10
"""Bits by which the two ways may differ. Differences are exact to 1e-13 of an exponent that counts (80 at
most); inner products of random rows lose 1e-16 |row - mean|^2 / v, so 3e-12 at the limit for them."""


def numbers(estimate: Estimate) -> dict[str, float]:
    return {name: value for name, value in columns(estimate).items() if isinstance(value, float)}


def both(t: np.ndarray, y: Any, v: float) -> tuple[dict[str, float], dict[str, float]]:
    """The estimate of the same rows, compiled and by torch."""
    found = []
    for compiled in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pairwise, "is_compiled", lambda rows, compiled=compiled: compiled)
            found.append(numbers(Kde(noise_variance=v).estimate(t, Probe(y=y, ids=np.arange(len(t))))))
    return found[0], found[1]


def assert_same(t: np.ndarray, y: Any, v: float, within: float = SAME) -> None:
    compiled, plain = both(t, y, v)
    assert compiled.keys() == plain.keys()
    for name, value in plain.items():
        assert compiled[name] == pytest.approx(value, abs=within, rel=0), name


@st.composite
def layers(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float]:
    """What layers look like: saturated, sparse, clustered, offset, with outliers; either precision."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.sampled_from([1, 2, 3, 5, 8, 15, 16, 17, 31, 64, 130, 255, 256, 257, 511, 513, 640, 1025]))
    units = draw(st.sampled_from([1, 2, 3, 7, 16, 32, 33, 40, 130]))
    t = rng.normal(size=(n, units))
    shape = draw(st.sampled_from(["plain", "saturated", "sparse", "clusters", "tight", "equal"]))
    if shape == "saturated":
        t = np.sign(t) * np.where(rng.random(t.shape) < 0.9, 1.0, 0.9)
    elif shape == "sparse":
        t = np.maximum(t - 1.5, 0)
    elif shape == "clusters":
        t = rng.normal(size=(5, units))[rng.integers(0, 5, n)] * 30 + t
    elif shape == "tight":
        t = rng.normal(size=(5, units))[rng.integers(0, 5, n)] + 1e-3 * t
    elif shape == "equal":
        t = np.repeat(t[:, :1], units, axis=1)
    if draw(st.booleans()):
        t = t[rng.integers(0, n, n)] if draw(st.booleans()) else t[rng.integers(0, max(1, n // 20), n)]
    t = t + draw(st.sampled_from([0.0, 0.0, 3.0, -1e4]))
    if draw(st.booleans()):
        t[rng.integers(0, n)] += draw(st.sampled_from([1e2, 1e5, 1e9]))
    classes = draw(st.sampled_from([1, 2, 10, n]))
    v = draw(st.sampled_from([1e-3, 0.07, 1.0, 50.0])) * draw(st.sampled_from([1.0, units]))
    return t.astype(draw(st.sampled_from([np.float32, np.float64]))), rng.integers(0, classes, n), v


@settings(max_examples=250)
@given(layer=layers())
def test_ways_agree(layer: tuple[np.ndarray, np.ndarray, float]) -> None:
    assert_same(*layer)


@pytest.mark.parametrize("units", [1, 32, 33, 600])
@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 255, 256, 257, 1024, 1025, 1040, 1041, 1300])
def test_ways_agree_at_the_ends_of_tiles(n: int, units: int) -> None:
    rng = np.random.default_rng(n)
    assert_same(rng.normal(size=(n, units)), rng.integers(0, 3, n), 0.1 * units)


@pytest.mark.parametrize("reach", [1e3, 2.9e4, 3.1e4, 1e6, 1e9, 1e13])
@pytest.mark.parametrize("close", [0.0, 0.05, 0.5])
def test_ways_agree_whatever_inner_products_are_worth(reach: float, close: float) -> None:
    """Good for all pairs; for most; for none. Some rows lie within the noise of each other."""
    rng = np.random.default_rng(0)
    t = rng.normal(size=(700, 50))
    twins = rng.random(700) < math.sqrt(close)
    v = float(np.square(t - t.mean(axis=0)).sum(axis=1).max()) / reach
    t[twins] = t[0] + rng.normal(size=(int(twins.sum()), 50)) * math.sqrt(v) / 5
    assert_same(t, rng.integers(0, 3, 700), v)


@settings(max_examples=200)
@given(
    n=st.integers(1, 90),
    sizes=st.lists(st.integers(1, 25), min_size=1, max_size=90),
    seed=st.integers(0, 99),
    spread=st.sampled_from([0.3, 1e4]),
    units=st.sampled_from([2, 32, 33, 70]),
    held=st.booleans(),
)
@example(n=4, sizes=[4], seed=0, spread=0.3, units=2, held=True)
@example(n=33, sizes=[3, 1, 9, 20], seed=0, spread=0.3, units=33, held=False)
@example(n=90, sizes=[1] * 90, seed=0, spread=1e4, units=33, held=False)
def test_ways_agree_for_every_split_into_tiny_tiles(
    n: int, sizes: list[int], seed: int, spread: float, units: int, held: bool
) -> None:
    """Tiles of 16 rows and columns and portions of 20 units: all ways in which classes and tiles overlap."""
    y = np.repeat(np.arange(len(sizes)), sizes)[:n]
    t = np.random.default_rng(seed).normal(size=(len(y), units))
    t[::2] += spread
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TILE_ROWS", "TILE_COLUMNS", "FEW_COLUMNS", "BAND_COLUMNS"):
            patch.setattr(stripes, name, 16)
        patch.setattr(stripes, "STEP", 20)
        patch.setattr(centring, "HELD_BYTES", 2**30 if held else 0)
        patch.setattr(centring, "PORTION", 20)
        patch.setattr(plain, "TILE_ROWS", 4)
        patch.setattr(plain, "TILE_COLUMNS", 8)
        assert_same(t, y, 0.5 * units)


@pytest.mark.parametrize("units", [2, 40, 700])
def test_rows_need_not_lie_together(units: int) -> None:
    """One channel of many: rows are apart in memory; and every other unit, reversed."""
    t = np.random.default_rng(0).normal(size=(300, 3, units))
    y = np.arange(300) % 4
    for scale in (1.0, 1e4):  # by inner products, and not
        v = units / scale
        expected = both(t[:, 1].copy(), y, v)[0]
        assert both(torch.from_numpy(t)[:, 1], y, v)[0] == expected
        halved = both(np.ascontiguousarray(t[:, 1, ::-2]), y, v)[0]
        assert both(t[:, 1, ::-2], y, v)[0] == halved


@pytest.mark.parametrize("units", [5, 40, 600])
@pytest.mark.parametrize("v", [1e-3, 1.0])
def test_float32_rows_are_their_float64_selves(units: int, v: float) -> None:
    """The arithmetic is float64 whatever comes in: not a bit differs."""
    t = np.tanh(np.random.default_rng(0).normal(size=(300, units))).astype(np.float32)
    y = np.arange(300) % 4
    assert both(t, y, v)[0] == both(t.astype(np.float64), y, v)[0]


@pytest.mark.parametrize("units", [3, 40, 130])
def test_repeated_runs_give_the_same_bits(units: int) -> None:
    t, y = np.random.default_rng(0).normal(size=(900, units)), np.arange(900) % 4
    assert both(t, y, 1.0) == both(t, y, 1.0)


def test_no_thread_setting_is_touched_with_one_thread(threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller with threads of its own measures several layers side by side."""
    torch.set_num_threads(1)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: pytest.fail("the setting is the caller's"))
    t = np.random.default_rng(0).normal(size=(600, 40))
    Kde(noise_variance=1.0).estimate(t, Probe(ids=np.arange(600)))


def test_several_callers_side_by_side_get_the_same_bits(threads: None) -> None:
    """With one thread of torch's, callers may have threads of their own."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    layers = [rng.normal(size=(600, units)) for units in (3, 40, 130, 700)] * 3
    kde, probe = Kde(noise_variance=1.0), Probe(y=np.arange(600) % 4)
    alone = [kde.estimate(t, probe) for t in layers]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda t: kde.estimate(t, probe), layers)) == alone


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device; none is visible to torch")
@pytest.mark.parametrize("units", [3, 40])
@pytest.mark.parametrize("v", [1e-4, 1.0])
def test_a_gpu_agrees(units: int, v: float) -> None:
    t, y = np.random.default_rng(0).normal(size=(5000, units)), np.arange(5000) % 4
    kde, probe = Kde(noise_variance=v), Probe(y=y)
    here, there = kde.estimate(t, probe), kde.estimate(torch.from_numpy(t).cuda(), probe)
    for name, value in numbers(here).items():
        assert numbers(there)[name] == pytest.approx(value, abs=AGREEMENT, rel=0), name
