"""Walks with the steps of a path, and intervals of means."""

import numpy as np
import pytest

from ibspec.analysis import bootstrap_mean, random_walk


def test_steps_have_the_covariance_of_the_path():
    """Two parameters whose steps are correlated; 4000 walks of 5 steps, within 5 standard errors."""
    path = np.cumsum(np.random.default_rng(0).standard_normal((6, 2)) @ [[2.0, 1.0], [0.0, 0.5]], axis=0)
    wanted = np.cov(np.diff(path, axis=0).T, bias=True)
    rng = np.random.default_rng(1)
    steps = np.concatenate([np.diff(random_walk(path, rng), axis=0) for _ in range(4000)])
    error = np.sqrt((np.outer(np.diag(wanted), np.diag(wanted)) + wanted**2) / len(steps))
    assert (np.abs(np.cov(steps.T, bias=True) - wanted) < 5 * error).all()
    assert (np.abs(steps.mean(axis=0)) < 5 * np.sqrt(np.diag(wanted) / len(steps))).all()


def test_steps_are_independent():
    path = np.random.default_rng(0).standard_normal((50, 300))  # its own steps have a correlation of -1/2
    steps = np.diff(random_walk(path, np.random.default_rng(1)), axis=0)
    product = (steps[1:] * steps[:-1]).sum() / (steps**2).sum()
    # the steps span at most 49 directions, so that 48 products have about 48 x 49 free signs
    assert abs(product) < 5 / np.sqrt(48 * 49)


def test_it_starts_where_the_path_does_and_leaves_it_alone():
    path = np.random.default_rng(0).standard_normal((6, 3))
    before = path.copy()
    walk = random_walk(path, np.random.default_rng(1))
    assert (walk[0] == path[0]).all()
    assert walk.shape == path.shape
    assert (path == before).all()


def test_drift_is_no_part_of_the_walk():
    """A path that only drifts has steps without covariance: the walk does not move."""
    path = np.arange(6.0)[:, None] * [[1.0, -2.0]]
    assert (random_walk(path, np.random.default_rng(1)) == path[:1]).all()


def test_the_mean_and_its_interval():
    """Of 400 normal numbers: 1.96 standard errors to either side, resampling adding a few percent."""
    values = np.random.default_rng(0).standard_normal(400) + 3.0
    found = bootstrap_mean(values, np.random.default_rng(1))
    half = 1.96 * values.std() / 20
    assert found.value == values.mean()
    assert found.low == pytest.approx(found.value - half, abs=0.1 * half)
    assert found.high == pytest.approx(found.value + half, abs=0.1 * half)


def test_one_member_has_no_interval():
    found = bootstrap_mean(np.array([2.0]), np.random.default_rng(1))
    assert (found.value, found.low, found.high) == (2.0, 2.0, 2.0)
