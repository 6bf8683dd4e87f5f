"""Entropies of numbered cells, in bits, from whole counts only."""

from typing import Any, no_type_check

import numpy as np

from ibspec.core.compiled import compiled

# Each entropy is (A - B) / samples with sums A and B of c log2 c over counts c. Equal counts are gathered and
# added in rising order: the result depends neither on how cells are numbered nor on the order of the rows,
# and it is exactly 0 where A and B have the same counts, as when the cell is fixed by what is given.


@compiled
@no_type_check
def numbers_bits(numbers: Any) -> float:
    """Plug-in entropy in bits of (samples,) whole numbers 0, 1, ...

    Source:
        grabauskas-2019 eq. 2.1, with 0 log 0 = 0.
    """
    samples = numbers.size
    having = np.zeros(samples + 1, np.int64)  # how many cells hold c samples
    counts = np.bincount(numbers)
    for count in counts:
        having[count] += 1
    return (samples * np.log2(samples) - _weigh(having)) / samples


@compiled
@no_type_check
def numbers_bits_given(numbers: Any, given: Any) -> float:
    """Plug-in H(numbers | given) in bits; both are (samples,) whole numbers 0, 1, ...

    Source:
        grabauskas-2019 eq. 3.5, as differences of sums of c log2 c.
    """
    samples = numbers.size
    sizes = np.bincount(given)
    whole, parts = np.zeros(samples + 1, np.int64), np.zeros(samples + 1, np.int64)
    ends = np.empty(sizes.size, np.int64)
    end = 0
    for group in range(sizes.size):
        ends[group] = end
        end += sizes[group]
        whole[sizes[group]] += 1
    if whole[1] == samples:
        return 0.0  # each on its own: the usual case of inputs
    sorted_numbers = np.empty(samples, np.int64)
    for i in range(samples):
        sorted_numbers[ends[given[i]]] = numbers[i]
        ends[given[i]] += 1
    counts = np.zeros(numbers.max() + 1, np.int64)
    for group in range(sizes.size):
        own = sorted_numbers[ends[group] - sizes[group] : ends[group]]
        for number in own:
            counts[number] += 1
        for number in own:
            parts[counts[number]] += 1  # once for each cell: the count is 0 when it comes up again
            counts[number] = 0
    return (_weigh(whole) - _weigh(parts)) / samples


@compiled
@no_type_check
def _weigh(having: Any) -> float:
    """Sum of c log2 c over all counts c, given how many there are of each."""
    total = 0.0
    for count in range(2, having.size):
        if having[count] > 0:
            total += having[count] * (count * np.log2(count))
    return total
