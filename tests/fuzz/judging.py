"""What a reader may do with any input: give an answer, or a short message and an exit code. In time."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ibspec.core import IbspecError
from tests.fuzz.amount import SEED

Answer = TypeVar("Answer")

SECONDS = 30
"""A case takes milliseconds; machines under load get time."""

ROOM = 3 * 2**30
"""Bytes that a case may take beyond what the process has: far more than any file here, far less than the
numbers in it may claim."""

MOST_LINES = 20


class HangError(BaseException):
    """Not an Exception, so that no reader can take it for a damaged file."""


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """End what hangs, and let allocations fail that are too large."""

    def ring(*_: object) -> None:
        raise HangError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def answer(read: Callable[[], Answer], what: object = "") -> Answer | IbspecError:
    """Return what a reader answers, or the error that it raises on purpose; fail on anything else."""
    try:
        with limited():
            return read()
    except IbspecError as error:
        judge_message(str(error), what)
        return error
    except (Exception, HangError) as error:
        raise AssertionError(
            f"{type(error).__name__}: {error!s:.300} (seed {SEED}) on {show(what)}"
        ) from error


def show(what: object) -> str:
    """Return the beginning of a case in words, if there are words for it."""
    try:
        return f"{what!r:.600}"
    except (ValueError, RecursionError) as error:
        return f"a {type(what).__name__} that cannot be shown: {error}"


def judge_message(message: str, what: object = "") -> None:
    """A message has something to say, in few lines, and no traceback."""
    assert message.strip(), show(what)
    assert len(message.splitlines()) <= MOST_LINES, (message[:500], show(what))
    assert "Traceback" not in message, (message[:500], show(what))
