"""Children are found by name: they never move when another one is added."""

import itertools

import numpy as np
import pytest

from ibspec.core import child_generator, child_seed

PINNED = {
    (0,): 5573743126012254648,
    (0, "data"): 1197021922914019418,
    (0, "init", 0): 7735330444375334290,
    (0, "init", 1): 8560620117266411701,
    (7, "estimator", "kde", "dense1"): 8718506104187358916,
    (2**64, "order"): 747528822923389976,
}
"""Published runs rest on these: if one changes, no earlier run can be repeated."""


@pytest.mark.parametrize(("path", "seed"), PINNED.items(), ids=str)
def test_seeds_never_change(path: tuple[int, ...], seed: int) -> None:
    assert child_seed(*path) == seed


def test_streams_never_change() -> None:
    """Raw words: NumPy promises them for a bit generator, but not how distributions use them."""
    words = child_generator(0, "data").bit_generator.random_raw(2).tolist()
    assert words == [150496315819325200, 10638992920799810893]


def test_a_child_does_not_depend_on_its_siblings() -> None:
    """Nor on the order in which they are made, nor on what was drawn from them."""
    alone = child_generator(3, "order", 1).random(5)
    child_generator(3, "estimator").random(1000)
    child_generator(3, "order", 0).random(7)
    np.random.default_rng(0).random(3)
    assert (child_generator(3, "order", 1).random(5) == alone).all()


def test_names_types_depth_and_root_all_matter() -> None:
    paths = [
        (),
        ("1",),
        (1,),
        ("1", "1"),
        (1, "1"),
        ("11",),
        ("data",),
        ("Data",),
        ("data", ""),
        ("", "data"),
    ]
    seeds = [child_seed(root, *path) for root, path in itertools.product((0, 1, 2**32), paths)]
    assert len(set(seeds)) == len(seeds)


def test_seeds_fit_into_every_program() -> None:
    """63 bits: torch, NumPy and Parquet's signed integers all take them."""
    seeds = [child_seed(0, "x", k) for k in range(200)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62
    assert {type(seed) for seed in seeds} == {int}
    assert len(set(seeds)) == 200


def test_children_are_independent_of_each_other() -> None:
    """Correlations of 4000 numbers of two siblings: within 4.5 standard deviations of 0."""
    draws = np.stack([child_generator(0, "init", k).standard_normal(4000) for k in range(8)])
    correlations = np.corrcoef(draws)[np.triu_indices(8, 1)]
    assert np.abs(correlations).max() < 4.5 / np.sqrt(4000)


def test_negative_root_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        child_seed(-1, "data")
