"""Truth tables, against rules written once more."""

from itertools import product

import numpy as np
import pytest

from ibspec.data.boolean_rules import RULE_NAMES, all_words, numbers_of, truth_table, why_not


def mux(word):
    address = {3: 1, 6: 2, 11: 3}[len(word)]
    return word[address + int("".join(map(str, word[:address])), 2)]


RULES = {
    "majority": lambda word: int(sorted(word)[len(word) // 2]),
    "and": min,
    "or": max,
    "parity": lambda word: str(word).count("1") % 2,
    "mux": mux,
}


@pytest.mark.parametrize(
    ("rule", "bits"),
    [(rule, bits) for rule in RULE_NAMES for bits in (1, 2, 3, 4, 5, 6, 11) if not why_not(rule, bits)],
)
def test_tables(rule, bits):
    expected = [RULES[rule](word) for word in product((0, 1), repeat=bits)]
    assert truth_table(rule, bits).tolist() == expected


def test_what_can_be_asked():
    asked = {rule: [bits for bits in range(1, 21) if not why_not(rule, bits)] for rule in RULE_NAMES}
    assert asked == {
        "majority": list(range(1, 21, 2)),
        "and": list(range(1, 21)),
        "or": list(range(1, 21)),
        "parity": list(range(1, 21)),
        "mux": [3, 6, 11, 20],
    }


def test_words_count_up():
    words = all_words(5)
    assert words.tolist() == [list(word) for word in product((0, 1), repeat=5)]
    assert numbers_of(words).tolist() == list(range(32))
    assert all_words(0).shape == (1, 0)
    assert np.array_equal(numbers_of(all_words(0)), [0])
