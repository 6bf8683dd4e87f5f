"""What every schedule of the union promises, whatever it picks."""

import json
import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ibspec.schedules import (
    AnySchedule,
    DeltaApproximate,
    DeltaExact,
    Every,
    Listed,
    LogSpaced,
    Schedule,
    Segment,
    Segments,
)
from tests.schedules.walking import ways

SPEC: TypeAdapter[Schedule] = TypeAdapter(AnySchedule)
MEMBERS = get_args(get_args(AnySchedule)[0])


def read(document: dict[str, Any]) -> Schedule:
    return SPEC.validate_json(json.dumps(document))


@st.composite
def segments(draw: st.DrawFn) -> Segments:
    ends = sorted(draw(st.sets(st.integers(1, 60), max_size=4)))
    steps = draw(st.lists(st.integers(1, 20), min_size=len(ends) + 1, max_size=len(ends) + 1))
    return Segments(
        segments=[Segment(every=n, until=end) for n, end in zip(steps, [*ends, None], strict=True)]  # type: ignore[arg-type]
    )


SCHEDULES = {
    "every": st.builds(Every, epochs=st.integers(1, 200)),
    "listed": st.builds(Listed, epochs=st.lists(st.integers(0, 150), min_size=1, max_size=9)),
    "log-spaced": st.builds(LogSpaced, per_decade=st.integers(1, 60)),
    "segments": segments(),
    "delta-approximate": ways(DeltaApproximate),
    "delta-exact": ways(DeltaExact),
}
"""Any schedule of each kind; the contract below fails until a new member has its line here."""

any_schedule = st.one_of(*SCHEDULES.values())


def test_every_member_has_a_strategy():
    assert {member.model_fields["kind"].default for member in MEMBERS} == set(SCHEDULES)
    for member in MEMBERS:
        assert getattr(member, "__final__", False), "say @final: to vary a schedule, wrap it"


def test_only_the_schedules_by_distance_are_adaptive():
    adaptive = {member.model_fields["kind"].default for member in MEMBERS if member.is_adaptive}
    assert adaptive == {"delta-approximate", "delta-exact"}


@given(schedule=st.one_of(ways(DeltaApproximate), ways(DeltaExact)), epoch=st.integers(1, 200))
def test_an_adaptive_schedule_may_come_to_any_epoch(schedule: Schedule, epoch: int):
    assert schedule.includes(epoch)


@given(schedule=any_schedule, last=st.integers(0, 120))
def test_planned_epochs(schedule: Schedule, last: int):
    planned = schedule.planned(last)
    assert planned[0] == 0
    assert planned[-1] == last
    assert planned == sorted(set(planned))
    assert all(type(epoch) is int for epoch in planned)
    assert planned == [epoch for epoch in range(last + 1) if schedule.is_due(epoch, last)]


@given(schedule=any_schedule, last=st.integers(1, 120))
def test_a_longer_training_measures_the_same_epochs_and_more(schedule: Schedule, last: int):
    """The rule knows nothing of the end, so that a run can be gone on with."""
    shorter, longer = schedule.planned(last), schedule.planned(last + 30)
    assert [epoch for epoch in longer if epoch < last] == shorter[:-1]


@given(schedule=any_schedule, epoch=st.integers(0, 120))
def test_without_a_last_epoch_the_rule_alone_decides(schedule: Schedule, epoch: int):
    """As in a loop of one's own, where nobody knows the end; an epoch behind the last is not the last."""
    picked = schedule.is_due(epoch)
    assert picked == (epoch == 0 or schedule.includes(epoch))
    assert schedule.is_due(epoch, epoch + 1) == picked
    assert schedule.is_due(epoch, epoch)
    assert schedule.is_due(np.int64(epoch)) == picked  # type: ignore[arg-type]


@given(schedule=any_schedule)
def test_json_round_trip(schedule: Schedule):
    again = SPEC.validate_json(schedule.model_dump_json())
    assert again == schedule
    assert type(again) is type(schedule)
    assert hash(again) == hash(schedule)


@pytest.mark.parametrize(
    ("schedule", "last", "planned"),
    [
        (Every(), 4, [0, 1, 2, 3, 4]),
        (Every(epochs=3), 7, [0, 3, 6, 7]),
        (Every(epochs=3), 6, [0, 3, 6]),
        (Every(epochs=10), 4, [0, 4]),
        (Listed(epochs=(5, 2, 2, 99)), 7, [0, 2, 5, 7]),
        (Listed(epochs=(0,)), 3, [0, 3]),
        (LogSpaced(per_decade=1), 1500, [0, 1, 10, 100, 1000, 1500]),
        (LogSpaced(per_decade=2), 100, [0, 1, 3, 10, 32, 100]),
        (Segments(segments=(Segment(every=4),)), 11, [0, 1, 5, 9, 11]),
        (Segments(segments=(Segment(every=2, until=4), Segment(every=3))), 12, [0, 1, 3, 5, 8, 11, 12]),
    ],
)
def test_epochs_counted_on_paper(schedule: Schedule, last: int, planned: list[int]):
    assert schedule.planned(last) == planned


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "often"}, "(?s)'often'.*'every', 'listed', 'log-spaced', 'segments'"),
        ({"kind": "every", "epochs": 0}, r"(?s)every\.epochs.*greater than 0"),
        ({"kind": "every", "epochs": 2.5}, r"(?s)every\.epochs.*integer"),
        ({"kind": "every", "every": 2}, r"(?s)every\.every.*not permitted"),
        ({"kind": "listed"}, r"(?s)listed\.epochs.*required"),
        ({"kind": "listed", "epochs": []}, r"(?s)listed\.epochs.*at least 1 item"),
        ({"kind": "listed", "epochs": [1, -2]}, r"(?s)listed\.epochs\.1.*greater than or equal to 0"),
        ({"kind": "log-spaced", "per_decade": 0}, r"(?s)log-spaced\.per_decade.*greater than 0"),
        ({"kind": "segments", "segments": []}, r"(?s)segments\.segments.*at least 1 item"),
        ({"kind": "delta-exact"}, r"(?s)delta-exact\.delta.*required"),
        ({"kind": "delta-exact", "delta": 0}, r"(?s)delta-exact\.delta.*greater than 0"),
        ({"kind": "delta-approximate", "delta": -0.02}, r"(?s)approximate\.delta.*greater than 0"),
        ({"kind": "delta-exact", "delta": math.nan}, r"(?s)delta-exact\.delta.*finite"),
        ({"kind": "delta-exact", "delta": math.inf}, r"(?s)delta-exact\.delta.*finite"),
        ({"kind": "delta-exact", "delta": "0.02"}, r"(?s)delta-exact\.delta.*valid number"),
        (
            {"kind": "delta-exact", "delta": 1, "multiplier": 0.9},
            r"(?s)multiplier.*greater than or equal to 1",
        ),
        ({"kind": "delta-exact", "delta": 1, "multiplier": 1e7}, r"(?s)multiplier.*less than or equal to"),
        ({"kind": "delta-exact", "delta": 1, "shrink": "slowly"}, r"(?s)shrink.*'halve', 'reset' or 'never'"),
        ({"kind": "delta-exact", "delta": 1, "first": 0}, r"(?s)first.*greater than 0"),
        ({"kind": "delta-exact", "delta": 1, "longest": 0}, r"(?s)longest.*greater than 0"),
        (
            {"kind": "delta-exact", "delta": 1, "first": 5, "longest": 4},
            r"(?s)`first` must not be longer than `longest`; got first=5, longest=4",
        ),
    ],
)
def test_bad_schedules_are_refused(document: dict[str, Any], message: str):
    with pytest.raises(ValidationError, match=message):
        read(document)


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ([5], "the last segment must have no `until`"),
        ([5, 9], "the last segment must have no `until`"),
        ([9, 5, None], r"must rise; got \[9, 5\]"),
        ([5, 5, None], r"must rise; got \[5, 5\]"),
        ([None, None], r"must rise; got \[None\]"),
        ([5, None, 9, None], r"must rise; got \[5, None, 9\]"),
        ([0, None], r"(?s)segments\.0\.until.*greater than 0"),
    ],
)
def test_bad_segments_are_refused(ends: list[int | None], message: str):
    with pytest.raises(ValidationError, match=message):
        read({"kind": "segments", "segments": [{"every": 1, "until": end} for end in ends]})


def test_a_segment_of_no_step_is_refused():
    with pytest.raises(ValidationError, match=r"(?s)segments\.0\.every.*greater than 0"):
        read({"kind": "segments", "segments": [{"every": 0}]})
