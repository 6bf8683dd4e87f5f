"""Timing of several ways to do one thing, side by side in one process, and the limits of the machine.

Times drift between machines, hours and neighbours; ratios of runs that take turns hardly do. So every
benchmark times its baselines in the same loop and reports ratios.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import torch

Ways = dict[str, Callable[[], object]]
Seconds = dict[str, list[float]]


def interleaved(ways: Ways, rounds: int = 5) -> Seconds:
    """Return the seconds of every call of every way; the ways take turns.

    Each is called once beforehand, so that compiling, caches and first-touched pages are not counted.
    """
    for way in ways.values():
        way()
    seconds: Seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def medians(seconds: Seconds) -> dict[str, float]:
    """Return the median seconds of each way."""
    return {name: statistics.median(times) for name, times in seconds.items()}


def times_as_long(seconds: Seconds, ours: str) -> dict[str, float]:
    """Return how many times as long as `ours` each other way takes: the median over rounds of the ratio.

    A ratio within one round compares runs a moment apart, so a slow minute of the machine cancels.
    """
    return {
        name: statistics.median(other / own for other, own in zip(times, seconds[ours], strict=True))
        for name, times in seconds.items()
        if name != ours
    }


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Run torch, and NumPy's and SciPy's linear algebra where they can be told, on one thread.

    benchmarks/conftest.py wraps every benchmark in it.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _one_blas_thread():
            yield
    finally:
        torch.set_num_threads(before)


def _one_blas_thread() -> contextlib.AbstractContextManager[object]:
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:  # comes with scikit-learn, an extra
        return contextlib.nullcontext()
    return threadpool_limits(1)  # type: ignore[no-any-return]


def matrix_product_limit(dtype: torch.dtype = torch.float64, size: int = 1024) -> float:
    """Return the floating-point operations a second that a large matrix product reaches here."""
    a = torch.ones((size, size), dtype=dtype)
    out = torch.empty_like(a)
    torch.mm(a, a, out=out)
    best = min(interleaved({"product": lambda: torch.mm(a, a, out=out)}, rounds=7)["product"])
    return 2.0 * size**3 / best


_MEASURE = """
import re
def _status(name):
    return int(re.search(name + r":\\s+(\\d+) kB", open("/proc/self/status").read()).group(1)) * 1024
open("/proc/self/clear_refs", "w").write("5")
_before = _status("VmRSS")
{work}
print("PEAK", _status("VmHWM") - _before)
"""


def peak_memory(setup: str, work: str, threads: int = 1) -> int:
    """Return by how many bytes the peak of a fresh process lies above what it held before `work`.

    Python source runs in a process of its own: `setup` makes the data and a first small call, so that
    what a program holds anyway is not counted. Reads /proc, so on Linux only.

    Raises:
        OSError: The system does not tell.
    """
    if not os.path.exists("/proc/self/clear_refs"):
        raise OSError("peak memory is read from /proc/self, which this system does not have")
    source = f"import torch\ntorch.set_num_threads({threads})\n{setup}\n{_MEASURE.format(work=work)}"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    return int(done.stdout.split("PEAK")[-1])
