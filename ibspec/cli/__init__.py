"""The command line: thin, and quick to answer; torch is imported only by commands that need it."""

import os

from ibspec.cli.app import app


def main() -> None:
    """Run the command line."""
    # Threads that wait for each other sleep instead of spinning: as soon as another program uses one of
    # the cores, spinning is five to twenty times slower. Must be said before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    app(prog_name="ibspec")


__all__ = ["app", "main"]
