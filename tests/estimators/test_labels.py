"""Names of estimators stand in tables that are kept: they cannot change unseen."""

from typing import Any

import pytest

from ibspec.estimators import Gaussian, GaussianCopula, Renyi
from tests.estimators.examples import ALL

LABELS = {
    "kde": ["kde(0.1)", "kde(0.001)"],
    "binning": [
        "binning(width 0.07)",
        "binning(range -1..1, 30)",
        "binning(range -1..1, 30, wrap)",
        "binning(quantiles 5 per layer)",
        "binning(quantiles 5 per unit)",
        "binning(edges -0.6, 0.1)",
    ],
    "as-if-random": [
        "as-if-random(binning(width 0.07), 5 epochs)",
        "as-if-random(kde(0.1), 5 epochs, all windows)",
        "as-if-random(binning(quantiles 5 per layer), replicas)",
    ],
    "adaptive-kde": ["adaptive-kde(0.3 of largest)", "adaptive-kde(0.3 of spread)"],
    "exact": ["exact"],
    "sample-propagation": ["sample-propagation(0.5, 10 draws, 64 passes)"],
    "ksg": ["ksg(1, k 3)", "ksg(2, k 3)", "ksg(1, k 5, jitter 1e-08)"],
    "kozachenko-leonenko": ["kozachenko-leonenko(k 3)"],
    "lnn": ["lnn(order 2, k 5, m 12)"],
    "gaussian": ["gaussian"],
    "gaussian-copula": ["gaussian-copula"],
    "renyi": ["renyi(1.01, tapia 1, n 2000)", "renyi(2, yu 5, n 2000)", "renyi(1.01, fixed 1, n 2000)"],
    "edge": ["edge(4.4.1)"],
    "info-nce": [
        "info-nce(batch 16, 20 steps, 2 restarts, 8-4)",
        "info-nce(batch 16, 20 steps, 2 restarts, joint 8)",
    ],
    "nwj": ["nwj(batch 16, 20 steps, 2 restarts, 8-4)"],
    "mine": ["mine(batch 16, 20 steps, 2 restarts, 8-4)"],
    "local-gaussian": ["local-gaussian(15)"],
}


def test_labels_stay() -> None:
    found: dict[str, list[str]] = {}
    for example in ALL:
        kind = example.estimator.kind  # type: ignore[attr-defined]
        found.setdefault(kind, []).append(example.estimator.label)
    assert found == LABELS


@pytest.mark.parametrize(
    ("kind", "fields", "label"),
    [
        (Gaussian, {"bias_correction": "none"}, "gaussian(uncorrected)"),
        (GaussianCopula, {"bias_correction": "none"}, "gaussian-copula(uncorrected)"),
        (Renyi, {"channels": "multivariate", "samples": 50}, "renyi(1.01, tapia 1, n 50, multivariate)"),
    ],
)
def test_what_departs_from_the_usual_is_named(kind: Any, fields: dict[str, Any], label: str) -> None:
    assert kind(**fields).label == label
