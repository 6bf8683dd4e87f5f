"""Which estimators are pinned, and how closely: to pin another one, add one line to `PINNED`.

Every estimator runs on every input of `inputs.py`; what it said is kept in `pins.json` at full precision
(the shortest decimals that give back the same float64). Two steps add yours:

1. a line `Pin("my-estimator k=3", MyEstimator(k=3), SOME_TOLERANCE),` below, with a name that stays;
2. `python -m tests.regression.write` in the root of the repository, which measures only what `pins.json`
   lacks, and prints it. Look at the numbers before you commit them: a pin keeps a number, right or wrong.

`python -m tests.regression.write --again NAME` measures one again after a change that was meant; say in
CHANGELOG.md why the numbers moved. An estimator that draws random numbers gets the same stream each time.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from ibspec.core import IbspecError
from ibspec.estimators import (
    AdaptiveKde,
    AsIfRandom,
    Binning,
    Edge,
    Estimator,
    Exact,
    Gaussian,
    GaussianCopula,
    InfoNce,
    Kde,
    KozachenkoLeonenko,
    Ksg,
    Lnn,
    LocalGaussian,
    Mine,
    Nwj,
    Quantiles,
    Range,
    Renyi,
    SamplePropagation,
    Separable,
    Width,
)
from tests.regression.inputs import INPUTS
from tests.truths import columns

PINS = Path(__file__).with_name("pins.json")

Output = dict[str, float | str]


@final
@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from its pin, in bits, and why not less."""

    bits: float
    because: str


KERNELS = Tolerance(
    1e-12,
    "exp, log and the order of sums differ between vector units and BLAS libraries: an exponent by up to "
    "1e-16 times |row - mean|^2 / noise variance (3e4 at most here), and 300 additions by 1e-16 each",
)

COUNTS = Tolerance(
    1e-13,
    "cells and counts are whole numbers, equal or wrong: one row in another cell moves the entropy by 1e-3; "
    "only the last bit of log2 depends on the machine",
)


NEIGHBOURS = Tolerance(
    1e-11,
    "counts are whole numbers, equal or wrong; logarithms and digammas of 300 rows differ in their last bits",
)

FITS = Tolerance(
    1e-9,
    "logarithms of small eigenvalues of moments, which LAPACK libraries find to 1e-16 of the largest one",
)

SPANS = Tolerance(
    1e-10,
    "canonical angles between unit columns, which LAPACK libraries find to some 1e-15, and their logarithms",
)

SPECTRA = Tolerance(
    1e-9, "300 eigenvalues to 1e-15 each, and the logarithm of their powers divided by alpha - 1 = 0.01"
)

STEPS = Tolerance(
    1e-6, "Newton's method stops where a step promises 1e-10, row by row; libraries stop at different points"
)


TRAINED = Tolerance(
    1e-6, "30 steps in single precision; changing every activity by 1e-6 was seen to move I(T;Y) by 1.5e-8"
)

QUICK: dict[str, Any] = {
    "batch": 16,
    "steps": 30,
    "restarts": 2,
    "critic": Separable(hidden=(8,), embedding=4),
}


@final
@dataclass(frozen=True)
class Pin:
    """An estimator, the name of its pins, and the tolerance."""

    name: str
    estimator: Estimator
    tolerance: Tolerance


PINNED: tuple[Pin, ...] = (
    Pin("kde 0.1", Kde(noise_variance=0.1), KERNELS),
    Pin("kde 0.001", Kde(noise_variance=1e-3), KERNELS),
    Pin("kde 30", Kde(noise_variance=30.0), KERNELS),
    Pin("binning width 0.07", Binning(cells=Width(0.07)), COUNTS),
    Pin("binning width 0.5", Binning(cells=Width(0.5)), COUNTS),
    Pin("binning range 30", Binning(cells=Range(low=-1.0, high=1.0, bins=30)), COUNTS),
    Pin("binning range 3", Binning(cells=Range(low=-1.0, high=1.0, bins=3)), COUNTS),
    Pin("binning range 3 wrap", Binning(cells=Range(low=-1.0, high=1.0, bins=3, outside="wrap")), COUNTS),
    Pin("binning quantiles 30", Binning(cells=Quantiles(bins=30)), COUNTS),
    Pin("exact", Exact(), COUNTS),  # real activity pins the refusal
    Pin("adaptive-kde 0.1", AdaptiveKde(noise_share=0.1), KERNELS),
    Pin("sample-propagation 0.5", SamplePropagation(sigma=0.5), KERNELS),
    Pin("ksg 1", Ksg(), NEIGHBOURS),
    Pin("ksg 2", Ksg(variant=2), NEIGHBOURS),
    Pin("kozachenko-leonenko", KozachenkoLeonenko(), NEIGHBOURS),
    Pin("lnn uncorrected", Lnn(bias_correction="none"), FITS),
    Pin("gaussian", Gaussian(), SPANS),
    Pin("gaussian-copula", GaussianCopula(), SPANS),
    Pin("renyi", Renyi(), SPECTRA),
    Pin("edge", Edge(), NEIGHBOURS),
    Pin("local-gaussian", LocalGaussian(), STEPS),
    Pin("info-nce", InfoNce(**QUICK), TRAINED),
    Pin("nwj", Nwj(**QUICK), TRAINED),
    Pin("mine", Mine(**QUICK), TRAINED),
    Pin("as-if-random cells", AsIfRandom(under=Binning(cells=Width(0.5)), window=1), COUNTS),
    Pin("as-if-random kernels", AsIfRandom(under=Kde(noise_variance=0.1), window=1), KERNELS),
)


def measured(estimator: Estimator, case: str) -> Output:
    """What the estimator says now: numbers by column, codes of warnings, or the name of its error."""
    given = INPUTS[case]()
    try:
        estimate = estimator.estimate(given.t, given.probe(), rng=np.random.Generator(np.random.PCG64(1)))
    except IbspecError as error:
        return {"error": type(error).__name__}
    said = columns(estimate)
    return {name: value for name, value in sorted(said.items()) if value is not None and name != "extras"}


def kept() -> dict[str, Any]:
    """The contents of `pins.json`."""
    return json.loads(PINS.read_text(encoding="utf-8")) if PINS.exists() else {"inputs": {}, "outputs": {}}
