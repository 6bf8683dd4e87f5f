"""Work shared out to threads, its results in order: sums must not depend on who was first."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield the results in order; each worker computes on one core, and at most a few results wait.

    There are as many workers as torch has threads. With one, everything happens in the caller's thread and
    no setting is touched: several callers may then run side by side.

    torch's own threads meet at a barrier after every small operation and spin there, which takes many
    times longer as soon as another program uses one of the cores.
    """
    threads = min(torch.get_num_threads(), len(items))
    if threads <= 1:
        yield from map(work, items)
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            waiting: deque[Future[Result]] = deque()
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        torch.set_num_threads(before)
