"""Parameters as random variables: how they start, how they move, and what it means to lose information."""

from collections import Counter
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import integrate, special, stats

from ibspec.models.initialisation import NamedInitialisation, NormalInitialisation, SaxeInitialisation
from verification.information import ROUNDING, conditional, entropy, second
from verification.strategies import joint_tables

RARE = 1e-9
"""Chance that one comparison of a drawn law with its formula fails although the law is right."""


def allowed_distance(draws: int) -> float:
    """How far an empirical distribution function may lie from the true one: Massart's bound at `RARE`."""
    return float(np.sqrt(np.log(2 / RARE) / (2 * draws)))


def distance_from_normal(values, sd: float) -> float:
    """The largest difference between the distribution function of draws and that of N(0, sd^2)."""
    truth = special.ndtr(np.sort(np.asarray(values, dtype=float)) / sd)
    steps = np.arange(len(truth) + 1) / len(truth)
    return float(max((steps[1:] - truth).max(), (truth - steps[:-1]).max()))


def drawn(law, shape, generator):
    """First weights of one layer by one of the laws that a spec can name."""
    weight = torch.empty(shape)
    law.draw(weight, generator, is_output=False)
    return weight.double().numpy()


@pytest.mark.claim(
    "theta.gaussian-init",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a eq. 11; grabauskas-2019-draft-b eq. 11; grabauskas-2019 Fig. 2.5 line 3",
    says="With a normal law of the first weights, the parameters at the start are multivariate normal.",
)
def test_first_parameters(evidence):
    """Single weights and sums of weights by ibspec's normal laws; uniform, cut and tied ones break it."""
    generator = torch.Generator().manual_seed(73)
    side = 300
    normal = {
        NamedInitialisation(kind="glorot-normal"): lambda units, below: np.sqrt(2 / (units + below)),
        NamedInitialisation(kind="he-normal"): lambda units, below: np.sqrt(2 / below),
        NamedInitialisation(kind="lecun-normal"): lambda units, below: np.sqrt(1 / below),
        NormalInitialisation(kind="normal", std=0.3): lambda units, below: 0.3,
    }
    directions = np.random.default_rng(0).standard_normal((8, 6))
    for law, sd in normal.items():
        evidence.case(law=law.kind)
        one = drawn(law, (side, side), generator).ravel()
        distance = distance_from_normal(one, sd(side, side))
        evidence.at_most(distance, allowed_distance(len(one)), what="single weights", unit="(probability)")
        many = np.stack([drawn(law, (2, 3), generator).ravel() for _ in range(1000)])
        for direction in directions / np.linalg.norm(directions, axis=1, keepdims=True):
            distance = distance_from_normal(many @ direction, sd(2, 3))
            evidence.at_most(distance, allowed_distance(1000), what="sums of weights", unit="(probability)")
    allowed = allowed_distance(side * side)
    uniform = drawn(NamedInitialisation(kind="glorot-uniform"), (side, side), generator).ravel()
    away = distance_from_normal(uniform, uniform.std())
    # The distance of a uniform law from the normal one of its variance is 0.057.
    evidence.at_most(2 * allowed, away, what="broken: uniform weights", unit="(probability)")
    cut = drawn(SaxeInitialisation(kind="saxe-truncated-normal"), (side, side), generator)
    reach = float(np.abs(cut).max() * np.sqrt(side))  # in the stated standard deviations
    evidence.at_most(reach, 2.0, within=1e-6, what="broken: cut weights reach no further", unit="sd")
    assert stats.norm.cdf(2) ** (side * side) < RARE, "normal weights would reach further than two sd"
    tied = np.repeat(one[:1000, None], 2, axis=1)
    rank = int(np.linalg.matrix_rank(np.cov(np.hstack([tied, np.zeros((1000, 1))]).T)))
    evidence.equal(rank, 1, within=0.0, what="broken: tied weights with a zero bias", unit="(rank of 3)")
    evidence.number(
        **{
            "broken by uniform weights: distance from normal, allowed": (away, allowed),
            "broken by cut weights: largest in sd": reach,
            "broken by tied weights and a zero bias: rank of the covariance of three": rank,
        }
    )


def entropy_of(things) -> float:
    """H of a list of things, each counting the same."""
    return entropy(np.array(list(Counter(things).values())) / len(things))


def memory(paths) -> float:
    """I(first; third | second) of equally likely triples: 0 for a Markov chain."""
    return (
        entropy_of([path[:2] for path in paths])
        + entropy_of([path[1:] for path in paths])
        - entropy_of(paths)
        - entropy_of([path[1] for path in paths])
    )


def paths(starts, batches, step, seen=lambda state: state):
    """States at three moments, for each start and each pair of batches, all equally likely."""
    return [
        tuple(map(seen, (state := start, state := step(state, first), step(state, second))))
        for start, (first, second) in product(starts, batches)
    ]


@pytest.mark.claim(
    "theta.markov",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1.2; grabauskas-2019-draft-b §0.1.2",
    says="Under plain gradient descent with fresh independent batches the parameters are a Markov chain.",
)
def test_memory_of_descent(evidence):
    """All paths of one weight in rational numbers; momentum, and drawing without replacement, break it.

    From epoch to epoch, fresh orders leave a Markov chain; an order drawn once for all epochs does not.
    """

    def plain(rate):
        return lambda w, x: w - rate * (w - x)

    def momentum(rate, keep):
        def step(state, x):
            velocity = keep * state[1] + (state[0] - x)
            return state[0] - rate * velocity, velocity

        return step

    def epoch(rate):
        def through(w, order):
            for x in order:
                w = plain(rate)(w, x)
            return w

        return through

    def orders(data):
        return list(permutations(data))

    def left_over(rate):
        return lambda state, x: (plain(rate)(state[0], x), state[1] - {x})

    rates = st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(1), Fraction(3, 2)])
    numbers = st.integers(-2, 2).map(Fraction)

    @given(
        starts=st.lists(numbers, min_size=1, max_size=3),
        data=st.lists(numbers, min_size=2, max_size=3, unique=True),
        rate=rates,
        keep=st.sampled_from([Fraction(1, 2), Fraction(9, 10)]),
    )
    def search(starts, data, rate, keep):
        evidence.case(starts=starts, data=data, rate=rate, keep=keep)
        fresh = list(product(data, repeat=2))
        of_plain = memory(paths(starts, fresh, plain(rate)))
        worst = evidence.equal(of_plain, 0.0, within=ROUNDING, what="plain descent")
        enlarged = [(w, Fraction(0)) for w in starts]
        of_both = memory(paths(enlarged, fresh, momentum(rate, keep)))
        worst = max(worst, evidence.equal(of_both, 0.0, within=ROUNDING, what="weight and velocity"))
        twice = list(product(orders(data), repeat=2))
        of_epochs = memory(paths(starts, twice, epoch(rate)))
        worst = max(worst, evidence.equal(of_epochs, 0.0, within=ROUNDING, what="epochs in fresh orders"))
        whole = [(w, frozenset(data)) for w in starts]
        pairs = list(permutations(data, 2))
        of_rest = memory(paths(whole, pairs, left_over(rate)))
        target(max(worst, evidence.equal(of_rest, 0.0, within=ROUNDING, what="weight and rows left")))

    search()
    starts, data, half = [Fraction(0), Fraction(1), Fraction(2)], [Fraction(0), Fraction(1)], Fraction(1, 2)
    broken = {
        "momentum": memory(
            paths(
                [(w, Fraction(0)) for w in starts],
                list(product([*data, Fraction(2)], repeat=2)),
                momentum(half, half),
                seen=lambda state: state[0],
            )
        ),
        "steps without replacement": memory(
            paths(starts, list(permutations([*data, Fraction(2)], 2)), plain(half))
        ),
        "one order for all epochs": memory(
            paths(starts, [(order, order) for order in orders(data)], epoch(half))
        ),
    }
    for name, bits in broken.items():
        evidence.differ(bits, 0.0, by=0.01, what=f"broken: {name}")
    evidence.number(**{f"broken by {name}: I(before; after | now)": bits for name, bits in broken.items()})


def only_one_input(joint) -> bool:
    """Whether each t that occurs leaves exactly one x with positive probability."""
    return bool(((joint > 0).sum(axis=0)[second(joint) > 0] == 1).all())


@pytest.mark.claim(
    "theta.posterior",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a eq. 14; grabauskas-2019-draft-b eq. 14",
    says="For discrete T, H(X|T) = 0 exactly if each t of positive probability leaves one x possible.",
)
def test_one_input_remains(evidence):
    """One x for each t, not one x for all; a continuous T breaks it, as no t has positive probability."""

    @given(joint=joint_tables())
    def search(joint):
        evidence.case(joint=joint)
        left = conditional(joint.T)
        target(-left)
        assert (left == 0) == only_one_input(joint), f"H(X|T) = {left} against the posteriors"

    search()
    told = np.eye(2) / 2  # T = X
    one_for_all = [bool((row[second(told) > 0] == second(told)[second(told) > 0]).all()) for row in told]
    assert not any(one_for_all), "read with one x for all t, the print must miss H(X|T) = 0"
    evidence.equal(conditional(told.T), 0.0, within=0.0, what="H(X|T) of T = X")

    def surprise(t):  # X = 1 or -1 and noise N(0, 1): H(X|T = t) times the density of T
        p = special.expit(2 * t)
        return special.entr([p, 1 - p]).sum() / np.log(2) * stats.norm.pdf(t, [1, -1]).mean()

    left = 2 * integrate.quad(surprise, 0, 12, epsabs=1e-12)[0]
    evidence.equal(left, 1 - 0.485944, within=1e-6, what="broken: H(X|T) of X with noise")  # six places
    evidence.number(**{"broken by a continuous T = X + noise: H(X|T)": left, "t of positive probability": 0})


@pytest.mark.claim(
    "theta.not-invertible",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 §2.3.4, unfinished sentence after Fig. 2.5",
    says="With random parameters, `not invertible` can be read as H(X|T) > 0, parameters unknown: two inputs "
    "that occur can lead to the same t, each under some parameters.",
)
def test_not_invertible_when_random(evidence):
    """The reading of an unfinished sentence: the usual one for one θ, and more than that for several."""

    @given(inputs=st.integers(1, 4), settings=st.integers(1, 4), data=st.data())
    def search(inputs, settings, data):
        table = np.array(
            data.draw(
                st.lists(
                    st.lists(st.integers(0, 5), min_size=inputs, max_size=inputs),
                    min_size=settings,
                    max_size=settings,
                )
            )
        )
        evidence.case(table=table)
        joint = np.zeros((inputs, 6))
        for row in table:
            joint[np.arange(inputs), row] += 1 / table.size
        left = conditional(joint.T)
        reached = [set(table[:, x]) for x in range(inputs)]
        overlap = any(reached[a] & reached[b] for a in range(inputs) for b in range(a))
        target(-left)
        assert (left > 0) == overlap, f"H(X|T) = {left} although overlap is {overlap}"
        if settings == 1:
            assert overlap == (len(set(table[0])) < inputs), "one θ: not injective on the inputs"

    search()
    joint = np.full((2, 2), 0.25)  # T = w X, w and X each 1 or -1
    evidence.equal(conditional(joint.T), 1.0, within=ROUNDING, what="T = wX, all signs")
    evidence.number(**{"T = wX, w = 1 or -1, each invertible, X = 1 or -1: H(X|T)": conditional(joint.T)})
