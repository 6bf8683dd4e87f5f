"""The log of a run, in words."""

from pathlib import Path
from typing import final

from ibspec.runner.manifest import now


@final
class Log:
    """Lines with the time in UTC, on disk as soon as they are said."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def line(self, text: str) -> None:
        """Add a line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{now()} {' '.join(text.split())}\n")
