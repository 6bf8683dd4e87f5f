"""Progress on the terminal: a bar with the time left, or a line now and then where there is no terminal."""

import time
from types import TracebackType
from typing import final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ibspec.runner import Moment
from ibspec.runner import Progress as Watcher

SECONDS_BETWEEN_LINES = 10.0


def spell_seconds(seconds: float) -> str:
    """Return a duration as people say it: `42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _left(moment: Moment) -> str:
    return "" if moment.seconds_left is None else f"about {spell_seconds(moment.seconds_left)} left"


@final
class Bar(Watcher):
    """A live bar on a terminal, of epochs if nothing else is counted."""

    def __init__(self, console: Console, what: str = "epoch") -> None:
        self.bar = Progress(
            TextColumn(what),
            MofNCompleteColumn(),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("[dim]{task.fields[doing]}"),
            console=console,
            transient=True,
        )
        self.task = self.bar.add_task("run", total=None, left="", doing="loading data")

    def at(self, moment: Moment) -> None:
        """Move the bar."""
        self.bar.update(
            self.task,
            completed=moment.epoch,
            total=max(moment.epochs, 1),
            left=_left(moment),
            doing=moment.doing,
        )

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self.bar.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> "Bar":
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()


@final
class Lines(Watcher):
    """A line every ten seconds, for logs and pipes."""

    def __init__(self, console: Console, what: str = "epoch") -> None:
        self.console, self.what = console, what
        self.last = time.monotonic() - SECONDS_BETWEEN_LINES + 2.0

    def at(self, moment: Moment) -> None:
        """Print a line if the last one is old enough."""
        if time.monotonic() - self.last >= SECONDS_BETWEEN_LINES:
            self.last = time.monotonic()
            left = _left(moment)
            parts = f"{self.what} {moment.epoch}/{moment.epochs}", moment.doing, left
            self.note(", ".join(part for part in parts if part))

    def note(self, text: str) -> None:
        """Print a line."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
