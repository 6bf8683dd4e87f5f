"""Progress of long work that is no run: how much is done, and the time left."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from ibspec.cli.watching import Bar, Lines
from ibspec.runner import Moment

Tell = Callable[[int, int, str], None]
"""Takes how many are done, of how many, and what is done next."""


@contextmanager
def counting(what: str, *, quiet: bool = False) -> Iterator[Tell]:
    """Yield a function that shows progress beside the answers, where errors go.

    Args:
        what: Is counted, in a word: `trial`.
        quiet: Show nothing.
    """
    console = Console(stderr=True, quiet=quiet)
    start = time.monotonic()
    with Bar(console, what) if console.is_terminal else Lines(console, what) as watcher:

        def tell(done: int, total: int, doing: str) -> None:
            left = (time.monotonic() - start) / done * (total - done) if done else None
            watcher.at(Moment(done, total, doing, left))

        yield tell
