"""Nets that learn real numbers: one linear output, squared error, no accuracy and no classes."""

import copy

import numpy as np
import pytest

from ibspec.core import SpecError
from ibspec.loading import load
from ibspec.runner import run
from ibspec.spec import apply_overrides, parse_spec
from tests.spec.documents import TINY

TEACHER = copy.deepcopy(TINY) | {
    "name": "teacher",
    "data": {"kind": "linear-teacher", "relevant": 3, "irrelevant": 2, "label_noise": 0.5, "samples": 400,
             "weights": [1.0, -1.0, 2.0]},
}  # fmt: skip
TEACHER["training"] |= {"loss": "squared-error", "epochs": 60, "replicas": 1}
TEACHER["training"]["optimiser"] = {"kind": "adam", "learning_rate": 0.02}
TEACHER["model"] |= {"hidden": [8], "activation": "linear"}
TEACHER["measure"] |= {"when": {"kind": "listed", "epochs": [0, 60]}}

SOFTMAX = (
    'model={"kind": "cnn", "layers": [{"kind": "dense", "units": 1, "activation": "softmax"}], '
    '"init": {"kind": "glorot-uniform"}}'
)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    return load(run(parse_spec(TEACHER), out=tmp_path_factory.mktemp("runs"), device="cpu").path)


def test_a_linear_net_comes_down_to_the_noise_of_the_labels(learned):
    """The least squared error is label_noise^2 = 0.25; 320 rows estimate it to about 0.02."""
    last = learned.history[learned.history["epoch"] == 60].iloc[0]
    first = learned.history[learned.history["epoch"] == 0].iloc[0]
    assert first["train_loss"] > 1.0
    assert last["train_loss"] == pytest.approx(0.25, abs=0.08)  # four standard errors
    assert np.isnan(last["train_accuracy"])
    assert np.isnan(last["running_accuracy"])


def test_information_about_a_real_label_is_not_a_number_of_classes(learned):
    assert learned.measurements["i_ty"].isna().all()
    assert (learned.measurements["status"] == "ok").all()
    assert learned.manifest["engine"] == "general"
    assert learned.manifest["data"]["classes"] is None
    assert learned.manifest["facts"]["h_y"] is None


@pytest.mark.parametrize(
    ("document", "overrides", "message"),
    [
        (TEACHER, ["training.loss=cross-entropy"], 'real numbers, which cross-entropy .* "squared-error"'),
        (TINY, ["training.loss=squared-error"], '10 classes, which squared-error .* "cross-entropy"'),
        (TEACHER, [SOFTMAX], "needs 1 unit and the activation linear; got 1 and softmax"),
    ],
)
def test_labels_and_loss_must_fit(tmp_path, document, overrides, message):
    with pytest.raises(SpecError, match=message):
        run(parse_spec(apply_overrides(document, overrides)), out=tmp_path, device="cpu")
    assert list(tmp_path.iterdir()) == []
