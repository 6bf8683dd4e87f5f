"""What a layer's matrix merges: its kernel, its determinant, and chance."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ibspec.core import Probe
from ibspec.estimators import Binning, Width
from verification import rational

ACTIVATIONS = {
    "leaky": (lambda z: z if z > 0 else z / 4, lambda a: a if a > 0 else 4 * a),
    "softsign": (lambda z: z / (1 + abs(z)), lambda a: a / (1 - abs(a))),
    "cube": (lambda z: z**3, None),
}
"""Strictly increasing, rational for rational z, with the inverse where that is rational too."""


@st.composite
def integer_matrices(draw, square=False, most=4):
    """A small matrix of small integers; singular ones are common."""
    rows = draw(st.integers(1, most))
    columns = rows if square else draw(st.integers(1, most))
    return draw(
        npst.arrays(np.int64, (rows, columns), elements=st.integers(-2, 2), fill=st.nothing())
    ).tolist()


@pytest.mark.claim(
    "invert.layer-iff-matrix",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a eq. 7; grabauskas-2019-draft-b eq. 7",
    says="With a strictly monotone activation, a layer g(M x + b) is injective on the whole space exactly if "
    "M is, whatever the bias.",
)
def test_layer_and_matrix(evidence):
    """In rational numbers: a kernel vector collides with 0, or else inputs stay apart; relu breaks it."""

    @given(matrix=integer_matrices(), data=st.data())
    def search(matrix, data):
        units, inputs = len(matrix), len(matrix[0])
        numbers = st.fractions(-3, 3, max_denominator=6)
        bias = data.draw(st.lists(numbers, min_size=units, max_size=units))
        one, other = (data.draw(st.lists(numbers, min_size=inputs, max_size=inputs)) for _ in range(2))
        name = data.draw(st.sampled_from(sorted(ACTIVATIONS)))
        evidence.case(matrix=matrix, bias=bias, one=one, other=other, activation=name)

        def layer(x):
            shifted = zip(rational.apply(matrix, x), bias, strict=True)
            return [ACTIVATIONS[name][0](z + b) for z, b in shifted]

        merged = rational.kernel_vector(matrix)
        injective = rational.rank(matrix) == inputs
        assert injective == (merged is None), "a matrix is injective if and only if its kernel is 0"
        if merged is not None:
            moved = [a + b for a, b in zip(one, merged, strict=True)]
            assert layer(moved) == layer(one), "a kernel vector must not change the layer"
        else:
            assert (layer(one) == layer(other)) == (one == other), "an injective M must keep inputs apart"
        back = ACTIVATIONS[name][1]
        if back is not None:
            seen = [back(a) - b for a, b in zip(layer(one), bias, strict=True)]
            assert seen == rational.apply(matrix, one), "the activation must be undone exactly"

    search()
    x = np.array([-1, -2])
    relu = Binning(cells=Width(1.0)).estimate(np.maximum(x, 0), Probe(x=x)).i_xt
    evidence.equal(relu, 0.0, within=0.0, what="broken: relu after the identity")
    singular, sample = [[1, 2], [2, 4]], [(0, 0), (1, 0), (0, 1)]
    evidence.equal(rational.determinant(singular), 0, within=0.0, what="a singular matrix", unit="(det)")
    images = len({tuple(rational.apply(singular, point)) for point in sample})
    evidence.equal(images, 3, within=0.0, what="broken: on a sample only", unit="values")
    reached = max(abs(ACTIVATIONS["softsign"][0](Fraction(10**power))) for power in range(9))
    assert reached < 1, "a bounded activation must not reach the whole space"
    evidence.number(
        **{
            "broken by relu: I(X;T) of inputs -1, -2": relu,
            "broken on a sample: images of three points under a singular matrix": images,
        }
    )


@pytest.mark.claim(
    "invert.det-criterion",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a eq. 8; grabauskas-2019-draft-b eq. 8; grabauskas-2019 §2.3.4",
    says="A square matrix has an inverse exactly if its determinant is not 0.",
)
def test_determinant_decides(evidence):
    """In rational numbers; in floats the determinant of an invertible matrix may underflow."""

    @given(matrix=integer_matrices(square=True))
    def search(matrix):
        evidence.case(matrix=matrix)
        size = len(matrix)
        found, det = rational.inverse(matrix), rational.determinant(matrix)
        assert (found is not None) == (det != 0), f"inverse {found} although the determinant is {det}"
        if found is not None:
            columns = zip(*found, strict=True)
            unit = [rational.apply(matrix, column) for column in columns]
            assert unit == [[int(i == j) for j in range(size)] for i in range(size)], "M times its inverse"
        else:
            merged = rational.kernel_vector(matrix)
            assert not any(rational.apply(matrix, merged)), "a singular matrix must send some vector to 0"

    search()
    small = 1e-120 * np.eye(3)
    det = float(np.linalg.det(small))
    evidence.equal(det, 0.0, within=0.0, what="broken in floats: det of 1e-120 times the unit", unit="(det)")
    assert np.linalg.matrix_rank(small) == 3, "the rank must see what the determinant does not"
    assert rational.inverse(small.tolist()) is not None, "exactly, the matrix has an inverse"
    evidence.number(**{"broken in floats: det of 1e-120 times the 3 x 3 unit matrix, rank": (det, 3)})


def singular_share(size, values):
    """P(det = 0) of a matrix whose entries take each of the whole values equally often, by enumeration."""
    values = np.asarray(values)
    if size == 2:  # ad = bc, by the law of a product
        counts = np.unique(np.multiply.outer(values, values), return_counts=True)[1]
        return float((counts.astype(float) ** 2).sum() / len(values) ** 4)
    a, b, c, d, e, f, g, h, i = np.array(list(product(values, repeat=9))).T
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return float((det == 0).mean())


@pytest.mark.claim(
    "invert.random-matrix",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a eqs. 9-10; grabauskas-2019-draft-b eqs. 9-10; "
    "grabauskas-2019 §2.3.4, §4.0.1",
    says="A square matrix whose entries have a joint density has an inverse with probability 1.",
)
def test_random_matrix(evidence):
    """Exact determinants of drawn matrices; atoms, tied entries and fewer units than inputs break it."""
    laws = {
        "normal": lambda rng, size: rng.standard_normal((size, size)),
        "uniform": lambda rng, size: rng.random((size, size)),
        "cauchy": lambda rng, size: rng.standard_cauchy((size, size)),
        "nearly one column": lambda rng, size: rng.random((size, 1)) + 1e-6 * rng.random((size, size)),
    }

    @given(name=st.sampled_from(sorted(laws)), size=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
    def search(name, size, seed):
        matrix = laws[name](np.random.default_rng(seed), size)
        evidence.case(law=name, size=size, seed=seed)
        # A float64 draw is a rational number; that it makes det exactly 0 has probability of about 1e-15.
        missing = size - rational.rank(matrix.tolist())
        evidence.equal(missing, 0, within=0.0, what="rank missing", unit="(rank)")
        target(float(-np.abs(np.linalg.det(matrix))))
        if size > 1:
            matrix[:, 0] = matrix[:, 1]
            assert rational.determinant(matrix.tolist()) == 0, "broken: tied columns must be singular"

    search()
    shares = {
        "2 x 2, signs": (singular_share(2, (-1, 1)), 1 / 2),
        "2 x 2, bits": (singular_share(2, (0, 1)), 0.625),
        "2 x 2, ternary": (singular_share(2, (-1, 0, 1)), 0.407407),
        "3 x 3, signs": (singular_share(3, (-1, 1)), 0.625),
        "3 x 3, bits": (singular_share(3, (0, 1)), 0.660156),
        "3 x 3, ternary": (singular_share(3, (-1, 0, 1)), 0.400091),
        "2 x 2, 0..3": (singular_share(2, range(4)), 0.25),
        "2 x 2, 0..7": (singular_share(2, range(8)), 0.082031),
        "2 x 2, 0..15": (singular_share(2, range(16)), 0.025391),
        "2 x 2, 0..63": (singular_share(2, range(64)), 0.002051),
    }
    for name, (share, reference) in shares.items():
        evidence.equal(share, reference, within=1e-6, what=f"broken: {name}", unit="(probability)")
    narrow = np.random.default_rng(0).standard_normal((2, 3)).tolist()
    assert rational.kernel_vector(narrow) is not None, "broken: three inputs to two units must merge some"
    evidence.number(
        **{f"broken by entries with atoms, P(det = 0), {name}": p for name, (p, _) in shares.items()}
    )
