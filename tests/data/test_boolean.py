"""Fair bits and rules: exact values by enumeration, rows against their law."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ibspec.core import DataError, Probe
from ibspec.data import Boolean, Places
from ibspec.data.boolean_rules import RULE_NAMES, why_not
from tests.data.enumeration import bias, entropy, information, spread

ROUNDING = 1e-12
"""Sums of at most 2^12 terms of size 1, each rounded to 2^-53."""

SIX_DECIMALS = 5.1e-7

X, Y, RELEVANT, IRRELEVANT = range(4)


def law_of(data: Boolean):
    """The whole law of (x, y, relevant, irrelevant), word by word, from the definition."""
    law = {}
    further = [data.shadow] if data.shadow is not None else []
    for word in product((0, 1), repeat=data.relevant + data.irrelevant):
        relevant, irrelevant = word[: data.relevant], word[data.relevant :]
        clean = int(data.table[int("".join(map(str, relevant)), 2)])
        for flipped, *turned in product((0, 1), repeat=1 + len(further)):
            p = 0.5 ** len(word) * (data.flip if flipped else 1 - data.flip)
            rest = irrelevant
            for turn, chance in zip(turned, further, strict=True):
                p *= chance if turn else 1 - chance
                rest = (*rest, relevant[0] ^ turn)
            law[(relevant, rest), clean ^ flipped, relevant, rest] = p
    return law


@pytest.mark.parametrize(
    ("rule", "relevant", "flip", "bits"),
    [
        ("majority", 5, 0.1, 0.531004),
        ("and", 3, 0.05, 0.353860),
        ("mux", 6, 0.02, 0.858559),
        ("parity", 4, 0, 1),
        ("or", 3, 0.05, 0.353860),  # "and" of the opposite bits, turned round
    ],
)
def test_worked_values(rule, relevant, flip, bits):
    data = Boolean(relevant=relevant, irrelevant=2, rule=rule, flip=flip)
    assert data.truth["i_xy"] == pytest.approx(bits, abs=SIX_DECIMALS)
    assert data.truth["i_relevant_y"] == data.truth["i_xy"]


@st.composite
def specs(draw):
    relevant = draw(st.integers(1, 6))
    known = [rule for rule in RULE_NAMES if not why_not(rule, relevant)]
    table = st.lists(st.sampled_from([0, 1]), min_size=1 << relevant, max_size=1 << relevant)
    return Boolean(
        relevant=relevant,
        irrelevant=draw(st.integers(0, 3)),
        rule=draw(st.sampled_from(known) | table),
        flip=draw(st.sampled_from([0.0, 0.02, 0.3, 0.5])),
        shadow=draw(st.none() | st.sampled_from([0.0, 0.1, 0.5])),
        hidden=draw(st.booleans()),
        samples=draw(st.integers(10, 50)),
        seed=draw(st.integers(0, 2**63 - 1)),
    )


@given(specs())
def test_truth_is_that_of_the_enumerated_law(data):
    law, truth = law_of(data), data.truth
    assert truth["h_x"] == pytest.approx(entropy(law, X), abs=ROUNDING)
    assert truth["h_y"] == pytest.approx(entropy(law, Y), abs=ROUNDING)
    assert truth["i_xy"] == pytest.approx(information(law, X, Y), abs=ROUNDING)
    assert truth["i_relevant_y"] == pytest.approx(information(law, RELEVANT, Y), abs=ROUNDING)
    assert truth["i_irrelevant_y"] == pytest.approx(information(law, IRRELEVANT, Y), abs=ROUNDING)
    given_relevant = information(law, IRRELEVANT, Y, RELEVANT)
    assert truth["i_irrelevant_y_given_relevant"] == pytest.approx(given_relevant, abs=ROUNDING)


@given(specs())
def test_parts_make_the_inputs(data):
    """Whatever is hidden, the parts and x determine each other, and y is the rule's label or its opposite."""
    loaded = data.load(Places())
    parts = np.concatenate([loaded.relevant, loaded.irrelevant], axis=1)
    assert np.isin(parts, (0, 1)).all()
    mixed = parts if loaded.mixing is None else (parts @ loaded.mixing.T) % 2
    assert np.array_equal(loaded.x, mixed)
    assert (loaded.mixing is not None) == data.hidden
    together = loaded.relevant_ids * loaded.samples + loaded.irrelevant_ids
    ids = Probe(x=loaded.x).ids
    pairs = np.unique(np.stack([ids, together]), axis=1)
    assert pairs.shape[1] == len(np.unique(ids)) == len(np.unique(together))
    clean = data.table[loaded.relevant.astype(int) @ (1 << np.arange(data.relevant)[::-1])]
    if data.flip == 0:
        assert np.array_equal(loaded.y, clean)


@pytest.mark.parametrize("rule", ["majority", "parity", [0, 0, 0, 1, 0, 1, 1, 0]])
@pytest.mark.parametrize("hidden", [False, True])
def test_all_words_are_the_exact_law_without_flips(rule, hidden):
    """Each word once: what the rows say is the truth itself."""
    loaded = Boolean(relevant=3, irrelevant=4, rule=rule, hidden=hidden).load(Places())
    assert loaded.samples == 128
    assert loaded.h_x == 7
    assert loaded.h_y == pytest.approx(loaded.truth["h_y"], abs=ROUNDING)
    assert loaded.i_xy == pytest.approx(loaded.truth["i_xy"], abs=ROUNDING)
    told = Probe(x=loaded.relevant, y=loaded.y).i_xy
    assert told == pytest.approx(loaded.truth["i_relevant_y"], abs=ROUNDING)
    assert Probe(x=loaded.irrelevant, y=loaded.y).i_xy == pytest.approx(0, abs=ROUNDING)


def test_some_of_the_bits_of_a_parity_tell_nothing():
    loaded = Boolean(relevant=4, rule="parity").load(Places())
    for chosen in product((False, True), repeat=4):
        if any(chosen):
            told = Probe(x=loaded.x[:, np.array(chosen)], y=loaded.y).i_xy
            assert told == pytest.approx(1 if all(chosen) else 0, abs=ROUNDING)


def test_hiding_takes_relevance_off_the_axes():
    """A sum of bits tells of a majority of three only if it is one of the three, or all three together."""

    def single_bits(hidden):
        loaded = Boolean(relevant=3, irrelevant=5, rule="majority", hidden=hidden, seed=1).load(Places())
        return [Probe(x=loaded.x[:, bit], y=loaded.y).i_xy for bit in range(8)]

    three_quarters = 2 - 0.75 * np.log2(3)  # entropy of a coin that a bit of the three leaves
    assert single_bits(False) == pytest.approx([1 - three_quarters] * 3 + [0] * 5, abs=ROUNDING)
    assert single_bits(True) == pytest.approx([0] * 8, abs=ROUNDING)


def test_hiding_and_flips_leave_the_draws_as_they_were():
    plain = Boolean(relevant=3, irrelevant=2, rule="majority", samples=500, seed=9)
    other = plain.model_copy(update={"hidden": True, "flip": 0.25}).load(Places())
    loaded = plain.load(Places())
    assert np.array_equal(loaded.relevant, other.relevant)
    assert np.array_equal(loaded.irrelevant, other.irrelevant)
    assert not np.array_equal(loaded.x, other.x)


# The trap


def test_a_shadow_tells_of_the_label_but_nothing_new():
    data = Boolean(relevant=3, irrelevant=1, rule="majority", flip=0.1, shadow=0.05, samples=200_000, seed=3)
    law = law_of(data)
    alone = information(law, IRRELEVANT, Y)
    assert alone > 0.09
    assert information(law, IRRELEVANT, Y, RELEVANT) == pytest.approx(0, abs=ROUNDING)
    assert data.truth["i_irrelevant_y"] == pytest.approx(alone, abs=ROUNDING)
    loaded = data.load(Places())
    found = Probe(x=loaded.irrelevant, y=loaded.y).i_xy
    error = 4 * spread(law, IRRELEVANT, Y) / 200_000**0.5
    assert found == pytest.approx(alone, abs=bias(3, 200_000) + error)
    both = Probe(ids=loaded.relevant_ids * 4 + loaded.irrelevant_ids, y=loaded.y).i_xy
    relevant = Probe(ids=loaded.relevant_ids, y=loaded.y).i_xy
    # N ln 4 times the difference is chi-squared with 31 - 7 degrees of freedom; 4 deviations above the mean.
    assert 0 <= both - relevant < bias(24, 200_000) * (1 + 4 * (2 / 24) ** 0.5)


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.5])
def test_rows_follow_the_law(flip):
    data = Boolean(relevant=3, irrelevant=2, rule="and", flip=flip, samples=100_000, seed=5)
    loaded = data.load(Places())
    counts = np.bincount(Probe(x=loaded.x).ids, minlength=32)
    # Chi-squared with 31 degrees of freedom stays below 76 but for 1.5e-5.
    assert len(counts) == 32
    assert ((counts - 3125) ** 2 / 3125).sum() < 76
    turned = (loaded.y != loaded.relevant.all(axis=1)).mean()
    assert turned == pytest.approx(flip, abs=4 * (0.25 / 100_000) ** 0.5)
    error = 4 * spread(law_of(data), X, Y) / 100_000**0.5
    # At flip 1/2 there is no first-order term: chi-squared with 31 degrees stays below 76 as above.
    assert loaded.i_xy == pytest.approx(data.truth["i_xy"], abs=bias(76, 100_000) + error)


def test_seed_decides_everything():
    def load(seed):
        return Boolean(
            relevant=3, irrelevant=2, rule="mux", flip=0.1, hidden=True, samples=50, seed=seed
        ).load(Places())

    assert load(1).sha256 == load(1).sha256
    assert load(1).sha256["inputs"] != load(2).sha256["inputs"]
    assert not np.array_equal(load(1).mixing, load(2).mixing)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"relevant": 0}, "relevant"),
        ({"relevant": 21}, "relevant"),
        ({"irrelevant": -1}, "irrelevant"),
        ({"flip": -0.1}, "flip"),
        ({"flip": 0.51}, "flip"),
        ({"shadow": 0.6, "samples": 10}, "shadow"),
        ({"samples": 1}, "samples"),
        ({"rule": "xor"}, "rule"),
        ({"rule": [0, 1, 2, 0, 0, 0, 0, 0]}, "rule"),
        ({"rule": [0, 1]}, "a truth table of 3 relevant bits has 8 labels; got 2"),
        ({"relevant": 4}, "a majority of 4 bits can be a tie; wanted `relevant` odd"),
        ({"rule": "mux", "relevant": 5}, r"wanted `relevant` 3, 6, 11 or 20, got 5"),
        ({"shadow": 0.1}, "with shadow, words are not equally likely; name `samples`"),
        ({"irrelevant": 18}, r"all 2\^21 words would be rows, and at most 2\^20 may"),
    ],
)
def test_wrong_parameters(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        Boolean(**({"relevant": 3, "rule": "majority"} | changes))


def test_more_rows_than_memory():
    data = Boolean(relevant=3, irrelevant=1000, rule="and", samples=1_000_000)
    with pytest.raises(
        DataError, match=r"1000000 rows of 1003 columns is 1003000000 numbers.*lower `samples`"
    ):
        data.load(Places())
