"""Segments reproduce the grid of the reference program."""

import json

import pytest

from ibspec.schedules import Segments

SEGMENTS = Segments.model_validate_json(
    json.dumps(
        {
            "kind": "segments",
            "segments": [
                {"every": 1, "until": 20},
                {"every": 5, "until": 100},
                {"every": 20, "until": 2000},
                {"every": 100},
            ],
        }
    )
)


def reports(epoch: int) -> bool:
    """The reference's rule, epochs counted from 0 after one epoch of training (Saxe et al. 2018)."""
    if epoch < 20:
        return True
    if epoch < 100:
        return epoch % 5 == 0
    if epoch < 2000:
        return epoch % 20 == 0
    return epoch % 100 == 0


@pytest.mark.parametrize("last", [1, 19, 20, 21, 99, 100, 101, 2000, 2001, 8000, 8001])
def test_planned_epochs_are_those_that_the_reference_reports(last):
    wanted = {0, last} | {epoch + 1 for epoch in range(last) if reports(epoch)}
    assert SEGMENTS.planned(last) == sorted(wanted)


def test_the_published_length():
    planned = SEGMENTS.planned(8000)
    assert len(planned) == 1 + 20 + 16 + 95 + 60 + 1
    assert planned[:3] == [0, 1, 2]
    assert planned[19:24] == [19, 20, 21, 26, 31]
    assert planned[-3:] == [7801, 7901, 8000]
