"""Tries mutants, some at a time, and says what became of each."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, final

from tests.mutants.choosing import Candidate, Timings, candidates, closest, others
from tests.mutants.forking import Child, Result
from tests.mutants.imports import Imports
from tests.mutants.making import Mutant
from tests.mutants.replacing import replace

GRACE = 15.0
"""Processor seconds that a test file may take beyond twice what it takes on the code as it is."""

LONGEST = 60.0
"""Processor seconds after which a test file is no quick check of anything."""

Verdict = Literal["killed", "out of time", "survived", "no tests"]


@final
@dataclass(frozen=True)
class Judged:
    """A mutant, what became of it, by which test, and the processor seconds that it took."""

    mutant: Mutant
    verdict: Verdict
    by: str
    seconds: float
    tests: list[str]


@final
@dataclass
class _Trial:
    """A mutant that is being tried: on `tests`, of which it lived through `done`, in so many turns."""

    mutant: Mutant
    tests: list[Candidate]
    tainted: frozenset[str]
    done: list[str] = field(default_factory=list)
    turns: int = 0
    spent: float = 0.0

    def next_tests(self, timings: Timings) -> list[str]:
        """The files to try now: two turns, for most of a child's time goes into its start."""
        if self.turns == 0:
            return closest(self.tests, timings)
        return others(self.tests, self.done, timings) if self.turns == 1 else []

    def start(self, root: Path, tests: list[str], seconds: float) -> Child:
        def prepare() -> None:
            replace(self.mutant.path, self.mutant.source, self.tainted)

        self.turns += 1
        self.done += tests
        return Child.start(root, tests, GRACE + 2 * seconds, prepare)

    def judged(self, result: Result | None) -> Judged:
        """Decided by the last test, or, without one, by there being none left."""
        if result is None:
            return Judged(self.mutant, "survived" if self.done else "no tests", "", self.spent, self.done)
        verdict: Verdict = "out of time" if result.is_out_of_time else "killed"
        return Judged(self.mutant, verdict, result.failure, self.spent, self.done)


@final
class Judges:
    """Tries mutants, `jobs` of them at a time."""

    def __init__(self, imports: Imports, timings: Timings, jobs: int, say: Callable[[str], None]) -> None:
        """`say` is told how long each test file takes on the code as it is, when it is first needed."""
        self.imports, self.timings, self.jobs, self.say = imports, timings, jobs, say
        self._measuring: dict[str, Child] = {}
        self._trying: list[tuple[_Trial, Child]] = []

    def judge(self, mutants: list[Mutant], until: float = math.inf) -> Iterator[Judged]:
        """Try every mutant on its module's tests; each is yielded when it is decided.

        None is begun after the moment `until` of the monotonic clock.
        """
        coming, idle = list(mutants), list[_Trial]()
        while coming or idle or self._trying:
            if time.monotonic() > until:
                coming.clear()
            while coming and len(idle) < 2 * self.jobs:  # some wait for a test that is being measured
                idle.append(self._trial(coming.pop(0)))
            yield from self._start(idle)
            time.sleep(0.02)
            self._look_at_measurements()
            yield from self._look_at_trials(idle)

    def _start(self, idle: list[_Trial]) -> Iterator[Judged]:
        for trial in list(idle):
            tests = trial.next_tests(self.timings)
            if not tests:
                idle.remove(trial)
                yield trial.judged(None)
                continue
            seconds = [self.timings.seconds(test) for test in tests]
            unknown = [test for test, known in zip(tests, seconds, strict=True) if known is None]
            for test in unknown:
                if test not in self._measuring and self._has_room:
                    self._measuring[test] = Child.start(self.imports.root, [test], LONGEST, lambda: None)
            if not unknown and self._has_room:
                idle.remove(trial)
                took = sum(known for known in seconds if known is not None)
                self._trying.append((trial, trial.start(self.imports.root, tests, took)))

    @property
    def _has_room(self) -> bool:
        return len(self._measuring) + len(self._trying) < self.jobs

    def _look_at_measurements(self) -> None:
        for test, child in list(self._measuring.items()):
            if result := child.result():
                del self._measuring[test]
                if result.code == 0:
                    self.timings.add(test, result.seconds)
                else:  # it fails, takes too long, or has nothing to say (pytest's 5)
                    self.timings.broken[test] = result.failure
                self.say(f"{test}: {self.timings.broken.get(test) or f'{result.seconds:.1f} s'}")

    def _look_at_trials(self, idle: list[_Trial]) -> Iterator[Judged]:
        for pair in list(self._trying):
            trial, child = pair
            if result := child.result():
                self._trying.remove(pair)
                trial.spent += result.seconds
                if result.code != 0:
                    yield trial.judged(result)
                else:
                    idle.insert(0, trial)

    def _trial(self, mutant: Mutant) -> _Trial:
        tests = candidates(self.imports, mutant.module)
        return _Trial(mutant, tests, frozenset(self.imports.distances(mutant.module)))
