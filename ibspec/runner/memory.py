"""How much memory a run will take, and how much there is."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import final

GIB = 2**30


@final
@dataclass(frozen=True)
class Need:
    """Bytes wanted for one purpose, and the key of the spec that decides it."""

    purpose: str
    key: str
    size: int


def available_memory() -> int | None:
    """Return the bytes that this process may still take, or None where the system does not tell."""
    limits = []
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
            limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):
        limits += _left_in_cgroup(Path("/sys/fs/cgroup"))
    return min(limits) if limits else None


def _left_in_cgroup(group: Path) -> list[int]:
    limit = (group / "memory.max").read_text(encoding="utf-8").strip()
    if limit == "max":
        return []
    used = int((group / "memory.current").read_text(encoding="utf-8"))
    lines = (group / "memory.stat").read_text(encoding="utf-8").splitlines()
    # Files that the system keeps in memory only because there is room count as used, but make way.
    idle = sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    return [int(limit) - used + idle]


def describe_shortage(needs: list[Need], available: int | None) -> str | None:
    """Return what to say when the needs do not fit together, or None when they do.

    The keys to change are those whose need is too large on its own, or else the largest one's. Where the
    first need, one net, is too large, it is the only one worth a word: most others grow with it.
    """
    total = sum(need.size for need in needs)
    if available is None or total <= available:
        return None
    blamed = [need for need in needs if need.size > available]
    if not blamed:
        blamed = [max(needs, key=lambda need: need.size)]
    if blamed[0] is needs[0]:
        blamed = blamed[:1]
    keys = list(dict.fromkeys(need.key for need in blamed))
    parts = ", ".join(f"{need.purpose} {_gib(need.size)} ({need.key})" for need in blamed)
    return (
        f"{keys[0]}: the run needs about {_gib(total)} of memory, and {_gib(available)} are free. "
        f"Of this take {parts}. Lower {' and '.join(keys)}"
    )


def _gib(size: int) -> str:
    gib = size / GIB
    return f"{gib:,.0f} GiB" if gib >= 100 else f"{gib:.2g} GiB"
