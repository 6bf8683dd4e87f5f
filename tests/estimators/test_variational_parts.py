"""The parts of variational estimators: nets, critics, bounds, the choice of a step."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from ibspec.estimators.variational import (
    Architecture,
    DonskerVaradhan,
    Joint,
    Objective,
    OneAmongMany,
    Separable,
    ShiftedRatio,
)
from ibspec.estimators.variational.critics import Critic, OfClasses
from ibspec.estimators.variational.networks import Network
from ibspec.estimators.variational.sample import _ranks, labelled, pairs_of
from ibspec.estimators.variational.training import _Batches, _chosen, check_steps, held_batches

ROWS, BATCH, RESTARTS = 40, 12, 3

SINGLE = 1e-5
"""Sums of a few hundred products of single-precision numbers of size 1."""

CPU = torch.device("cpu")


def _sample() -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(ROWS, 3)), rng.normal(size=(ROWS, 2))
    return torch.from_numpy(x).float(), torch.from_numpy(t).float()


def _of_classes() -> Critic:
    t = _sample()[1]
    return OfClasses(t, torch.arange(ROWS) % 4 // 2 + torch.arange(ROWS) % 2, Network((2, 5, 3)))


CRITICS: dict[str, Callable[[], Critic]] = {
    "separable": lambda: Separable(hidden=(6, 5), embedding=4).critic(*_sample()),
    "separable, one layer": lambda: Separable(hidden=(6,), embedding=1).critic(*_sample()),
    "joint": lambda: Joint(hidden=(6, 5)).critic(*_sample()),
    "joint, one layer": lambda: Joint(hidden=(6,)).critic(*_sample()),
    "classes": _of_classes,
}


def _drawn(critic: Critic) -> tuple[torch.Tensor, torch.Tensor]:
    """Parameters away from where they start, and rows."""
    rng = np.random.default_rng(1)
    flat = critic.draw(RESTARTS, rng)
    noise = torch.from_numpy(rng.normal(size=flat.shape)).float()
    return flat + 0.3 * noise, torch.from_numpy(rng.integers(ROWS, size=(RESTARTS, BATCH)))


@pytest.mark.parametrize("make", CRITICS.values(), ids=CRITICS)
def test_derivative_is_that_of_the_tape(make: Callable[[], Critic]) -> None:
    critic = make()
    flat, index = _drawn(critic)
    taped = flat.clone().requires_grad_()
    scores = critic.scores(taped, index)[0]
    pull = torch.from_numpy(np.random.default_rng(2).normal(size=tuple(scores.shape))).float()
    (scores * pull).sum().backward()
    gradient = torch.full_like(flat, math.nan)  # every entry must be written
    critic.backward(flat, gradient, critic.scores(flat, index)[1], pull)
    assert taped.grad is not None
    assert float((gradient - taped.grad).abs().max()) < SINGLE * float(taped.grad.abs().max())


@pytest.mark.parametrize("make", CRITICS.values(), ids=CRITICS)
def test_untrained_scores_are_zero_and_can_be_learnt(make: Callable[[], Critic]) -> None:
    critic = make()
    flat = critic.draw(RESTARTS, np.random.default_rng(1))
    assert flat.shape == (RESTARTS, critic.parameters)
    scores, kept = critic.scores(flat, _drawn(critic)[1])
    assert not scores.any()
    gradient = torch.empty_like(flat)
    critic.backward(flat, gradient, kept, torch.eye(*scores.shape[1:]).expand_as(scores).contiguous())
    assert gradient.any(dim=1).all()


def test_scores_of_pairs_stand_where_they_belong() -> None:
    """Row i of x against row j of t: alone as a batch of one pair they score the same."""
    for make in (CRITICS["separable"], CRITICS["joint"]):
        critic = make()
        flat, index = _drawn(critic)
        scores = critic.scores(flat, index)[0]
        x, t = critic.x, critic.t  # type: ignore[attr-defined]
        for i, j in ((0, 0), (2, 7), (11, 3)):
            alone = type(critic)(**{**vars(critic), "x": x[index[0, i]][None], "t": t[index[0, j]][None]})
            one = alone.scores(flat[:1], torch.zeros(1, 1, dtype=torch.int64))[0]
            assert float(one[0, 0, 0]) == pytest.approx(float(scores[0, i, j]), abs=SINGLE)


# ---- bounds -------------------------------------------------------------------------------------------

OBJECTIVES: dict[str, Objective] = {
    "info-nce": OneAmongMany(),
    "nwj": ShiftedRatio(),
    "mine": DonskerVaradhan(averaging=0.0),
}


def _scores() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(3).normal(size=(RESTARTS, BATCH, BATCH)))


def _reduced(scores: torch.Tensor, objective: Objective, critic: Critic) -> tuple[torch.Tensor, torch.Tensor]:
    shares = critic.log_shares(BATCH, with_partner=objective.with_partner).double()
    return scores.diagonal(dim1=1, dim2=2), (scores + shares).logsumexp(dim=2)


def test_bounds_are_those_of_the_papers() -> None:
    """Loops over rows and candidates; rounding of shares in single precision."""
    s, critic = _scores(), CRITICS["separable"]()
    values = {name: each.value(*_reduced(s, each, critic)) for name, each in OBJECTIVES.items()}
    for r in range(RESTARTS):
        f = s[r].tolist()
        own = [f[i][i] for i in range(BATCH)]
        apart = [f[i][j] for i in range(BATCH) for j in range(BATCH) if i != j]
        nce = [own[i] - math.log(math.fsum(map(math.exp, f[i])) / BATCH) for i in range(BATCH)]
        mean, product = math.fsum(own) / BATCH, math.fsum(map(math.exp, apart)) / len(apart)
        assert float(values["info-nce"][r]) == pytest.approx(math.fsum(nce) / BATCH, abs=1e-6)
        assert float(values["nwj"][r]) == pytest.approx(1 + mean - product, abs=1e-6)
        assert float(values["mine"][r]) == pytest.approx(mean - math.log(product), abs=1e-6)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_pull_is_the_derivative_of_the_bound(name: str) -> None:
    objective, critic = OBJECTIVES[name], CRITICS["separable"]()
    scores = _scores().requires_grad_()
    objective.value(*_reduced(scores, objective, critic)).sum().backward()
    shares = critic.log_shares(BATCH, with_partner=objective.with_partner)
    weights = objective.weigher()(scores.detach().float() + shares)
    assert scores.grad is not None
    pull = (torch.eye(BATCH) - weights) / BATCH
    assert float((pull - scores.grad).abs().max()) < SINGLE


def test_running_mean_divides_the_gradient() -> None:
    """The first batch is its own mean; then the past counts for `averaging`."""
    raised = torch.zeros(1, 2, 2)  # mean e^raised over rows of the sum over candidates: 2
    weigh = DonskerVaradhan(averaging=0.75).weigher()
    assert weigh(raised)[0, 0, 0] == pytest.approx(1 / 2)
    later = weigh(raised + math.log(3.0))
    assert float(later[0, 0, 0]) == pytest.approx(3 / (0.75 * 2 + 0.25 * 6), rel=1e-6)


def test_shares_of_classes() -> None:
    """All classes are candidates, as often as they are in the probe; the partner is one's own class."""
    classes = torch.tensor([0, 0, 0, 1, 1, 2, 0, 0])
    critic = OfClasses(torch.zeros(8, 1), classes, Network((1, 2, 3)))
    for with_partner in (True, False):
        shares = critic.log_shares(4, with_partner=with_partner).exp()
        assert shares.tolist() == pytest.approx([5 / 8, 2 / 8, 1 / 8])
    assert critic.partners(torch.tensor([[3, 5, 0]]))[0, :, 0].tolist() == [1, 2, 0]


# ---- splits and steps ---------------------------------------------------------------------------------


def test_no_row_vouches_for_its_own_choice() -> None:
    """Half 0 likes step 10 best, half 1 step 20: each is asked about the other's favourite."""
    values = np.array([[[0.0], [0.0]], [[5.0], [1.0]], [[2.0], [7.0]], [[math.nan], [math.inf]]])
    found = _chosen(values, np.array([0, 10, 20, 30]))
    assert found.nats.tolist() == [(1.0 + 2.0) / 2]
    assert found.step == 15.0


@pytest.mark.parametrize(
    ("samples", "batch", "share", "batches"),
    [
        (10_000, 256, 0.25, 10),
        (1_000, 256, 0.25, 2),
        (768, 256, 0.25, 2),
        (768, 256, 0.9, 2),
        (100, 10, 0.9, 9),
    ],
)
def test_whole_batches_are_held_out(samples: int, batch: int, share: float, batches: int) -> None:
    assert held_batches(samples, batch, share) == batches


def test_checks_thin_out() -> None:
    assert check_steps(5) == {5}
    assert sorted(check_steps(25)) == [10, 12, 14, 17, 21, 25]
    assert max(check_steps(1000)) == 1000


# ---- rows ---------------------------------------------------------------------------------------------


def test_order_of_rows_is_forgotten() -> None:
    rng = np.random.default_rng(0)
    x, t = rng.integers(0, 3, size=(60, 2)) * 1.0, rng.integers(-1, 2, size=(60, 1)) * 1.0
    order = rng.permutation(60)
    one, other = pairs_of(x, t, CPU), pairs_of(x[order], t[order] * 1.0 + 0.0, CPU)
    assert torch.equal(one.x, other.x)
    assert torch.equal(one.t, other.t)
    assert one.repeated == other.repeated > 0.5
    together = {tuple(row) for row in np.hstack([x - x.mean(axis=0), t - t.mean(axis=0)]).astype(np.float32)}
    assert {tuple(row) for row in torch.cat([one.x, one.t], dim=1).numpy()} == together


def test_rows_are_sorted_as_numbers() -> None:
    """So that another rounding of a column's standard deviation cannot shuffle rows."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 1)).round(1) * 10.0 ** rng.integers(-9, 9, size=(50, 1))
    t = rng.integers(-2, 3, size=(50, 2)) * 0.5
    expected = sorted(np.hstack([t, x]).tolist())
    found = pairs_of(t, x, CPU)
    shift = torch.tensor([*t.mean(axis=0), *x.mean(axis=0)])
    assert torch.cat([found.x, found.t], dim=1).numpy() == pytest.approx(
        (torch.tensor(expected) - shift).float().numpy(), rel=1e-6
    )


def test_the_smallest_difference_is_one() -> None:
    rows = np.array([[1e-300], [0.0], [1e300], [-0.0], [-1e-300], [1.0], [1.0 + 2**-52], [-1e300]])
    assert _ranks(rows).tolist() == [3, 2, 6, 2, 1, 4, 5, 0]


def test_each_row_is_trained_on_before_any_comes_again() -> None:
    """Those of its own restart; two of eleven fill no batch of three, and wait for the next round."""
    rows = np.arange(22).reshape(2, 11)
    batches = _Batches(rows, 3, np.random.default_rng(0))
    seen = []
    for _ in range(4):
        taken = np.concatenate([batches.next().numpy() for _ in range(3)], axis=1)
        assert taken.shape == (2, 9)
        for restart in range(2):
            assert len(set(taken[restart])) == 9
            assert set(taken[restart]) <= set(rows[restart])
        seen.append(taken)
    assert len({round_.tobytes() for round_ in seen}) == 4, "in another order each time"


def test_names_of_classes_are_forgotten() -> None:
    rng = np.random.default_rng(0)
    t, y = rng.integers(0, 9, size=(60, 1)) * 1.0, rng.integers(0, 4, size=60)
    order, names = rng.permutation(60), np.array([2, 0, 3, 1])
    rows, classes = labelled(t, y, CPU)
    again, renamed = labelled(t[order], names[y[order]], CPU)
    assert torch.equal(rows, again)
    assert torch.equal(classes, renamed)
    assert sorted(np.bincount(classes)) == sorted(np.bincount(y))


ARCHITECTURES: tuple[Architecture, ...] = (Separable(), Joint(hidden=(8,)))


def test_labels_of_critics() -> None:
    assert [each.label for each in ARCHITECTURES] == ["64-64-16", "joint 8"]
