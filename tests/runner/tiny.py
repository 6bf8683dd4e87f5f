"""The tiny run, changed as a test likes, and what two runs have in common."""

import pandas as pd

from ibspec.loading import load
from ibspec.runner import Progress, run
from ibspec.spec import apply_overrides, parse_spec
from tests.spec.documents import TINY


def tiny(*overrides):
    return parse_spec(apply_overrides(TINY, overrides))


def run_tiny(out, *overrides, **options):
    return load(run(tiny(*overrides), out=out, device="cpu", **options).path)


def assert_same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Every column of the same type and the same bits, NaN where NaN is."""
    assert list(first.columns) == list(second.columns)
    assert list(first.dtypes) == list(second.dtypes)
    assert len(first) == len(second)
    for name in first.columns:
        if first[name].dtype.kind == "f":
            assert first[name].to_numpy().tobytes() == second[name].to_numpy().tobytes(), name
        else:
            assert first[name].tolist() == second[name].tolist(), name


class Notes(Progress):
    def __init__(self):
        self.notes = []
        self.moments = []

    def note(self, text):
        self.notes.append(text)

    def at(self, moment):
        self.moments.append(moment)
