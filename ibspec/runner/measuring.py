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

WAITING = 2**26
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
        self._waiting: deque[tuple[Snapshot, Future[Findings]]] = deque()
        self._most = max(2 * workers, min(MOST, WAITING // max(1, weights))) if workers else 0
        self._abandoned = False
        self._pool = (
            ThreadPoolExecutor(workers, "measuring", initializer=torch.set_num_threads, initargs=(1,))
            if workers
            else None
        )

    @property
    def pending(self) -> int:
        """Snapshots taken in whose findings have not been given out."""
        return len(self._waiting)

    @property
    def next_snapshot(self) -> Snapshot:
        """The one whose findings are given out next; there must be one."""
        return self._waiting[0][0]

    def waiting(self) -> list[Snapshot]:
        """Return the snapshots whose findings have not been given out, in order."""
        return [snapshot for snapshot, _ in self._waiting]

    def places(self) -> list[tuple[int, int]]:
        """Return replica and epoch of those."""
        return [(snapshot.replica, snapshot.epoch) for snapshot, _ in self._waiting]

    def put(self, snapshot: Snapshot, on_layer: Callable[[str], None]) -> None:
        """Take a snapshot in.

        Args:
            snapshot: One with weights, of any replica and epoch.
            on_layer: Told of each layer where measuring happens at once.
        """
        if self._pool is None:
            future: Future[Findings] = Future()
            future.set_result(self._measure(snapshot, on_layer))
        else:
            future = self._pool.submit(self._measure, snapshot)
        self._waiting.append((snapshot, future))

    def finished(self, *, at_least: int = 0, everything: bool = False) -> Iterator[tuple[Snapshot, Findings]]:
        """Yield what is done, in order; wait while too much is pending, or for as many as are wanted.

        Raises:
            IbspecError: A layer could not be captured.
        """
        while self._waiting:
            snapshot, future = self._waiting[0]
            must_wait = everything or at_least > 0 or self.pending > self._most
            if not future.done() and not must_wait:
                return
            findings = future.result()
            at_least -= 1
            self._waiting.popleft()
            yield snapshot, findings

    def abandon(self) -> Iterator[tuple[Snapshot, Findings]]:
        """Stop, and yield what had been measured by then."""
        self._abandoned = True
        waiting, self._waiting = self._waiting, deque()
        for _, future in waiting:
            future.cancel()
        wait([future for _, future in waiting])
        self.close()
        for snapshot, future in waiting:
            if not future.cancelled() and future.exception() is None:
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
