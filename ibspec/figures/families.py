"""Estimators that differ in one number: which they are, read from their labels."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

NUMBER: Final = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]|\.\d)")
"""A number of a label; not the digits of a name."""

SLOT: Final = "…"

NAMES: Final = (
    (r"^kde\(…\)$", "noise variance [squared units of the activity]"),
    (r"^adaptive-kde\(…", "noise variance [share]"),
    (r"width …", "bin width [units of the activity]"),
    (r"range .*, …", "bins"),
    (r"quantiles …|… quantiles", "bins"),
    (r"k …", "neighbours k"),
    (r"^renyi\(…", "order alpha"),
)
"""What the number is called, by the label with a slot in its place."""


@final
@dataclass(frozen=True)
class Family:
    """Estimators that differ in one number.

    Attributes:
        label: Their label with a slot in the place of the number.
        members: Number and whole label of each, rising.
    """

    label: str
    members: tuple[tuple[float, str], ...]

    @property
    def parameter(self) -> str:
        """What the number is called on an axis, with its unit; empty where it is none to be chosen freely."""
        return next((name for pattern, name in NAMES if re.search(pattern, self.label)), "")

    @property
    def name(self) -> str:
        """The same without the unit."""
        return self.parameter.split(" [")[0]


def families(labels: Iterable[str]) -> list[Family]:
    """Group labels that are the same but for one number of `NAMES`; a label may stand in several groups.

    Args:
        labels: Of estimators, each once.
    """
    groups: dict[str, list[tuple[float, str]]] = {}
    for label in labels:
        for found in NUMBER.finditer(label):
            slotted = f"{label[: found.start()]}{SLOT}{label[found.end() :]}"
            groups.setdefault(slotted, []).append((float(found.group()), label))
    every = [Family(label, tuple(sorted(members))) for label, members in groups.items() if len(members) > 1]
    return [family for family in every if family.parameter]
