"""Random laws, labels, chains, arrays and networks to search for violations in.

Small on purpose: few symbols make collisions, duplicates and empty cells common, and those are where
statements about information break.
"""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from jaxtyping import Float, Int, Shaped

from verification.networks import INTEGER_ACTIVATIONS, IntegerNetwork, RealNetwork


def each_drawn(
    shape: int | tuple[int, ...], elements: st.SearchStrategy[float], dtype: type = np.int64
) -> st.SearchStrategy[Shaped[np.ndarray, "..."]]:
    """Arrays whose numbers are all drawn; by default Hypothesis fills most of an array with one number."""
    return npst.arrays(dtype, shape, elements=elements, fill=st.nothing())


@st.composite
def weights(draw: st.DrawFn, shape: tuple[int, ...]) -> Float[np.ndarray, "..."]:
    """Non-negative weights of a shape, not all zero; zeros are common, sizes differ by up to 2^30."""
    whole = st.integers(0, 9)
    uneven = st.one_of(st.just(0.0), st.integers(-30, 0).map(lambda power: 2.0**power))
    drawn = draw(each_drawn(shape, draw(st.sampled_from([whole, uneven])), np.float64))
    if not drawn.any():
        drawn[(0,) * len(shape)] = 1.0
    return drawn


@st.composite
def laws(draw: st.DrawFn, most: int = 8) -> Float[np.ndarray, " symbols"]:
    """A law of one variable with 1 to `most` symbols, some perhaps impossible."""
    drawn = draw(weights((draw(st.integers(1, most)),)))
    return drawn / drawn.sum()


@st.composite
def law_pairs(
    draw: st.DrawFn, most: int = 8
) -> tuple[Float[np.ndarray, " symbols"], Float[np.ndarray, " symbols"]]:
    """Two laws on the same 1 to `most` symbols; the second may lack symbols of the first."""
    symbols = draw(st.integers(1, most))
    p, q = draw(weights((symbols,))), draw(weights((symbols,)))
    return p / p.sum(), q / q.sum()


@st.composite
def joint_tables(draw: st.DrawFn, most: int = 5) -> Float[np.ndarray, "first second"]:
    """A joint law of two variables with 1 to `most` symbols each; zero cells, rows and columns occur."""
    drawn = draw(weights((draw(st.integers(1, most)), draw(st.integers(1, most)))))
    return drawn / drawn.sum()


@st.composite
def channels(draw: st.DrawFn, inputs: int, outputs: int) -> Float[np.ndarray, "inputs outputs"]:
    """A conditional law: each row is a law of the output given one input."""
    rows = [draw(weights((outputs,))) for _ in range(inputs)]
    return np.stack([row / row.sum() for row in rows])


@st.composite
def markov_chains(draw: st.DrawFn, most: int = 4) -> Float[np.ndarray, "a b c"]:
    """A joint law p(a) p(b|a) p(c|b) of a Markov chain A - B - C, 1 to `most` symbols each."""
    a, b, c = (draw(st.integers(1, most)) for _ in range(3))
    start = draw(weights((a,)))
    to_b, to_c = draw(channels(a, b)), draw(channels(b, c))
    return (start / start.sum())[:, None, None] * to_b[:, :, None] * to_c[None, :, :]


def count_vectors(most_symbols: int = 12, most: int = 50) -> st.SearchStrategy[Int[np.ndarray, " symbols"]]:
    """Counts of 1 to `most_symbols` symbols, each from 0 to `most`, not all zero."""
    shapes = st.integers(1, most_symbols)
    drawn = shapes.flatmap(lambda symbols: each_drawn(symbols, st.integers(0, most)))
    return drawn.filter(lambda counts: counts.any())


@st.composite
def label_lists(
    draw: st.DrawFn, columns: int, most: int = 60, symbols: int = 8, rows: int | None = None
) -> Int[np.ndarray, "rows columns"]:
    """Rows of `columns` labels from 0 .. symbols-1; `rows` of them, or 1 to `most`."""
    length = draw(st.integers(1, most)) if rows is None else rows
    top = draw(st.integers(0, symbols - 1))
    return draw(each_drawn((length, columns), st.integers(0, top)))


def paired_labels(most: int = 60, symbols: int = 8) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Two equally long lists of labels."""
    return label_lists(2, most, symbols).map(lambda rows: (rows[:, 0], rows[:, 1]))


@st.composite
def maps(draw: st.DrawFn, most: int = 6) -> Int[np.ndarray, " inputs"]:
    """A map g from 0 .. n-1 to itself as the list g(0), g(1), ...; often not injective."""
    size = draw(st.integers(1, most))
    return draw(each_drawn(size, st.integers(0, size - 1)))


@st.composite
def few_symbol_rows(draw: st.DrawFn, most: int = 24, columns: int = 3) -> Int[np.ndarray, "rows columns"]:
    """Rows of small integers: duplicates are common."""
    shape = (draw(st.integers(1, most)), draw(st.integers(1, columns)))
    return draw(each_drawn(shape, st.integers(-1, draw(st.integers(0, 2)))))


@st.composite
def real_rows(
    draw: st.DrawFn, least: int = 1, most: int = 24, columns: int = 3, reach: float = 3.0
) -> Float[np.ndarray, "rows columns"]:
    """Rows of real numbers in [-reach, reach], some of them repeated."""
    rows, width = draw(st.integers(least, most)), draw(st.integers(1, columns))
    elements = st.floats(-reach, reach, allow_subnormal=False, width=32)
    distinct = draw(each_drawn((rows, width), elements, np.float64))
    again = draw(each_drawn(rows, st.integers(0, rows - 1)))
    return distinct[again] if draw(st.booleans()) else distinct


@st.composite
def integer_networks(draw: st.DrawFn, layers: int = 4, width: int = 4, most: int = 40) -> IntegerNetwork:
    """A network that computes with integers, with its inputs (often repeated) and labels.

    The labels are drawn for each row, so equal inputs may carry different ones: Y is not a function of X.
    """
    widths = draw(st.lists(st.integers(1, width), min_size=2, max_size=layers + 1))
    entries = st.integers(-2, 2)
    kinds = st.sampled_from(sorted(INTEGER_ACTIVATIONS))
    rows = draw(st.integers(1, most))
    return IntegerNetwork(
        weights=tuple(draw(each_drawn(shape, entries)) for shape in pairwise(widths)),
        biases=tuple(draw(each_drawn(units, entries)) for units in widths[1:]),
        activations=tuple(draw(kinds) for _ in widths[1:]),
        x=draw(each_drawn((rows, widths[0]), st.integers(-1, draw(st.integers(0, 3))))),
        y=draw(each_drawn(rows, st.integers(0, 2))),
    )


@st.composite
def real_networks(
    draw: st.DrawFn, layers: int = 4, width: int = 5, activation: str | None = None
) -> RealNetwork:
    """A small net with normal weights of variance gain^2 / fan-in and small normal biases, tanh or relu."""
    widths = draw(st.lists(st.integers(1, width), min_size=2, max_size=layers + 1))
    return RealNetwork.random(
        widths=tuple(widths),
        activation=activation or draw(st.sampled_from(["tanh", "relu"])),
        gain=draw(st.floats(0.5, 4.0)),
        rng=np.random.default_rng(draw(st.integers(0, 2**32 - 1))),
    )
