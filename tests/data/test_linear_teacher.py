"""A linear teacher: rows against their law, and labels that are real numbers."""

import numpy as np
import pytest
from pydantic import ValidationError

from ibspec.core import DataError, SpecError
from ibspec.data import LinearTeacher, Places
from ibspec.runner.preparation import prepare
from ibspec.spec import parse_spec


def teacher(**changes) -> LinearTeacher:
    known = {
        "relevant": 3,
        "irrelevant": 2,
        "scale": 0.8,
        "irrelevant_scale": 1.7,
        "label_noise": 0.6,
        "samples": 200_000,
        "seed": 6,
    }
    return LinearTeacher(**(known | changes))


def test_labels_are_linear_in_the_relevant_inputs():
    data = teacher(weights=[1.0, -2.0, 0.5])
    loaded = data.load(Places())
    assert loaded.y.dtype == np.float64
    rest = loaded.y - loaded.relevant.astype(float) @ [1.0, -2.0, 0.5]
    # Standard error of a deviation: s / sqrt(2N); of a correlation that is nought: 1 / sqrt(N).
    assert rest.std() == pytest.approx(0.6, abs=4 * 0.6 / 400_000**0.5)
    correlations = np.corrcoef(np.column_stack([rest, loaded.x]).T)
    assert np.abs(correlations - np.eye(6)).max() < 5 / 200_000**0.5  # 15 of them
    deviations = np.array([0.8] * 3 + [1.7] * 2)
    assert loaded.x.std(axis=0) == pytest.approx(deviations, rel=4 / 400_000**0.5)


@pytest.mark.parametrize("hidden", [False, True])
def test_exact_values_against_the_rows(hidden):
    """I(X;Y) = -log2(1 - rho^2) / 2 with rho the multiple correlation of y with the inputs."""
    data = teacher(hidden=hidden)
    loaded = data.load(Places())
    x = loaded.x.astype(float)
    left = loaded.y - x @ np.linalg.lstsq(x, loaded.y, rcond=None)[0]
    found = np.log2(loaded.y.var() / left.var()) / 2
    # log of a ratio of variances: deviation below sqrt(2 / N) / ln 2 in bits after halving.
    assert found == pytest.approx(data.truth["i_xy"], abs=4 * (2 / 200_000) ** 0.5 / np.log(2))
    h_y = np.log2(2 * np.pi * np.e * loaded.y.var()) / 2
    assert h_y == pytest.approx(data.truth["differential_h_y"], abs=4 * (1 / 400_000) ** 0.5 / np.log(2))
    sign, log_det = np.linalg.slogdet(np.cov(x.T))
    h_x = (log_det / np.log(2) + 5 * np.log2(2 * np.pi * np.e)) / 2
    assert sign == 1
    assert h_x == pytest.approx(data.truth["differential_h_x"], abs=4 * (5 / 400_000) ** 0.5 / np.log(2))
    assert data.truth["i_relevant_y"] == data.truth["i_xy"]


def test_weights_come_from_the_seed_or_from_the_spec():
    assert np.array_equal(teacher().law.weights, teacher(samples=10).law.weights)
    assert not np.array_equal(teacher().law.weights, teacher(seed=7).law.weights)
    assert teacher(weights=[1, 2, 3]).law.weights.tolist() == [[1, 2, 3]]
    many = teacher(relevant=10_000, samples=2).law.weights
    assert (many**2).sum() == pytest.approx(1, abs=4 * (2 / 10_000) ** 0.5)


def test_hiding_turns_the_same_rows():
    plain, hidden = (teacher(samples=1000, hidden=hide).load(Places()) for hide in (False, True))
    assert np.array_equal(plain.y, hidden.y)
    assert np.array_equal(plain.irrelevant, hidden.irrelevant)
    turned = plain.x.astype(float) @ hidden.mixing.T
    assert np.abs(hidden.x - turned).max() < 2**-24 * np.abs(turned).max()  # rounded once to float32


def test_real_labels_have_no_classes():
    loaded = teacher(samples=100).load(Places())
    assert loaded.class_count is None
    assert loaded.h_y is None
    assert loaded.i_xy is None
    with pytest.raises(DataError, match=r"data: the labels of linear-teacher are real numbers, not classes"):
        _ = loaded.classes


def test_training_a_softmax_on_real_labels_is_refused():
    spec = parse_spec(
        {
            "name": "regression",
            "data": {"kind": "linear-teacher", "relevant": 2, "label_noise": 1, "samples": 50},
            "model": {"kind": "mlp", "hidden": [3], "activation": "tanh"},
            "training": {"epochs": 1, "batch_size": 8, "optimiser": {"kind": "sgd", "learning_rate": 0.1}},
            "measure": {"probe": {"split": "all"}, "estimators": [{"kind": "kde", "noise_variance": 0.1}]},
        }
    )
    with pytest.raises(SpecError, match=r"labels of linear-teacher are real numbers.*cross-entropy"):
        prepare(spec)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"relevant": 0}, "relevant"),
        ({"scale": 0}, "scale"),
        ({"irrelevant_scale": -1}, "irrelevant_scale"),
        ({"label_noise": 0}, "label_noise"),
        ({"weights": []}, "wanted one weight for each of the 3 relevant inputs; got 0"),
        ({"weights": [1.0, 2.0]}, "wanted one weight for each of the 3 relevant inputs; got 2"),
        ({"weights": [1.0, float("nan"), 0.0]}, "weights"),
    ],
)
def test_wrong_parameters(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        teacher(**changes)
