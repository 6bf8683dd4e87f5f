"""What the record of a checkpoint must look like for the run that goes on from it, whoever sealed it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, ValidationError

from ibspec.results import DamagedFileError
from ibspec.runner.unwritten import restored
from ibspec.training import Snapshot

MOST_TOLD = 3


class _Replica(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    state: str
    reason: str


class _Parts(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    measurements: list[str]
    history: list[str]
    timings: list[str]
    gradients: list[str]
    rates: list[str]


Filed = tuple[NonNegativeInt, NonNegativeInt, str]
"""Replica, epoch and file of weights."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", allow_inf_nan=True)

    epoch: NonNegativeInt
    seconds: NonNegativeFloat
    counts: tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt]
    replicas: dict[str, _Replica]
    unwritten: list[Any]
    gradients: dict[str, Any]
    parts: _Parts
    weights: list[Filed]
    open: list[Filed]


def check_record(record: Any, replicas: int) -> None:
    """See that a record has what a run goes on from, about no more replicas than there are.

    Raises:
        DamagedFileError: It has not.
    """
    try:
        found = _Record.model_validate(record)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:MOST_TOLD]
        told = [
            f"{'.'.join(str(step)[:60] for step in each['loc'])}: {each['msg'].lower()}" for each in details
        ]
        raise DamagedFileError(f"a checkpoint holds no state: {'; '.join(told)}") from None
    named = {_snapshot(each).replica for each in found.unwritten}
    named |= {each[0] for each in (*found.weights, *found.open)}
    if found.replicas.keys() != {str(each) for each in range(replicas)} or max(named, default=0) >= replicas:
        raise DamagedFileError(f"a checkpoint holds no state of {replicas} replicas")


def _snapshot(record: Any) -> Snapshot:
    try:
        found = restored(record)
    except Exception as error:  # whatever comes of a record that somebody else sealed
        raise DamagedFileError(f"a checkpoint holds no state: unwritten: {error!r}") from None
    if not isinstance(found.replica, int) or not isinstance(found.epoch, int):
        raise DamagedFileError("a checkpoint holds no state: unwritten: replica and epoch are whole numbers")
    return found
