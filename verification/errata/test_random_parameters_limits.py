"""How the sources let random parameters move: normal for ever, and by a routine of another name."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats


def moments_of(polynomial, most=6):
    """Exact E G(w)^n, n = 0 .. most, for w ~ N(0, 1): E w^(2k) = 1 x 3 x ... x (2k - 1)."""
    power, moments = [Fraction(1)], []
    for _ in range(most + 1):
        total = Fraction(0)
        for degree, coefficient in enumerate(power):
            if degree % 2 == 0:
                total += coefficient * int(np.prod(range(1, degree, 2), dtype=object))
        moments.append(total)
        longer = [Fraction(0)] * (len(power) + len(polynomial) - 1)
        for (i, a), (j, b) in product(enumerate(power), enumerate(polynomial)):
            longer[i + j] += a * b
        power = longer
    return moments


def cumulants_of(polynomial):
    """Exact cumulants 1 .. 6 of G(w), w ~ N(0, 1); those from the third on are 0 for a normal variable."""
    moments = moments_of(polynomial)
    cumulants = [Fraction(0)] * 7
    for n in range(1, 7):
        cumulants[n] = moments[n] - sum(
            comb(n - 1, k - 1) * cumulants[k] * moments[n - k] for k in range(1, n)
        )
    return cumulants[1:]


def zigzag(u):
    """A continuous map of [0, 1] that keeps lengths: three lines of slope 3, -3, 3 in the middle half."""
    if not Fraction(1, 4) <= u <= Fraction(3, 4):
        return u
    v = 2 * u - Fraction(1, 2)
    line = 3 * v if v <= Fraction(1, 3) else 2 - 3 * v if v <= Fraction(2, 3) else 3 * v - 2
    return line / 2 + Fraction(1, 4)


@pytest.mark.claim(
    "theta.sgd-step-gaussian",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a eqs. 13, 15; grabauskas-2019-draft-b eqs. 13, 15",
    says="Normal parameters are still normal after a step of gradient descent.",
)
def test_one_step(evidence):
    """Exact cumulants: an affine gradient keeps the law normal, a quadratic or cubic one does not.

    A kinked gradient can keep one normal law: in Phi(w), `zigzag` moves lengths about and loses none.
    """
    numbers = st.fractions(-2, 2, max_denominator=4)

    @given(
        gradient=st.lists(numbers, min_size=1, max_size=4), rate=st.fractions("1/20", 1, max_denominator=20)
    )
    def search(gradient, rate):
        evidence.case(gradient=gradient, rate=rate)
        after = [-rate * coefficient for coefficient in gradient] + [Fraction(0)] * (2 - len(gradient))
        after[1] += 1
        beyond = cumulants_of(after)[2:]
        affine = not any(gradient[2:])
        assert affine == (not any(beyond)), f"corrected: cumulants {beyond} although affine is {affine}"

    search()
    a = Fraction(1, 10)
    _, variance, _, fourth, _, _ = cumulants_of([0, 1 + a, 0, -a])  # w - a (w^3 - w)
    excess = float(fourth / variance**2)
    # Ten printed decimals.
    evidence.equal(excess, -1.1412244898, within=1e-10, what="excess kurtosis, double well", unit="")
    straight = cumulants_of([0, 1 - a])
    evidence.equal(float(straight[3]), 0.0, within=0.0, what="excess kurtosis, quadratic loss", unit="")
    draws = np.random.default_rng(0).standard_normal(100_000)
    moved = draws - 0.1 * (draws**3 - draws)
    evidence.differ(
        excess, 0.0, by=1.0, what="excess kurtosis", unit="", loss="(w^2 - 1)^2 / 4", rate=0.1,
        start="N(0, 1)", excess_kurtosis=excess, in_100000_draws=float(stats.kurtosis(moved)),
    )  # fmt: skip

    nodes = [Fraction(k, 48) for k in range(49)]  # the map is a line between neighbours
    for level in (Fraction(k, 16) for k in range(17)):
        below = Fraction(0)
        for left, right in pairwise(nodes):
            low, high = sorted((zigzag(left), zigzag(right)))
            below += (right - left) * min(max((level - low) / (high - low), Fraction(0)), Fraction(1))
        evidence.equal(float(below), float(level), within=0.0, what="a kinked step keeps N(0, 1)", unit="")
    assert zigzag(Fraction(5, 12)) != Fraction(5, 12), "the kinked step must move some weights"

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.hist(moved, bins=120, density=True, color="#0072B2", label="after the step")
        line = np.linspace(-4, 4, 400)
        scale = float(variance) ** 0.5
        axes.plot(line, stats.norm.pdf(line, 0, scale), color="#D55E00", label="normal, same variance")
        axes.set(xlabel="weight", ylabel="density")
        axes.legend(frameon=False)

    evidence.draw(draw, "100,000 normal weights after one step of rate 0.1 on the loss (w² - 1)² / 4.")


def printed_routine(draw, step):
    """Figure 2.5 as printed: line 5 calls a routine of another name, which is not given."""

    def random_theta_primed(epoch):
        if epoch == 1:
            return draw()
        old = random_theta(epoch - 1)
        return step(old)

    return random_theta_primed


def missing_name(routine, epoch):
    """The name for want of which a routine stops, or None."""
    try:
        routine(epoch)
    except NameError as error:
        return error.name
    return None


def corrected_routine(draw, step):
    """The same with the call that is meant."""

    def random_theta_primed(epoch):
        if epoch == 1:
            return draw()
        old = random_theta_primed(epoch - 1)
        return step(old)

    return random_theta_primed


def push(law, kernel):
    """The law after one step, from the law before and the law of the step from each value."""
    after: Counter[Fraction] = Counter()
    for w, p in law.items():
        for moved, q in kernel(w).items():
            after[moved] += p * q
    return after


def apart(one, other) -> Fraction:
    """The total variation distance of two laws."""
    return sum((abs(one.get(w, 0) - other.get(w, 0)) for w in {*one, *other}), Fraction(0)) / 2


@pytest.mark.claim(
    "theta.recursion",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a eq. 12; grabauskas-2019-draft-b eq. 12; grabauskas-2019 Fig. 2.5 line 5",
    says="P(θ(e+1) = t | θ(e) = t′) = P(φ = t), φ being θ(e) after one step, defines the law of θ(e+1), and "
    "the printed routine draws from it.",
)
def test_law_of_the_next_parameters(evidence):
    """The right side forgets t', and the routine calls another; a kernel over random batches does both."""
    numbers = st.integers(-2, 2).map(Fraction)

    @given(
        starts=st.lists(numbers, min_size=1, max_size=3, unique=True),
        data=st.lists(numbers, min_size=1, max_size=3),
        rate=st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(3, 2)]),
        epoch=st.integers(1, 4),
    )
    def search(starts, data, rate, epoch):
        evidence.case(starts=starts, data=data, rate=rate, epoch=epoch)

        def kernel(w):
            moved = Counter(w - rate * (w - x) for x in data)
            return {after: Fraction(count, len(data)) for after, count in moved.items()}

        law = Counter({w: Fraction(1, len(starts)) for w in starts})
        for _ in range(epoch - 1):
            law = push(law, kernel)
        drawn: Counter[Fraction] = Counter()
        for start, *batches in product(starts, *[data] * (epoch - 1)):
            left = iter(batches)
            theta = corrected_routine(
                lambda start=start: start, lambda w, left=left: w - rate * (w - next(left))
            )
            drawn[theta(epoch)] += Fraction(1, len(starts) * len(data) ** (epoch - 1))
            assert next(left, None) is None, "epoch e must take e - 1 steps"
        distance = float(apart(drawn, law))
        evidence.equal(distance, 0.0, within=0.0, what="corrected: routine and kernel", unit="(probability)")

    search()
    routine = printed_routine(lambda: Fraction(1), lambda w: w / 2)
    assert routine(1) == 1, "the printed routine must work at epoch 1"
    assert missing_name(routine, 2) == "random_theta", "from epoch 2 on, the printed routine calls another"
    start = Counter({Fraction(w): Fraction(1, 3) for w in (0, 1, 2)})

    def half(w):
        return {w / 2: Fraction(1)}

    printed = push(start, half)  # P(phi = t), the same for each t'
    distances = [float(apart(printed, half(Fraction(w)))) for w in (0, 1, 2)]
    evidence.equal(distances, [2 / 3] * 3, within=1e-15, what="eq. 12 against the step", unit="(probability)")
    fixed = float(apart(push(start, half), {Fraction(1, 2): Fraction(1)}))  # theta(1) one drawn value, 1
    evidence.differ(
        fixed, 0.0, by=0.5, what="the routine, read as one drawn value before", unit="(probability)",
        start="uniform on 0, 1, 2", step="w / 2", eq12_off_by=distances, routine_off_by=fixed,
        routine_as_printed="NameError: random_theta",
    )  # fmt: skip
