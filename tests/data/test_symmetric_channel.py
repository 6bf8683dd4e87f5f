"""Classes through noisy channels: exact values by enumeration, rows against their law."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ibspec.core import Probe
from ibspec.data import Places, SymmetricChannel
from tests.data.enumeration import bias, entropy, information, spread

ROUNDING = 1e-12
SIX_DECIMALS = 5.1e-7

X, Y, RELEVANT, NUISANCE = range(4)


def law_of(data: SymmetricChannel):
    law = {}
    wrong = data.flip / (data.classes - 1)
    for y in range(data.classes):
        for word in product(range(data.classes), repeat=data.channels):
            for nuisance in range(data.nuisance):
                p = math.prod(1 - data.flip if seen == y else wrong for seen in word)
                law[(word, nuisance), y, word, nuisance] = p / data.classes / data.nuisance
    return law


def channel(**changes) -> SymmetricChannel:
    known = {"classes": 3, "channels": 2, "flip": 0.15, "nuisance": 4, "samples": 100_000, "seed": 2}
    return SymmetricChannel(**(known | changes))


@pytest.mark.parametrize(
    ("classes", "channels", "flip", "bits"),
    [(4, 1, 0.1, 1.372508), (10, 1, 0.2, 1.966015), (3, 3, 0.15, 1.364065), (2, 5, 0.2, 0.763820)],
)
def test_worked_values(classes, channels, flip, bits):
    truth = channel(classes=classes, channels=channels, flip=flip).truth
    assert truth["i_xy"] == pytest.approx(bits, abs=SIX_DECIMALS)
    assert truth["i_relevant_y"] == truth["i_xy"]
    assert truth["h_y"] == pytest.approx(math.log2(classes))


@pytest.mark.parametrize(("classes", "flip"), [(2, 0.3), (4, 0.1), (10, 0.2), (7, 0), (3, 1)])
def test_one_channel_has_a_closed_form(classes, flip):
    """log2 K - h(eps) - eps log2(K - 1)."""
    noise = -sum(p * math.log2(p) for p in (flip, 1 - flip) if p > 0) + flip * math.log2(classes - 1)
    truth = channel(classes=classes, channels=1, flip=flip).truth
    assert truth["i_xy"] == pytest.approx(math.log2(classes) - noise, abs=ROUNDING)
    assert truth["h_x"] == pytest.approx(math.log2(classes) + 2, abs=ROUNDING)


@given(st.integers(2, 4), st.integers(1, 3), st.floats(0, 1), st.integers(1, 3))
def test_truth_is_that_of_the_enumerated_law(classes, channels, flip, nuisance):
    data = channel(classes=classes, channels=channels, flip=flip, nuisance=nuisance)
    law, truth = law_of(data), data.truth
    assert truth["h_x"] == pytest.approx(entropy(law, X), abs=ROUNDING)
    assert truth["h_y"] == pytest.approx(entropy(law, Y), abs=ROUNDING)
    assert truth["i_xy"] == pytest.approx(information(law, X, Y), abs=ROUNDING)
    assert truth["i_relevant_y"] == pytest.approx(information(law, RELEVANT, Y), abs=ROUNDING)
    assert truth["i_irrelevant_y"] == pytest.approx(information(law, NUISANCE, Y), abs=ROUNDING)
    given_relevant = information(law, NUISANCE, Y, RELEVANT)
    assert truth["i_irrelevant_y_given_relevant"] == pytest.approx(given_relevant, abs=ROUNDING)


def test_outputs_that_tell_nothing():
    assert channel(flip=2 / 3).truth["i_xy"] == pytest.approx(0, abs=ROUNDING)


@pytest.mark.parametrize("flip", [0.0, 0.15, 2 / 3, 1.0])
def test_rows_follow_the_law(flip):
    data = channel(flip=flip)
    loaded = data.load(Places())
    assert loaded.x.shape == (100_000, 10)
    assert np.isin(loaded.x, (0, 1)).all()
    for start, length in [(0, 3), (3, 3), (6, 4)]:
        assert (loaded.x[:, start : start + length].sum(axis=1) == 1).all()
    words = [loaded.x[:, start : start + 3].argmax(axis=1) for start in (0, 3)]
    counts = {}
    for y, a, b, nuisance in zip(loaded.y, *words, loaded.x[:, 6:].argmax(axis=1), strict=True):
        key = ((int(a), int(b)), int(nuisance)), int(y), (int(a), int(b)), int(nuisance)
        counts[key] = counts.get(key, 0) + 1
    law = {key: p for key, p in law_of(data).items() if p > 0}
    assert counts.keys() <= law.keys()
    squares = sum((counts.get(key, 0) - 1e5 * p) ** 2 / (1e5 * p) for key, p in law.items())
    freedom = len(law) - 1
    assert squares < freedom + 5 * (2 * freedom) ** 0.5
    error = 4 * spread(law, X, Y) / 1e5**0.5
    # Chi-squared with 35 * 2 degrees of freedom stays below 70 + 5 sqrt(140) = 130.
    assert loaded.i_xy == pytest.approx(data.truth["i_xy"], abs=bias(130, 100_000) + error)


def test_parts_are_the_channels_and_the_nuisance():
    loaded = channel(samples=500).load(Places())
    assert np.array_equal(loaded.relevant, loaded.x[:, :6])
    assert np.array_equal(loaded.irrelevant, loaded.x[:, 6:])
    assert len(np.unique(loaded.irrelevant_ids)) == 4
    assert len(np.unique(loaded.relevant_ids)) == 9
    assert len(np.unique(Probe(x=loaded.x).ids)) == 36


def test_no_nuisance():
    loaded = channel(nuisance=1).load(Places())
    assert loaded.x.shape == (100_000, 6)
    assert loaded.irrelevant.shape == (100_000, 0)
    assert np.unique(loaded.irrelevant_ids).tolist() == [0]


def test_seed_decides_everything():
    first, again, other = (channel(samples=50, seed=seed).load(Places()) for seed in (1, 1, 2))
    assert first.sha256 == again.sha256
    assert first.sha256["inputs"] != other.sha256["inputs"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"classes": 1}, "classes"),
        ({"channels": 0}, "channels"),
        ({"channels": 10**400}, "channels"),
        ({"flip": -0.01}, "flip"),
        ({"flip": 1.01}, "flip"),
        ({"nuisance": 0}, "nuisance"),
        (
            {"classes": 10, "channels": 7},
            r"7 channels of 10 classes have 10\^7 joint outputs, more than the 1048576",
        ),
    ],
)
def test_wrong_parameters(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        channel(**changes)
