"""Rules that give a word of bits its label."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import UInt8

RuleName = Literal["majority", "and", "or", "parity", "mux"]
RULE_NAMES: tuple[RuleName, ...] = get_args(RuleName)


def all_words(bits: int) -> UInt8[np.ndarray, "words bits"]:
    """Return all words: row i is the number i, its highest bit first."""
    return (np.arange(1 << bits)[:, None] >> np.arange(bits - 1, -1, -1) & 1).astype(np.uint8)


def numbers_of(words: UInt8[np.ndarray, "words bits"]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the number that each word is, its highest bit first."""
    return words.astype(np.int64) @ (1 << np.arange(words.shape[1] - 1, -1, -1))


def address_bits(bits: int) -> int | None:
    """Return how many of a multiplexer's bits are its address, or None if no multiplexer has so many bits."""
    return next((a for a in range(1, bits) if a + (1 << a) == bits), None)


def why_not(rule: RuleName, bits: int) -> str:
    """Return why the rule cannot be asked of words of so many bits, or nothing if it can."""
    if rule == "majority" and bits % 2 == 0:
        return f"a majority of {bits} bits can be a tie; wanted `relevant` odd"
    if rule == "mux" and address_bits(bits) is None:
        return f"mux takes a address bits and 2^a others: wanted `relevant` 3, 6, 11 or 20, got {bits}"
    return ""


def truth_table(rule: RuleName, bits: int) -> UInt8[np.ndarray, " words"]:
    """Return the label of every word, in the order of the numbers that the words are.

    `mux`: the first a bits are a number, highest bit first, and the bit with that number among the 2^a
    others is the label.
    """
    words = all_words(bits)
    if rule == "majority":
        labels = 2 * words.sum(axis=1, dtype=np.int64) > bits
    elif rule == "and":
        labels = words.all(axis=1)
    elif rule == "or":
        labels = words.any(axis=1)
    elif rule == "parity":
        labels = words.sum(axis=1, dtype=np.int64) % 2 == 1
    else:
        address = address_bits(bits)
        assert address is not None
        chosen = address + numbers_of(words[:, :address])
        labels = words[np.arange(len(words)), chosen] == 1
    return np.asarray(labels, dtype=np.uint8)
