"""How far independent programs are from the truth of our laws: what our estimators are allowed.

    python -m tests.independent_biases            write `independent_biases.json`

Nothing of ibspec estimates anything here. The neighbour counts are ennemi's (its real-valued ones in any
number of columns, its entropies for sums of entropies) and scikit-learn's (classes). Seeds are others than
those of the tests. Digits are rounded to 1e-4 bits.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.estimators.neighbour_laws import LN2, Law, Sample
from tests.sampled_laws import BETWEEN, ON_CLASSES, SAMPLES, WITHOUT_DENSITY

HERE = Path(__file__).parent

STORED = HERE / "independent_biases.json"

SEEDS = 40


def standardised(rows: Any) -> Any:
    """Columns of variance 1."""
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


def counts(sample: Sample) -> float:
    """Variant 1 of Kraskov et al. with k = 3, by ennemi."""
    from ennemi._entropy_estimators import _estimate_single_mi

    x, t = map(standardised, sample)
    return float(np.mean(_estimate_single_mi(x, t, 3))) / LN2


def entropies(sample: Sample) -> float:
    """H(X) + H(T) - H(X,T) with k = 3, by ennemi."""
    import ennemi

    x, t = map(standardised, sample)
    h_x, h_t, h_xt = (
        float(ennemi.estimate_entropy(rows, k=3, multidim=True)) for rows in (x, t, np.hstack([x, t]))
    )
    return (h_x + h_t - h_xt) / LN2


def class_entropies(sample: Sample) -> float:
    """H(T) less the mean of H(T|y) with k = 3, by ennemi."""
    import ennemi

    t, y = sample
    t = standardised(t)
    own = [t[y == label] for label in np.unique(y)]
    h_t, *h_y = (float(ennemi.estimate_entropy(rows, k=3, multidim=True)) for rows in (t, *own))
    return (h_t - sum(len(rows) * h for rows, h in zip(own, h_y, strict=True)) / len(t)) / LN2


def on_classes(sample: Sample) -> float:
    """Ross's estimate with k = 3, by scikit-learn, which cuts off what is below 0."""
    from sklearn.feature_selection import mutual_info_classif

    t, y = sample
    return float(mutual_info_classif(t, y, n_neighbors=3, random_state=0)[0]) / LN2


def bias(law: Law, measure: Callable[[Sample], float]) -> tuple[float, float]:
    """Mean of estimate minus truth, and its standard error."""
    found = [measure(law.draw(np.random.default_rng([7, seed]), SAMPLES)) for seed in range(SEEDS)]
    return round(float(np.mean(found)) - law.bits, 4), round(
        float(np.std(found, ddof=1)) / math.sqrt(SEEDS), 4
    )


WAYS = {"counts": counts, "entropies": entropies}

WAYS_ON_CLASSES = {"counts": on_classes, "entropies": class_entropies}


def main() -> None:
    """Measure all and write."""
    table: dict[str, dict[str, tuple[float, float]]] = {}
    for law in (*BETWEEN, *ON_CLASSES):
        ways = WAYS if law in BETWEEN else WAYS_ON_CLASSES
        table[law.name] = {
            way: bias(law, measure)
            for way, measure in ways.items()
            if not (way == "entropies" and law in WITHOUT_DENSITY)
        }
        said = (f"{way} {mean:+.4f} ± {error:.4f}" for way, (mean, error) in table[law.name].items())
        print(f"{law.name:50}", *said)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    STORED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
