"""What an estimator says that it needs beside the activity: enough for a copy, and more for more."""

from typing import Any

import pytest

from ibspec.estimators import Binning, Estimator, InfoNce, Joint, Quantiles, Separable
from tests.estimators.examples import ALL, Example

SIZES = [(100, 1), (1000, 50), (10_000, 500)]


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.estimator.label)
def test_more_samples_and_more_units_need_more(example: Example) -> None:
    needed = example.estimator.working_memory
    for samples, units in SIZES:
        here = needed(samples, units)
        assert isinstance(here, int)
        assert here > 0
        assert needed(2 * samples, units) >= here
        assert needed(samples, 2 * units) >= here
    # So many that no other part counts: a copy of the activity, in its precision at least.
    assert needed(10**6, 10**4) >= 4 * 10**10


def numbers_of(estimator: Estimator) -> list[str]:
    """Its parameters that are whole numbers."""
    fields = type(estimator).model_fields
    return [name for name in fields if type(getattr(estimator, name)) is int]


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.estimator.label)
def test_more_draws_restarts_or_neighbours_never_need_less(example: Example) -> None:
    for name in numbers_of(example.estimator):
        more: dict[str, Any] = {name: 4 * getattr(example.estimator, name)}
        raised = example.estimator.model_copy(update=more)
        for samples, units in SIZES:
            assert raised.working_memory(samples, units) >= example.estimator.working_memory(samples, units)


@pytest.mark.parametrize("over", ["epoch", "training"])
def test_what_is_held_back_until_the_end(over: str) -> None:
    """Shared edges want all activities, in single precision at least; edges of their own want none."""
    cells = Quantiles.model_validate({"bins": 8, "over": over})
    for samples, units, epochs in ((100, 2, 5), (1000, 30, 50)):
        held = Binning(cells=cells).held_memory(samples, units, epochs)
        assert held == 0 if over == "epoch" else held >= 4 * samples * units * epochs


@pytest.mark.parametrize("critic", [Separable(hidden=(8, 4)), Joint(hidden=(8,))], ids=["separable", "joint"])
def test_critics_score_all_pairs_of_a_batch(critic: Separable | Joint) -> None:
    """Scores and their derivatives, in single precision, of each restart; a joint critic has a row a pair."""
    estimator = InfoNce(critic=critic, batch=512, restarts=4)
    pairs = 4 * 4 * 512**2
    least = 2 * pairs * (critic.hidden[0] if isinstance(critic, Joint) else 1)
    assert estimator.working_memory(2000, 1) > least


def test_those_that_compare_all_pairs_say_so() -> None:
    """What a plan of a run takes for granted: their time grows with the square of the samples."""
    kinds = {example.estimator.kind for example in ALL if example.estimator.pairwise}  # type: ignore[attr-defined]
    by_kernels = {"kde", "adaptive-kde", "renyi", "sample-propagation", "local-gaussian"}
    by_neighbours = {"ksg", "kozachenko-leonenko", "lnn"}
    assert kinds == by_kernels | by_neighbours
