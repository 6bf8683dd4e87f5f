"""Which tests are a module's own, the closest and quickest first."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from tests.mutants.imports import Imports

NEAR_CLAIM, NEAR_TEST = 2, 1
"""Claims, and tests of another room, that come to a module by more imports are about something else."""

MOST = 40.0
"""Processor seconds of tests that a fault may live through; the closest file may take longer by itself."""

LIKELY = 4.0
"""Processor seconds that a file is thought to take until it was measured."""

START = 2.5
"""Processor seconds until a child of its own has come to its first test; files that share it share them."""

MANY = 24
"""Test files that a fault may live through."""

NAMESAKE, KIN, ROOMMATE, STRANGER = range(4)
"""A test of the module's own name; one whose name begins so; one in its room; any other, and claims."""


@final
@dataclass(frozen=True, order=True)
class Candidate:
    """A test file that could notice a fault, and how close it is to the module."""

    kinship: int
    distance: int
    path: str


def candidates(imports: Imports, module: str) -> list[Candidate]:
    """Test files that could notice a fault in a module, the closest first.

    A test whose place and name mirror the module's is closest (`tests/estimators/test_kde.py` for
    `ibspec/estimators/kde.py`); the others follow by the number of imports that lead from them to the module.
    """
    found = []
    for name, distance in imports.distances(module).items():
        if name.split(".")[-1].startswith("test_"):
            kinship = _kinship(module, name)
            near = NEAR_CLAIM if name.startswith("verification.") else NEAR_TEST
            if distance <= near or kinship < STRANGER:
                found.append(Candidate(kinship, distance, str(imports.paths[name].relative_to(imports.root))))
    return sorted(found)


def _kinship(module: str, test: str) -> int:
    if module == test:
        return NAMESAKE
    *room, name = module.split(".")[1:] or [module]
    *place, title = test.split(".")[1:]
    title = title.removeprefix("test_")
    if not place or place[: len(room)] != room[: len(place)]:
        return STRANGER
    if title in (name, "_".join([*room[len(place) :], name])):
        return NAMESAKE
    stem = room[-1] if len(room) > len(place) else name
    return KIN if title.startswith(stem) else ROOMMATE


@final
@dataclass
class Timings:
    """Processor seconds of each test file on the code as it is, kept until the test's text changes."""

    path: Path
    root: Path
    broken: dict[str, str] = field(default_factory=dict)
    _kept: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path.exists():
            self._kept = {name: (text, s) for name, (text, s) in json.loads(self.path.read_text()).items()}

    def seconds(self, test: str) -> float | None:
        """None for a test file that was not measured since it changed, or that does not pass."""
        text, seconds = self._kept.get(test, ("", 0.0))
        return seconds if text == self._digest(test) else None

    def add(self, test: str, seconds: float) -> None:
        """Remember what was measured."""
        self._kept[test] = (self._digest(test), seconds)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self._kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def _digest(self, test: str) -> str:
        return hashlib.sha256((self.root / test).read_bytes()).hexdigest()[:12]


def closest(tests: list[Candidate], timings: Timings) -> list[str]:
    """The files to try on a mutant first: those named after its module, or else the closest one."""
    fit = [test for test in tests if test.path not in timings.broken]
    return [test.path for test in fit if test.kinship <= KIN] or [test.path for test in fit[:1]]


def others(tests: list[Candidate], done: list[str], timings: Timings) -> list[str]:
    """The files to try, in one go, on a mutant that lived through those in `done`.

    As many as there is time for, those of its room first, of these the quick ones; the others by how close
    they are. However long those in `done` took, half of the time is left.
    """

    def takes(path: str) -> float:
        seconds = timings.seconds(path)
        return max(0.0, (LIKELY if seconds is None else seconds) - START)

    room = MOST - min(sum(map(takes, done)), MOST / 2)
    found: list[str] = []
    for test in sorted(tests, key=lambda t: (t.kinship, t.distance * (t.kinship == STRANGER), takes(t.path))):
        is_new = test.path not in timings.broken and test.path not in done
        if is_new and len(found) < MANY and takes(test.path) <= room:
            found.append(test.path)
            room -= takes(test.path)
    return found
