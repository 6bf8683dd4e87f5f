"""Which engine trains."""

from collections.abc import Sequence

from ibspec.training.compiled import CompiledEngine
from ibspec.training.engine import Demand, Engine
from ibspec.training.general import GeneralEngine
from ibspec.training.stacked import StackedEngine

ENGINES: Sequence[type[Engine]] = (CompiledEngine, StackedEngine, GeneralEngine)
"""Engines from the most special to the one that does everything."""


def choose_engine(demand: Demand) -> tuple[type[Engine], list[str]]:
    """Return the first engine that serves, and why the ones before it do not."""
    refusals: list[str] = []
    for engine in ENGINES:
        serves, reason = engine.supports(demand)
        if serves:
            return engine, refusals
        refusals.append(f"the {engine.name} engine does not serve: {reason}")
    raise AssertionError("the general engine serves everything")
