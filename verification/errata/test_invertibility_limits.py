"""When a chain of layers loses information: the printed criteria, and the one that is right."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ibspec.core import Probe, conditional_entropy_bits, group_rows
from ibspec.estimators import Binning, Width
from verification.information import ROUNDING
from verification.networks import RealNetwork, binary_words
from verification.strategies import integer_networks

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""

UNBINNED = Binning(cells=Width(1e-300))
"""floor(t / 1e-300) tells apart all that float64 does."""


def injective(function, points) -> bool:
    """Whether a map, as the list of its values, keeps all of some points apart."""
    return len({function[point] for point in points}) == len(set(points))


def images(functions, points):
    """Yield the points before each map, then those behind the last."""
    points = list(points)
    yield points
    for function in functions:
        points = [function[point] for point in points]
        yield points


def loses(functions, points) -> bool:
    """Whether the chain merges some of the points."""
    return len(set(list(images(functions, points))[-1])) < len(set(points))


@st.composite
def chains_of_maps(draw):
    """Up to four maps, each from 0..m-1 to 0..n-1, and some points where the first one starts."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    functions = [
        draw(npst.arrays(np.int64, (below,), elements=st.integers(0, above - 1), fill=st.nothing())).tolist()
        for below, above in pairwise(sizes)
    ]
    return functions, draw(st.lists(st.integers(0, sizes[0] - 1), min_size=1, max_size=6))


def repaired(functions, points) -> bool:
    """Whether each map is injective on the points that reach it."""
    return all(
        injective(function, reached)
        for function, reached in zip(functions, images(functions, points), strict=False)
    )


@pytest.mark.claim(
    "invert.composition",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a after eq. 5; grabauskas-2019-draft-b after eq. 5; grabauskas-2019 §2.3.4",
    says="The map from input to layer is invertible if and only if the map of each layer is.",
)
def test_composition(evidence):
    """Only `if` holds: what a map does where nothing arrives is of no account."""
    ranges = [list(product(range(size), repeat=points)) for points, size in ((2, 3), (3, 2))]
    composed = throughout = agreeing = 0
    for first, second in product(*ranges):
        evidence.case(first=first, second=second)
        kept = not loses((first, second), range(2))
        printed = injective(first, range(2)) and injective(second, range(3))
        assert kept or not printed, "injective maps must give an injective composition"
        composed += kept
        throughout += printed
        agreeing += repaired((first, second), range(2)) == kept
    counts = (composed, throughout, agreeing)
    evidence.equal(counts, (24, 0, 72), within=0.0, what="of 72 chains 2-3-2", unit="chains")
    cube = list(product(range(3), repeat=3))
    same = sum(
        (not loses(pair, range(3))) == (injective(pair[0], range(3)) and injective(pair[1], range(3)))
        for pair in product(cube, repeat=2)
    )
    evidence.equal(same, 729, within=0.0, what="equal sizes: chains where the print is right", unit="chains")

    @given(chain=chains_of_maps())
    def search(chain):
        functions, points = chain
        evidence.case(functions=functions, points=points)
        x, t = (np.array(part) for part in (points, list(images(functions, points))[-1]))
        left = conditional_entropy_bits(x, t)
        target(left)
        assert repaired(functions, points) == (left < 1e-9), f"corrected: H(X|T) = {left}"

    search()
    x = np.arange(8.0)
    first, second = np.stack([x, 0 * x], axis=1), x
    found = [EXACT.estimate(t, Probe(x=x)).i_xt for t in (first, second)]
    evidence.equal(found, (3.0, 3.0), within=ROUNDING, what="x -> (x, 0) -> its first coordinate")
    evidence.counterexample(
        f1="x -> (x, 0)", f2="(u, v) -> u, which merges (0, 0) and (0, 1)", I_of_X_and_T1_T2=found, H_of_X=3.0
    )
    evidence.number(
        **{"of 72 chains 2-3-2: composition injective, all maps injective, repair agrees": counts}
    )


RIGHT = "corrected: a collision of what reaches a layer must decide"


def printed_compression(functions, sample) -> bool:
    """Eq. 6, third line: some layer merges two network inputs, as if they were its own inputs."""
    return any(f[u] == f[v] and u != v for f in functions for u, v in product(sample, repeat=2))


def corrected_compression(functions, sample) -> bool:
    """Some layer merges two different values that reach it."""
    return any(
        f[u] == f[v] and u != v
        for f, reached in zip(functions, images(functions, sample), strict=False)
        for u, v in product(reached, repeat=2)
    )


@pytest.mark.claim(
    "invert.eq6",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a eq. 6; grabauskas-2019-draft-b eq. 6",
    says="There is compression if and only if some layer's map takes two network inputs to the same value.",
)
def test_collision_of_network_inputs(evidence):
    """The values that reach a layer must collide: the print is wrong both ways on three points."""
    sample = (0, 1)
    falsely = missed = 0
    for functions in product(product(range(3), repeat=3), repeat=2):
        evidence.case(f1=functions[0], f2=functions[1])
        true, printed = loses(functions, sample), printed_compression(functions, sample)
        assert corrected_compression(functions, sample) == true, RIGHT
        falsely += printed and not true
        missed += true and not printed
    evidence.equal((falsely, missed), (72, 72), within=0.0, what="of 729 chains, wrong", unit="chains")

    @given(chain=chains_of_maps())
    def search(chain):
        functions, points = chain
        evidence.case(functions=functions, points=points)
        true = loses(functions, points)
        assert corrected_compression(functions, points) == true, RIGHT

    search()
    f1, f2 = {1: 3, 2: 4}, {1: 0, 2: 0, 3: 3, 4: 4}
    t = np.array([f2[f1[x]] for x in sample_of(f1)])
    found = EXACT.estimate(t, Probe(x=np.array(sample_of(f1)))).i_xt
    assert printed_compression((f2,), sample_of(f1)), "the print must see a collision of 1 and 2 in f2"
    evidence.equal(found, 1.0, within=ROUNDING, what="I(X;T) of the example")
    evidence.counterexample(
        f1="1 -> 3, 2 -> 4", f2="1, 2 -> 0, 3 -> 3, 4 -> 4", X="uniform on 1, 2", printed="compression",
        I_of_X_and_T=found, H_of_X=1.0,
    )  # fmt: skip
    evidence.number(**{"of 729 chains: compression claimed falsely, missed": (falsely, missed)})


def sample_of(function):
    """The points on which a map given as a dictionary is defined."""
    return sorted(function)


@pytest.mark.claim(
    "invert.recap",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a §0.1.3; grabauskas-2019-draft-b §0.1.3; grabauskas-2019 §4.0.1",
    says="If the parameters are concrete values, compression is not possible.",
)
def test_concrete_parameters_compress(evidence):
    """Relu, constants, rounding, saturation and whole weights compress; merging inputs is what decides."""

    @given(network=integer_networks())
    def search(network):
        evidence.case(weights=network.weights, biases=network.biases, x=network.x)
        probe = Probe(x=network.x)
        inputs = len(np.unique(network.x, axis=0))
        worst = 0.0
        for t in network.activities():
            found = EXACT.estimate(t, probe).i_xt
            kept = len(np.unique(t, axis=0)) == inputs
            assert (probe.h_x - found < 1e-9) == kept, (
                f"corrected: {found} of {probe.h_x} bits, injective is {kept}"
            )
            worst = max(worst, probe.h_x - found)
        target(worst)

    search()
    words = binary_words(12)
    probe = Probe(x=words)
    rng = np.random.default_rng(3)
    relu, tanh = (
        [RealNetwork.random((12, 10, 7, 5), name, gain, rng) for gain in (1.4, 8.0)]
        for name in ("relu", "tanh")
    )
    by_layer = [UNBINNED.estimate(t, probe).i_xt for t in relu[0].activities(words)]
    whole = words @ rng.choice([-1, 1], (12, 3))
    saturated = list(tanh[1].activities(8.0 * words, lambda t: t.astype(np.float16).astype(float)))[-1]
    rounded = list(tanh[0].activities(words, lambda t: np.round(t, 1)))[-1]
    found = {
        "relu, layer 3": by_layer[-1],
        "all zero": UNBINNED.estimate(0.0 * words, probe).i_xt,
        "weights of 1 and -1": UNBINNED.estimate(whole, probe).i_xt,
        "saturated tanh in float16": UNBINNED.estimate(saturated, probe).i_xt,
        "rounded to one decimal": UNBINNED.estimate(rounded, probe).i_xt,
    }
    for name, value in found.items():
        evidence.at_most(value, 12.0 - 1e-6, what=f"I(X;T) of 12 bits: {name}")
    kept = list(tanh[0].activities(words))[-1]
    evidence.equal(
        UNBINNED.estimate(kept, probe).i_xt, 12.0, within=ROUNDING, what="tanh 12-10-7-5, not rounded"
    )
    evidence.counterexample(net="untrained relu 12-10-7-5, fixed weights", H_of_X=12.0, I_of_X_and_T=by_layer)
    evidence.number(**{f"I(X;T) of 12 bits, {name}": value for name, value in found.items()})

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.barh(list(found), list(found.values()), color="#0072B2")
        axes.axvline(12.0, color="#D55E00", label="H(X)")
        axes.set(xlabel="I(X;T) in bits", xlim=(0, 13))
        axes.invert_yaxis()
        axes.legend(frameon=False, loc="upper right")

    evidence.draw(draw, "I(X;T) on all 4096 words of 12 bits of layers whose parameters are fixed numbers.")


@pytest.mark.claim(
    "invert.float-rounding",
    kind="extension",
    expected="refuted",
    source="grabauskas-2019-draft-a eq. 10; grabauskas-2019-draft-b eq. 10; both read for machine numbers",
    says="A random matrix keeps all inputs apart in machine numbers as well.",
)
def test_rounding_merges(evidence):
    """12 signs through one normal unit: apart in float64, not in float16; 17 signs cannot be at all."""

    @given(seed=st.integers(0, 2**32 - 1), signs=st.integers(11, 12))
    def search(seed, signs):
        words = 2 * binary_words(signs) - 1
        w = np.random.default_rng(seed).standard_normal(signs)
        evidence.case(seed=seed, signs=signs)
        z = words @ w
        if np.diff(np.sort(z)).min() > 1e-12:  # some hundred roundings: no chance of floats decides
            evidence.equal(
                len(np.unique(z)), len(words), within=0.0, what="corrected: values in float64", unit="values"
            )
        merged = len(words) - len(np.unique(z.astype(np.float16)))
        target(-float(merged))
        # 2048 sums fall on some 6000 numbers of float16 between -8 and 8: over 300 pairs are to be expected.
        evidence.at_most(1, merged, what="values lost in float16", unit="values")

    search()
    words = 2 * binary_words(12) - 1
    w = np.random.default_rng(0).standard_normal(12)
    probe = Probe(x=words)
    counts, bits = {}, {}
    for dtype in (np.float64, np.float32, np.float16):
        t = (words @ w).astype(dtype)
        counts[dtype.__name__] = len(np.unique(t))
        bits[dtype.__name__] = UNBINNED.estimate(group_rows(t[:, None]), probe).i_xt
    evidence.equal(counts["float64"], 4096, within=0.0, what="values in float64", unit="values")
    evidence.equal(bits["float64"], 12.0, within=ROUNDING, what="I(X;T) in float64")
    many = (2 * binary_words(17) - 1) @ np.random.default_rng(1).standard_normal(17)
    evidence.at_most(
        len(np.unique(many.astype(np.float16))), 2**16, what="17 signs in float16", unit="values"
    )
    evidence.differ(
        bits["float16"], 12.0, by=1e-3, what="I(X;T) in float16", inputs="4096 words of 12 signs",
        map="one unit, normal weights", values=tuple(counts.items()), I_of_X_and_T=tuple(bits.items()),
    )  # fmt: skip

    def draw(canvas):
        axes = canvas.add_subplot()
        sizes = range(2, 19)
        looks = {"float16": ("#D55E00", "o"), "float32": ("#0072B2", "s"), "float64": ("#009E73", "^")}
        for dtype, (colour, marker) in looks.items():
            for units, line in ((1, "-"), (2, "--")):
                lost = [_inputs_merged(size, units, dtype) for size in sizes]
                label = f"{dtype}, {units} unit{'s' if units > 1 else ''}"
                axes.plot(sizes, lost, line, color=colour, marker=marker, markersize=3.5, label=label,
                          markerfacecolor=colour if units == 1 else "white")  # fmt: skip
        axes.plot(sizes, [2**size for size in sizes], ":", color="#595959", label="all inputs")
        axes.set_yscale("symlog", base=10, linthresh=1)
        axes.set(xlabel="signs in the input", ylabel="inputs that share their value", ylim=(-0.3, 5e5))
        canvas.legend(frameon=False, loc="outside right center", fontsize=8)

    evidence.draw(
        draw,
        "How many of all 2^n inputs fall together with another one in a narrow layer of normal weights, by "
        "the precision of its numbers.",
    )


def _inputs_merged(signs: int, units: int, dtype: str) -> int:
    """Count the inputs whose activity is, in this precision, also another input's."""
    words = 2.0 * binary_words(signs) - 1.0
    t = (words @ np.random.default_rng(1).standard_normal((signs, units))).astype(dtype).astype(float)
    values = t[:, 0] + 1j * t[:, 1] if units == 2 else t[:, 0]
    _, counts = np.unique(values, return_counts=True)
    return int(counts[counts > 1].sum())
