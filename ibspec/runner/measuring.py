"""Measuring beside training: snapshots wait in a bounded queue for threads of our own.

What a snapshot leads to depends on nothing but the snapshot, and comes out in the order in which the
snapshots went in: the tables are the same bit for bit as when each is measured before training goes on.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import final

import torch

from ibspec.runner.bench import Bench, Findings
from ibspec.training import Snapshot

WAITING = 2**28
"""Bytes of weights that may wait for a bench; at least two snapshots a bench may."""

MOST = 256
"""Snapshots that may wait, however small."""


class _Abandoned(Exception):
    """The run is ending: what has not been measured will not be."""


@final
class Measuring:
    """Takes snapshots in and gives findings out, in order.

    Args:
        make_bench: Makes a bench; each thread works at one of its own.
        workers: Threads that measure while training goes on, each computing on one core; 0 measures at
            once, with as many threads as torch uses.
        weights: Bytes of one snapshot's weights.
    """

    def __init__(self, make_bench: Callable[[], Bench], workers: int, weights: int) -> None:
        self._benches: SimpleQueue[Bench] = SimpleQueue()
        for _ in range(max(1, workers)):
            self._benches.put(make_bench())
        self._waiting: deque[tuple[Snapshot, Future[Findings] | None]] = deque()
        self._most = max(2 * workers, min(MOST, WAITING // max(1, weights))) if workers else 0
        self._pending = 0
        self._abandoned = False
        self._pool = (
            ThreadPoolExecutor(workers, "measuring", initializer=torch.set_num_threads, initargs=(1,))
            if workers
            else None
        )

    @property
    def pending(self) -> int:
        """Snapshots taken in whose findings have not been given out."""
        return self._pending

    def put(self, snapshot: Snapshot, on_layer: Callable[[str], None]) -> None:
        """Take a snapshot in; one without weights only keeps its place in the order.

        Args:
            snapshot: Of any replica and epoch.
            on_layer: Told of each layer where measuring happens at once.
        """
        future: Future[Findings] | None = None
        if snapshot.weights is not None:
            if self._pool is None:
                future = Future()
                future.set_result(self._measure(snapshot, on_layer))
            else:
                future = self._pool.submit(self._measure, snapshot)
            self._pending += 1
        self._waiting.append((snapshot, future))

    def finished(self, *, everything: bool = False) -> Iterator[tuple[Snapshot, Findings | None]]:
        """Yield what is done, in order; wait while too much is pending, or until everything is done.

        Raises:
            IbspecError: A layer could not be captured.
        """
        while self._waiting:
            snapshot, future = self._waiting[0]
            if future is not None and not future.done() and self._pending <= self._most and not everything:
                return
            findings = None if future is None else future.result()
            self._pending -= future is not None
            self._waiting.popleft()
            yield snapshot, findings

    def abandon(self) -> Iterator[tuple[Snapshot, Findings | None]]:
        """Stop, and yield what had been measured by then."""
        self._abandoned = True
        waiting, self._waiting = self._waiting, deque()
        for _, future in waiting:
            if future is not None:
                future.cancel()
        wait([future for _, future in waiting if future is not None])
        self.close()
        for snapshot, future in waiting:
            if future is None:
                yield snapshot, None
            elif not future.cancelled() and future.exception() is None:
                yield snapshot, future.result()

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()

    def _measure(self, snapshot: Snapshot, on_layer: Callable[[str], None] | None = None) -> Findings:
        bench = self._benches.get()
        try:
            return bench.measure(snapshot, on_layer or self._go_on)
        finally:
            self._benches.put(bench)

    def _go_on(self, _layer: str) -> None:
        if self._abandoned:
            raise _Abandoned
