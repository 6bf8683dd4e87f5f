"""Stopping where it costs nothing, and time to put things away though the user is in a hurry."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, final

PATIENCE = 3.0
"""Seconds after which a stop no longer waits for a safe point."""

SOON = 0.1
"""Seconds after which a stop that is late is tried again, where it came at a bad moment."""

_SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])]


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and the like meanwhile.

    People press it twice, and the second must not cost what the first kept.
    """
    if not _is_main():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.default_int_handler if handler is None else handler)


@final
class Stopping:
    """Turns SIGINT and SIGTERM into a stop at the next safe point, or after a few seconds at any point."""

    def __init__(self) -> None:
        self._is_asked = self._is_held = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen meanwhile; only the main thread hears signals."""
        if not _is_main():
            yield
            return
        before = {number: signal.signal(number, self._hear) for number in _SIGNALS}
        try:
            yield
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing stop in here: what is half written would have to be told from what is whole."""
        before, self._is_held = self._is_held, True
        try:
            yield
        finally:
            self._is_held = before

    def here(self) -> None:
        """Say that this is a safe point.

        Raises:
            KeyboardInterrupt: A stop was asked for.
        """
        if self._is_asked:
            raise KeyboardInterrupt

    def _hear(self, _number: int, _frame: FrameType | None) -> Any:
        has_timer = hasattr(signal, "setitimer")
        is_late = self._is_asked or not has_timer
        self._is_asked = True
        if is_late and not self._is_held:
            raise KeyboardInterrupt
        if has_timer:
            signal.setitimer(signal.ITIMER_REAL, SOON if is_late else PATIENCE)
