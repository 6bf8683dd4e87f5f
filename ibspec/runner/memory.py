"""How much memory a run will take, and how much there is."""

import os
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
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                limits.append(int(line.split()[1]) * 1024)
    except OSError:
        if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
            limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="utf-8").strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text(encoding="utf-8").strip()
        if limit != "max":
            limits.append(int(limit) - int(used))
    except (OSError, ValueError):
        pass
    return min(limits) if limits else None


def describe_shortage(needs: list[Need], available: int | None) -> str | None:
    """Return what to say when the needs do not fit together, or None when they do."""
    total = sum(need.size for need in needs)
    if available is None or total <= available:
        return None
    largest = max(needs, key=lambda need: need.size)
    return (
        f"{largest.key}: the run needs about {total / GIB:.3g} GiB of memory and {available / GIB:.3g} GiB "
        f"are free; {largest.purpose} alone take {largest.size / GIB:.3g} GiB. Lower {largest.key}"
    )
